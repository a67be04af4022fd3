//! Puts that fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;

use bytes::Bytes;
use domain::object_key::ObjectKey;
use domain::ports::objects::{Body, NewObject, ObjectPrefix, Objects, ObjectsError};
use futures_util::future::{self, Either};
use futures_util::{StreamExt, stream};

use super::bodies::{get, in_pieces, noise, put, sha256};
use super::{NOW, account, new, photo_of};

type FailingPut = (NewObject, Body<'static>, fn(&ObjectsError) -> bool);

/// Puts that must fail, each with how its error is known.
fn failing_puts(key: ObjectKey) -> Vec<FailingPut> {
    let body = || in_pieces(&noise(9, 100_000), 10_000);
    let broken = || body().take(5).chain(stream::iter([Err(ObjectsError::Interrupted)])).boxed();
    vec![
        (NewObject { max_bytes: 99_999, ..new(key) }, body(), |e| {
            matches!(e, ObjectsError::TooLarge { limit: 99_999 })
        }),
        (NewObject { max_bytes: 0, ..new(key) }, body(), |e| {
            matches!(e, ObjectsError::TooLarge { limit: 0 })
        }),
        (NewObject { expected_bytes: Some(99_999), ..new(key) }, body(), |e| {
            matches!(e, ObjectsError::TooLarge { limit: 99_999 })
        }),
        (NewObject { expected_bytes: Some(100_001), ..new(key) }, body(), |e| {
            matches!(e, ObjectsError::Interrupted)
        }),
        (NewObject { expected: Some(sha256(b"another")), ..new(key) }, body(), |e| {
            matches!(e, ObjectsError::Checksum)
        }),
        (new(key), broken(), |e| matches!(e, ObjectsError::Interrupted)),
    ]
}

pub(super) async fn a_failed_put_changes_nothing(objects: &dyn Objects) {
    let account = account();
    let (fresh, taken) = (photo_of(account), photo_of(account));
    put(objects, new(taken), b"the former").await;
    for key in [fresh, taken] {
        for (at, (new, body, is_expected)) in failing_puts(key).into_iter().enumerate() {
            let error = objects.put(new, body).await.expect_err("this put fails");
            assert!(is_expected(&error), "{at}: {error}");
        }
    }
    assert!(matches!(objects.head(fresh, NOW).await, Err(ObjectsError::NotFound(_))));
    assert_eq!(get(objects, taken, None, NOW).await.expect("the former object"), b"the former");
    // Exactly what was allowed and announced is taken.
    let bytes = noise(9, 100_000);
    let exact = NewObject {
        max_bytes: 100_000,
        expected_bytes: Some(100_000),
        expected: Some(sha256(&bytes)),
        ..new(fresh)
    };
    put(objects, exact, &bytes).await;
}

pub(super) async fn a_put_that_is_given_up_leaves_nothing(objects: &dyn Objects) {
    let key = photo_of(account());
    let waiting = Arc::new(AtomicBool::new(false));
    let seen = waiting.clone();
    let stalled = stream::poll_fn(move |_| {
        seen.store(true, Ordering::SeqCst);
        Poll::Pending
    });
    let body = in_pieces(&noise(1, 200_000), 50_000).chain(stalled).boxed();
    // The client goes away once everything it sent has been taken.
    let gone = future::poll_fn(|context| match waiting.load(Ordering::SeqCst) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    });
    let given_up = matches!(future::select(objects.put(new(key), body), gone).await, Either::Right(_));
    assert!(given_up, "a put waits for the end of its body");
    assert!(matches!(objects.head(key, NOW).await, Err(ObjectsError::NotFound(_))));
    let page = objects.list(ObjectPrefix::Account(key.class(), key.account()), None, 10).await.expect("list");
    assert!(page.objects.is_empty());
}

pub(super) async fn what_is_too_large_is_not_read_to_its_end(objects: &dyn Objects) {
    let key = photo_of(account());
    let given = Arc::new(AtomicU64::new(0));
    let counter = given.clone();
    let endless = stream::repeat_with(move || {
        counter.fetch_add(4096, Ordering::SeqCst);
        Ok(Bytes::from_static(&[0; 4096]))
    });
    let error = objects.put(new(key), endless.boxed()).await.expect_err("nothing endless is stored");
    assert!(matches!(error, ObjectsError::TooLarge { limit: 1_048_576 }), "{error}");
    assert!(given.load(Ordering::SeqCst) < 2 * 1_048_576);
}
