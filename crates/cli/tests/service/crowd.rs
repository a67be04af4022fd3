//! A crowd: fifty people send photos at the same moment, and the process stays as small as it was.

use futures_util::future::join_all;

use crate::support::*;

/// Photos at once, and bytes of each.
const PHOTOS: usize = 50;
const BYTES: usize = 8_000_000;
/// Bytes by which the process may grow: far from the 400 MB that come in.
const GROWTH: u64 = 200_000_000;

/// A real photo that is long: comments of 64 kB before its picture, as editors and phones leave them there.
fn long_photo() -> Vec<u8> {
    let photo = small_photo("obama.jpg", 600);
    let mut comment = vec![0xff, 0xfe, 0xff, 0xff];
    comment.resize(2 + 0xffff, b'.');
    let comments = comment.repeat((BYTES - photo.len()) / comment.len());
    [&photo[..2], &comments, &photo[2..]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_uploads_at_once_take_little_memory() {
    let house = House::new("");
    let server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let file = bytes::Bytes::from(long_photo());
    assert!(file.len() > BYTES - 200_000);
    // The models are loaded when the first photos are looked at, two at a time.
    join_all((0..2).map(|_| ada.upload(file.clone())))
        .await
        .into_iter()
        .for_each(|answer| drop(answer.expect(201)));
    let before = server.process.peak_memory();

    let answers = join_all((0..PHOTOS).map(|_| ada.upload(file.clone()))).await;
    let grown = server.process.peak_memory() - before;
    answers.into_iter().for_each(|answer| drop(answer.expect(201)));
    println!(
        "{PHOTOS} uploads of {} MB: {} MB before, {} MB more",
        BYTES / 1_000_000,
        before / 1_000_000,
        grown / 1_000_000
    );
    assert!(grown < GROWTH, "{grown} bytes more");
    let mut books = Books::open(&house.data()).await;
    assert_eq!(books.objects().len(), PHOTOS + 2);
    assert_eq!(books.unfinished().len(), 0);
    books.agree().await;
}
