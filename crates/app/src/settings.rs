//! What an installation decides: prices, limits, periods. The types, their defaults and their limits; where they are
//! read from is the root's affair.

use std::time::Duration;

use domain::credit::Credits;
use domain::generation::LEASE;
use domain::policy::Policy;
use domain::ports::outbound::Reach;
use domain::retention::Retention;
use domain::session::SessionLife;

use crate::sweep::SweepRules;

/// Everything an installation decides about the use cases.
#[derive(Clone)]
pub struct Settings {
    /// The privacy policy that consents are given to now.
    pub policy: Policy,
    /// How long pictures are kept.
    pub retention: Retention,
    /// How long a sign-in lasts.
    pub sessions: SessionLife,
    /// Who may make an account.
    pub sign_up: SignUpPolicy,
    /// Credits that a new account begins with.
    pub welcome: Credits,
    /// With so few credits a person is told that they are running out.
    pub low_balance: Credits,
    /// How many of the smallest unit of the currency in which is sold a US dollar is; `None` for that of the dollar itself.
    pub minor_per_dollar: Option<u32>,
    /// What an image costs.
    pub prices: Prices,
    /// Uploads.
    pub uploads: UploadSettings,
    /// The worker.
    pub work: WorkSettings,
    /// Webhooks.
    pub webhooks: WebhookSettings,
    /// Expiry, sweep and erasures.
    pub clean: CleanSettings,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SignUpPolicy {
    /// Whoever comes.
    #[default]
    Open,
    /// Nobody, once there is a first account.
    Closed,
}

/// What one image costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// A headshot.
    pub headshot: Credits,
    /// A thumbnail.
    pub thumbnail: Credits,
}

/// The limits of uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadSettings {
    /// Bytes of one photo, at most.
    pub max_bytes: u64,
    /// Photos that an account may keep at a time.
    pub max_photos: u32,
    /// Photos that are looked at at a time, in the whole process: times the memory of a decoded photo, that is what it takes.
    pub checks_at_once: usize,
}

/// How a worker works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkSettings {
    /// Generations at a time.
    pub at_once: u32,
    /// How long a generation is held without a heartbeat; one comes three times in it.
    pub lease: Duration,
    /// How often it looks for work that nobody told it about: from another node, or after a lease ran out.
    pub poll: Duration,
    /// How long a generation may take from its start before an unavailable provider is given up.
    pub budget: Duration,
    /// The pause after a first unavailable round; it doubles from one to the next.
    pub pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How often a provider that is not available is tried before the next one is.
    pub tries: u32,
    /// How long a provider may ask to be left alone before the next one is tried instead.
    pub patience: Duration,
    /// Percent of likeness below which a picture of a service is asked for once more, and the better of the two kept; 0 for never.
    pub likeness: u8,
    /// How long a worker that stops waits for what is at work before it hands it back.
    pub stop_within: Duration,
}

/// How webhooks are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookSettings {
    /// Which addresses are called.
    pub reach: Reach,
    /// Endpoints of one account, at most.
    pub max_endpoints: usize,
    /// Deliveries at a time.
    pub at_once: u32,
    /// How long one try may take.
    pub timeout: Duration,
    /// How often due deliveries are looked for.
    pub poll: Duration,
}

/// How often the house is cleaned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanSettings {
    /// How often expired and deleted objects go.
    pub every: Duration,
    /// How often the whole storage is compared with the rows.
    pub sweep_every: Duration,
    /// From which age something is an orphan.
    pub rules: SweepRules,
}

/// A setting that can't work. The operator's turn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the setting {name} can't be {value}: {must}")]
pub struct SettingsError {
    /// Which one.
    pub name: &'static str,
    /// What it is.
    pub value: String,
    /// What it must be.
    pub must: &'static str,
}

impl Settings {
    /// The usual settings with a policy.
    pub fn new(policy: Policy) -> Self {
        Settings {
            policy,
            retention: Retention::default(),
            sessions: SessionLife::default(),
            sign_up: SignUpPolicy::default(),
            welcome: Credits::new(20),
            low_balance: Credits::new(5),
            minor_per_dollar: None,
            prices: Prices::default(),
            uploads: UploadSettings::default(),
            work: WorkSettings::default(),
            webhooks: WebhookSettings::default(),
            clean: CleanSettings::default(),
        }
    }

