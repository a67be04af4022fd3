//! Logs: that none of the people here can be recognised in them.

use std::fs::File;
use std::io::{BufRead, BufReader};

use super::{Evidence, Looked};

/// Letters of a name, at the least, for it to be searched for: shorter ones are words by chance.
const NAME: usize = 4;

/// Searches the logs that were given for addresses, and for the names and addresses of the people here.
pub(super) fn nothing_personal(looked: &Looked<'_>, out: &mut Evidence) {
    if looked.logs.is_empty() {
        return out.lacks("no log was given: name one with --log");
    }
    let accounts = looked.people.exports.iter().map(|export| &export.account);
    let known: Vec<(String, String)> = accounts
        .flat_map(|account| {
            let name = account.name.trim().to_lowercase();
            let name = (name.chars().count() >= NAME).then_some(name);
            let texts = [Some(account.email.as_str().to_lowercase()), name];
            texts.into_iter().flatten().map(|text| (text, account.id.to_string()))
        })
        .collect();
    for path in looked.logs {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) => {
                out.lacks(format!("{} can't be read: {error}", path.display()));
                continue;
            }
        };
        let mut lines = 0;
        for (number, line) in (1..).zip(BufReader::new(file).split(b'\n')) {
            let Ok(line) = line else { break };
            lines = number;
            let line = String::from_utf8_lossy(&line).to_lowercase();
            let whose = known.iter().find(|(text, _)| line.contains(text)).map(|(_, account)| account);
            if let Some(account) = whose {
                out.breaks(format!("{}:{number} names the person of account {account}", path.display()));
            } else if has_address(&line) {
                out.breaks(format!("{}:{number} holds an address for mail", path.display()));
            }
        }
        out.shows(format!(
            "{}: {lines} lines searched for addresses and for the names of {} accounts",
            path.display(),
            looked.people.exports.len()
        ));
    }
}

/// Whether a line holds what looks like an address for mail.
fn has_address(line: &str) -> bool {
    line.split(|c: char| c.is_whitespace() || "\"'<>(),;=[]{}".contains(c)).any(|word| {
        let Some((local, host)) = word.split_once('@') else { return false };
        let plain =
            |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "._%+-".contains(c));
        plain(local) && plain(host) && host.trim_end_matches('.').contains('.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_and_other_signs_are_not() {
        for line in ["sign-in of ann@example.org failed", "{\"email\":\"a.b+c@mail.example.org\"}"] {
            assert!(has_address(line), "{line}");
        }
        for line in ["a@b", "@media (min-width)", "postgres://u:p@localhost/db", "2026-11-23 INFO swept"] {
            assert!(!has_address(line), "{line}");
        }
    }
}
