//! People: that what is kept was allowed, that no card is among it, that all of it can be had, and that who was erased is gone.

use std::collections::BTreeSet;

use domain::consent::{Purpose, permit};
use domain::ids::AccountId;
use domain::object_key::{ObjectClass, ObjectKey};
use domain::page::PageRequest;
use domain::ports::database::AccountExport;
use domain::ports::objects::{LIST_LIMIT, ObjectPrefix};
use domain::time::DAY;
use serde_json::Value;

use super::{Evidence, Looked, Service};
use crate::exit::Failure;

/// How many accounts are looked through, the newest first.
const ACCOUNTS: usize = 1000;

/// Everything about some accounts.
pub(super) struct People {
    pub(super) exports: Vec<AccountExport>,
    /// Whether there are more.
    more: bool,
}

impl People {
    pub(super) async fn gather(service: &Service) -> Result<Self, Failure> {
        let database = &service.app.ports().database;
        let (mut exports, mut page) = (Vec::new(), PageRequest::first(200));
        loop {
            let accounts = database.list_accounts(page).await.map_err(Failure::machine)?;
            for summary in accounts.items {
                if exports.len() == ACCOUNTS {
                    return Ok(People { exports, more: true });
                }
                // One that was erased since the list was read is not there any more.
                if let Ok(export) = database.export_account(summary.account.id).await {
                    exports.push(export);
                }
            }
            match accounts.next {
                Some(next) => page = PageRequest::after(next, page.limit),
                None => return Ok(People { exports, more: false }),
            }
        }
    }

    fn counted(&self) -> String {
        let newest = if self.more { "the newest " } else { "" };
        format!("{newest}{} accounts", self.exports.len())
    }
}

/// Who has photos here allowed to keep them.
pub(super) fn consent_first(looked: &Looked<'_>, out: &mut Evidence) {
    let mut with_photos = 0;
    for export in looked.people.exports.iter().filter(|export| !export.photos.is_empty()) {
        with_photos += 1;
        if permit(export.account.id, &Purpose::KeepPhotos, &export.consents, looked.now).is_err() {
            out.breaks(format!("account {} has photos here and no consent in force", export.account.id));
        }
    }
    out.shows(format!(
        "{}, {with_photos} of them with photos, and the consents of each",
        looked.people.counted()
    ));
}

/// No number of a card is in any words about anybody. Numbers are ours (seeds, moments, bytes) and would look like one by chance.
pub(super) fn no_card_numbers(looked: &Looked<'_>, out: &mut Evidence) {
    for export in &looked.people.exports {
        if says_card_number(&serde_json::to_value(export).unwrap_or_default()) {
            out.breaks(format!(
                "account {} holds something that looks like the number of a card",
                export.account.id
            ));
        }
    }
    out.shows(format!("all words of {} searched for numbers of cards", looked.people.counted()));
}

fn says_card_number(value: &Value) -> bool {
    match value {
        Value::String(text) => has_card_number(text),
        Value::Array(values) => values.iter().any(says_card_number),
        Value::Object(fields) => fields.values().any(says_card_number),
        _ => false,
    }
}

/// Whether a text holds what may be the number of a card: 13 to 19 digits, spaces and hyphens between them allowed, with a first
/// digit that networks use and the check digit of Luhn (ISO/IEC 7812-1). Bare moments in milliseconds begin with 1 and are none.
pub(super) fn has_card_number(text: &str) -> bool {
    let mut digits = Vec::new();
    let mut separated = false;
    for c in text.chars().chain(['\n']) {
        match c {
            '0'..='9' => {
                digits.push(c as u8 - b'0');
                separated = false;
            }
            ' ' | '-' if !digits.is_empty() && !separated => separated = true,
            _ => {
                if is_card(&digits) && !c.is_ascii_alphanumeric() {
                    return true;
                }
                digits.clear();
                separated = false;
            }
        }
    }
    false
}

