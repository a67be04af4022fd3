//! The privacy policy, made from the very settings that enforce it: it can't say one thing while the program does another.

use app::Settings;
use domain::digest::Digest;
use domain::policy::{Policy, PolicyVersion};
use domain::retention::{Period, Retention};
use domain::time::Timestamp;
use sha2::{Digest as _, Sha256};

use super::makers::Subprocessor;

/// The day from which this text holds. Whoever changes the text changes the day.
const DAY: &str = "2026-11-25";
/// The same day as a moment: its beginning in UTC.
const DAY_MILLIS: u64 = 1_795_564_800_000;

/// The policy of an installation that keeps pictures so long and may send them there. Its version names the day and the text.
pub(super) fn policy(retention: &Retention, subprocessors: &[Subprocessor]) -> Policy {
    let text = text(retention, subprocessors);
    let digest = Digest::new(Sha256::digest(text.as_bytes()).into());
    let mark: String = digest.to_string().chars().take(8).collect();
    let version = PolicyVersion { version: format!("{DAY}.{mark}"), digest };
    Policy { version, text, published_at: Timestamp::from_millis(DAY_MILLIS) }
}

/// Who sees photos, beside their owner.
fn makers(subprocessors: &[Subprocessor]) -> String {
    if subprocessors.is_empty() {
        return "Pictures are made on this machine. No photo is sent to any other service.".to_owned();
    }
    let names: Vec<String> = subprocessors.iter().map(|one| format!("- **{}**", one.name)).collect();
    format!(
        "Pictures are made by these services, in this order, or on this machine:\n\n{}\n\nYour photos, and a note of yours, are sent to one \
         of them only if you have consented to that very one. They go there without your name, your address or anything that a file says \
         beside its pixels. Without your consent they stay on this machine.",
        names.join("\n")
    )
}

fn text(retention: &Retention, subprocessors: &[Subprocessor]) -> String {
    let (uploads, results) = (retention.uploads, retention.results);
    let previews = match retention.previews {
        Some(period) => format!("are deleted after {period}"),
        None => "stay in your gallery until you delete them".to_owned(),
    };
    let choices: Vec<String> = Period::CHOICES.iter().map(ToString::to_string).collect();
    format!(
        "\
# Privacy policy

In force from {DAY}.

## What is kept, and for how long

- **Your photos** are deleted after {uploads}.
- **Full-resolution results** are deleted after {results}.
- **Small previews** {previews}.
- **Your account** (address, name, brand kit, credits, consents, requests) is kept while the account is.

You can choose a shorter time for photos and results: {choices}. From its end on nothing is served, even if a file should
still lie on the disk for a moment.

## Who sees it

{makers}

Only you are shown your photos and results.

Photos are stored without their metadata: no place, no time, no camera. Measurements of a face live in memory only while one photo
is worked on. Nothing is sold, nobody advertises with it, and nothing is trained on your face.

## What you can do

At any time you can download everything, delete single pictures or all of them, take a consent back, and erase the account with
everything in it. A consent that is taken back ends at once what stands on it. Of an erased account a receipt remains that does not
say whose it was.
",
        choices = choices.join(", "),
        makers = makers(subprocessors),
    )
}

/// The settings of the use cases with the policy that follows from them.
pub(super) fn settings(retention: Retention, subprocessors: &[Subprocessor]) -> Settings {
    let mut settings = Settings::new(policy(&retention, subprocessors));
    settings.retention = retention;
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_follows_from_the_settings_and_the_version_from_the_text() {
        let usual = policy(&Retention::default(), &[]);
        assert!(usual.text.contains("photos** are deleted after 30 days"));
        assert!(usual.version.version.starts_with(DAY));
        assert!(usual.published_at.to_string().starts_with(DAY));
        let week = Period::days(7).unwrap();
        let shorter = policy(&Retention { uploads: week, previews: Some(week), ..Retention::default() }, &[]);
        assert!(shorter.text.contains("photos** are deleted after 7 days"));
        assert!(shorter.text.contains("previews** are deleted after 7 days"));
        assert_ne!(usual.version, shorter.version);
        assert_eq!(usual.version, policy(&Retention::default(), &[]).version);
    }

    #[test]
    fn who_photos_are_sent_to_is_named_and_nobody_else() {
        let usual = policy(&Retention::default(), &[]);
        assert!(usual.text.contains("No photo is sent to any other service."));
        let one = Subprocessor { id: "one", name: "One (One Ltd, Ireland)" };
        let sent = policy(&Retention::default(), &[one]);
        assert!(
            sent.text.contains("- **One (One Ltd, Ireland)**")
                && sent.text.contains("only if you have consented")
        );
        assert!(!sent.text.contains("No photo is sent"));
        assert_ne!(usual.version, sent.version);
    }
}
