//! The scene of the tests: an installation in an empty folder, and people who ask it for things.

mod books;
mod house;
mod person;
mod pictures;
mod receiver;
mod server;
mod unpacked;

pub(crate) use books::Books;
pub(crate) use house::{House, WITHIN};
pub(crate) use person::{Answer, Person, client};
pub(crate) use pictures::{nobody, photo, small_photo, two_people};
pub(crate) use receiver::{Message, Receiver};
pub(crate) use server::database;
pub(crate) use unpacked::unpacked;

use std::time::Duration;

/// Waits until something is so, or says that it never was.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asking = async {
        let mut again = tokio::time::interval(Duration::from_millis(25));
        while !is_so().await {
            again.tick().await;
        }
    };
    assert!(tokio::time::timeout(WITHIN, asking).await.is_ok(), "in vain: {what}");
}
