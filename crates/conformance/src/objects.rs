//! The story of [`Objects`]: what every storage must do, told with nothing but the port.
//!
//! Each chapter works on accounts of its own, so that all of them can run on one shared bucket, and moves the clock
//! instead of waiting.

mod bodies;
mod erasing;
mod failing;
mod listing;
mod reading;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::ids::{AccountId, GenerationId, PhotoId};
use domain::object_key::ObjectKey;
use domain::ports::BoxFuture;
use domain::ports::objects::{MediaType, NewObject, Objects};
use domain::time::Timestamp;

/// The moment at which every chapter begins.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_468_216_789);

/// One chapter. It panics where the storage does not keep its promise.
pub type Chapter = for<'a> fn(&'a dyn Objects) -> BoxFuture<'a, ()>;

/// Every chapter by its name.
pub const CHAPTERS: &[(&str, Chapter)] = &[
    ("what is put is got back", |objects| Box::pin(reading::what_is_put_is_got_back(objects))),
    ("a part is got by its range", |objects| Box::pin(reading::a_part_is_got_by_its_range(objects))),
    ("putting again replaces", |objects| Box::pin(reading::putting_again_replaces(objects))),
    ("nothing is served once it has expired", |objects| {
        Box::pin(reading::nothing_is_served_once_it_has_expired(objects))
    }),
    ("many puts at once do not mix", |objects| Box::pin(reading::many_puts_at_once_do_not_mix(objects))),
    ("a failed put changes nothing", |objects| Box::pin(failing::a_failed_put_changes_nothing(objects))),
    ("a put that is given up leaves nothing", |objects| {
        Box::pin(failing::a_put_that_is_given_up_leaves_nothing(objects))
    }),
    ("what is too large is not read to its end", |objects| {
        Box::pin(failing::what_is_too_large_is_not_read_to_its_end(objects))
    }),
    ("a listing is complete and in order", |objects| {
        Box::pin(listing::a_listing_is_complete_and_in_order(objects))
    }),
    ("a listing goes on from any key", |objects| Box::pin(listing::a_listing_goes_on_from_any_key(objects))),
    ("what is deleted stays deleted", |objects| Box::pin(erasing::what_is_deleted_stays_deleted(objects))),
    ("erasing an account leaves nothing of it and all of others", |objects| {
        Box::pin(erasing::erasing_an_account_leaves_nothing_of_it_and_all_of_others(objects))
    }),
    ("clearing up leaves what is finished", |objects| {
        Box::pin(erasing::clearing_up_leaves_what_is_finished(objects))
    }),
    ("a working storage is healthy", |objects| Box::pin(erasing::a_working_storage_is_healthy(objects))),
];

/// Runs every chapter, naming each before it begins so that a failure names itself.
pub async fn story(objects: &dyn Objects) {
    for (name, chapter) in CHAPTERS {
        eprintln!("objects: {name}");
        chapter(objects).await;
    }
}

/// Ten bytes that no other call answers with, in this process or another.
fn fresh() -> [u8; 10] {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed) as u16;
    let started = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let [.., a, b, c, d] = std::process::id().to_be_bytes();
    let [.., e, f, g, h] = started.subsec_nanos().to_be_bytes();
    let [i, j] = count.to_be_bytes();
    [a, b, c, d, e, f, g, h, i, j]
}

fn account() -> AccountId {
    AccountId::new(NOW, fresh())
}

fn generation() -> GenerationId {
    GenerationId::new(NOW, fresh())
}

fn photo_of(account: AccountId) -> ObjectKey {
    ObjectKey::Upload(account, PhotoId::new(NOW, fresh()))
}

/// A JPEG of at most a megabyte, put now, for 30 days.
fn new(key: ObjectKey) -> NewObject {
    NewObject {
        key,
        media_type: MediaType::JPEG,
        max_bytes: 1024 * 1024,
        expected_bytes: None,
        expected: None,
        created_at: NOW,
        expires_at: Some(NOW + Duration::from_secs(30 * 86_400)),
    }
}