    /// Checks what would only fail later, and worse.
    ///
    /// # Errors
    /// [`SettingsError`] names the first setting that can't work.
    pub fn validate(&self) -> Result<(), SettingsError> {
        let Settings { uploads, work, webhooks, clean, .. } = self;
        let second = Duration::from_secs(1);
        let span = |name, span: Duration, least: Duration, must| {
            let value = format!("{span:?}");
            if span < least { Err(SettingsError { name, value, must }) } else { Ok(()) }
        };
        let count = |name, value: u64, most: u64, must| {
            let good = (1..=most).contains(&value);
            if good { Ok(()) } else { Err(SettingsError { name, value: value.to_string(), must }) }
        };
        count("uploads.max_bytes", uploads.max_bytes, 1 << 30, "at least one byte and at most 1 GiB")?;
        count("uploads.max_photos", uploads.max_photos.into(), 10_000, "1 to 10,000")?;
        count("uploads.checks_at_once", uploads.checks_at_once as u64, 64, "1 to 64")?;
        count("work.at_once", work.at_once.into(), 1000, "1 to 1000")?;
        if work.likeness > 100 {
            let value = work.likeness.to_string();
            return Err(SettingsError { name: "work.likeness", value, must: "0 to 100" });
        }
        count("work.tries", work.tries.into(), 10, "1 to 10")?;
        count("webhooks.at_once", webhooks.at_once.into(), 1000, "1 to 1000")?;
        count("webhooks.max_endpoints", webhooks.max_endpoints as u64, 100, "1 to 100")?;
        span(
            "work.lease",
            work.lease,
            3 * second,
            "at least three seconds: a heartbeat has to fit in it thrice",
        )?;
        span("work.poll", work.poll, Duration::from_millis(10), "at least ten milliseconds")?;
        span("webhooks.poll", webhooks.poll, Duration::from_millis(10), "at least ten milliseconds")?;
        span("webhooks.timeout", webhooks.timeout, second, "at least a second")?;
        span("clean.every", clean.every, second, "at least a second")?;
        span("clean.sweep_every", clean.sweep_every, clean.every, "at least as long as clean.every")?;
        span(
            "clean.rules.orphans_after",
            clean.rules.orphans_after,
            3600 * second,
            "at least an hour: an upload takes its time",
        )?;
        Ok(())
    }
}

impl Default for Prices {
    /// One credit each.
    fn default() -> Self {
        Prices { headshot: Credits::new(1), thumbnail: Credits::new(1) }
    }
}

impl Default for UploadSettings {
    /// 25 MB, 100 photos, two checks at once.
    fn default() -> Self {
        UploadSettings { max_bytes: 25_000_000, max_photos: 100, checks_at_once: 2 }
    }
}

impl Default for WorkSettings {
    /// One generation at a time, held for a minute, looked for every two seconds, given up after ten minutes; three tries of one
    /// provider before the next, none of which waits longer than ten seconds; another picture below a likeness of 50 percent.
    fn default() -> Self {
        WorkSettings {
            at_once: 1,
            lease: LEASE,
            poll: Duration::from_secs(2),
            budget: Duration::from_secs(600),
            pause: Duration::from_secs(2),
            longest_pause: Duration::from_secs(60),
            tries: 3,
            patience: Duration::from_secs(10),
            likeness: 50,
            stop_within: Duration::from_secs(20),
        }
    }
}

impl Default for WebhookSettings {
    /// Public addresses, five endpoints, eight deliveries at once, 15 seconds each.
    fn default() -> Self {
        WebhookSettings {
            reach: Reach::Public,
            max_endpoints: 5,
            at_once: 8,
            timeout: Duration::from_secs(15),
            poll: Duration::from_secs(5),
        }
    }
}

impl Default for CleanSettings {
    /// Every minute; the whole storage every six hours.
    fn default() -> Self {
        CleanSettings {
            every: Duration::from_secs(60),
            sweep_every: Duration::from_secs(6 * 3600),
            rules: SweepRules::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::digest::Digest;
    use domain::policy::PolicyVersion;
    use domain::time::Timestamp;

    use super::*;

    fn usual() -> Settings {
        let version = PolicyVersion { version: "1".into(), digest: Digest::new([0; 32]) };
        Settings::new(Policy { version, text: String::new(), published_at: Timestamp::EPOCH })
    }

    #[test]
    fn the_usual_settings_work() {
        assert_eq!(usual().validate(), Ok(()));
    }

    #[test]
    fn a_setting_that_can_t_work_is_named_with_what_it_must_be() {
        type Change = fn(&mut Settings);
        let changes: [(&str, Change); 7] = [
            ("uploads.max_bytes", |s| s.uploads.max_bytes = 0),
            ("uploads.checks_at_once", |s| s.uploads.checks_at_once = 0),
            ("work.at_once", |s| s.work.at_once = 0),
            ("work.likeness", |s| s.work.likeness = 101),
            ("work.lease", |s| s.work.lease = Duration::from_secs(1)),
            ("work.poll", |s| s.work.poll = Duration::ZERO),
            ("clean.rules.orphans_after", |s| s.clean.rules.orphans_after = Duration::ZERO),
        ];
        for (name, change) in changes {
            let mut settings = usual();
            change(&mut settings);
            let error = settings.validate().unwrap_err();
            assert_eq!(error.name, name);
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