fn is_card(digits: &[u8]) -> bool {
    let network = matches!(digits.first(), Some(2..=6));
    let length = (13..=19).contains(&digits.len());
    let doubled = |digit: u8| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| u32::from(if at % 2 == 1 { doubled(*digit) } else { *digit }))
        .sum();
    network && length && sum.is_multiple_of(10)
}

/// The archive of each account holds what rows speak of.
pub(super) fn access(looked: &Looked<'_>, out: &mut Evidence) {
    let photos: usize = looked.people.exports.iter().map(|export| export.photos.len()).sum();
    let images: usize = looked
        .people
        .exports
        .iter()
        .flat_map(|export| &export.generations)
        .map(|made| made.images.len())
        .sum();
    out.shows(format!(
        "archives of {} read: {photos} photos and {images} images, with all data as JSON",
        looked.people.counted()
    ));
}

/// Nothing lies in the storage that belongs to nobody, and no erasure is left undone.
pub(super) async fn erasure(looked: &Looked<'_>, out: &mut Evidence) {
    let ports = looked.service.app.ports();
    match ports.database.open_erasures().await {
        Err(error) => out.lacks(format!("erasures could not be read: {error}")),
        Ok(open) => {
            let late = open.iter().filter(|erasure| looked.now.since(erasure.begun_at) > DAY).count();
            out.holds(
                late == 0,
                format!("{} erasures under way, {late} of them for more than a day", open.len()),
            );
        }
    }
    match orphans(looked).await {
        Err(error) => out.lacks(format!("the storage could not be compared with the database: {error}")),
        Ok((looked_at, orphans)) => {
            let owners: BTreeSet<AccountId> = orphans.iter().map(|key| key.account()).collect();
            out.holds(
                orphans.is_empty(),
                format!(
                    "{looked_at} objects older than a day compared with the database: {} belong to nobody any more, of {} accounts",
                    orphans.len(),
                    owners.len()
                ),
            );
        }
    }
}

/// Objects that no row speaks of though they are older than any upload takes.
async fn orphans(looked: &Looked<'_>) -> Result<(usize, Vec<ObjectKey>), Box<dyn std::error::Error>> {
    let ports = looked.service.app.ports();
    let (mut looked_at, mut orphans) = (0, Vec::new());
    for class in ObjectClass::ALL {
        let mut after = None;
        loop {
            let page = ports.objects.list(ObjectPrefix::Class(class), after, LIST_LIMIT).await?;
            let old = page.objects.iter().filter(|object| looked.now.since(object.created_at) > 2 * DAY);
            let old: Vec<ObjectKey> = old.map(|object| object.key).collect();
            looked_at += old.len();
            if !old.is_empty() {
                orphans.extend(looked.service.app.operator().orphans(old).await?);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok((looked_at, orphans))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_cards_are_known_however_they_are_written() {
        for card in [
            "4242424242424242",
            "4242 4242 4242 4242",
            "\"5555-5555-5555-4444\"",
            "note: 378282246310005.",
            "30569309025904",
        ] {
            assert!(has_card_number(card), "{card}");
        }
    }

    #[test]
    fn a_number_that_looks_like_one_is_none_but_words_are_searched_wherever_they_stand() {
        let seed = serde_json::json!({ "seed": 4_242_424_242_424_242_u64 });
        assert!(!says_card_number(&seed));
        let note = serde_json::json!({ "generations": [{ "options": { "note": "4242 4242 4242 4242" } }] });
        assert!(says_card_number(&note));
    }

    #[test]
    fn moments_ids_and_other_numbers_are_none() {
        for other in [
            "1795468216789",
            "{\"created_at\":1795468216781,\"expires_at\":1798060216788}",
            "4242424242424241",
            "01KC0000000000000000000000",
            "42424242",
            "42424242424242424242424242",
            "a4242424242424242z",
        ] {
            assert!(!has_card_number(other), "{other}");
        }
    }
}
