//! Putting and getting.

use std::time::Duration;

use domain::object_key::ObjectKey;
use domain::ports::objects::{ByteRange, MediaType, NewObject, Object, ObjectPrefix, Objects, ObjectsError};
use futures_util::future::join_all;

use super::bodies::{get, in_pieces, noise, put, sha256};
use super::{NOW, account, generation, new, photo_of};

pub(super) async fn what_is_put_is_got_back(objects: &dyn Objects) {
    let (account, generation) = (account(), generation());
    let sizes = [0, 1, 65_535, 65_536, 65_537, 300_001];
    for (number, length) in (0u8..).zip(sizes) {
        for piece in [1_000, 65_536, 1_000_000] {
            let key = ObjectKey::Result(account, generation, number);
            let bytes = noise(u32::from(number), length);
            let new = NewObject { media_type: MediaType::WEBP, expected: Some(sha256(&bytes)), ..new(key) };
            let stored = objects.put(new.clone(), in_pieces(&bytes, piece)).await.expect("put");
            let expected = Object {
                key,
                media_type: new.media_type,
                bytes: length as u64,
                digest: sha256(&bytes),
                created_at: NOW,
                expires_at: new.expires_at,
            };
            assert_eq!(stored, expected);
            assert_eq!(objects.head(key, NOW).await.expect("head"), expected);
            assert!(get(objects, key, None, NOW).await.expect("get") == bytes, "{length} bytes read back");
        }
    }
    let missing = photo_of(account);
    assert!(matches!(objects.head(missing, NOW).await, Err(ObjectsError::NotFound(key)) if key == missing));
    assert!(matches!(objects.get(missing, None, NOW).await, Err(ObjectsError::NotFound(_))));
}

pub(super) async fn a_part_is_got_by_its_range(objects: &dyn Objects) {
    let key = photo_of(account());
    let bytes = noise(1, 200_000);
    put(objects, new(key), &bytes).await;
    let from = |first, last| ByteRange::From { first, last };
    for (range, expected) in [
        (from(0, Some(0)), &bytes[..1]),
        (from(65_530, Some(65_545)), &bytes[65_530..=65_545]),
        (from(100_000, None), &bytes[100_000..]),
        (from(199_999, Some(u64::MAX)), &bytes[199_999..]),
        (from(0, None), &bytes[..]),
        (ByteRange::Suffix(10), &bytes[199_990..]),
        (ByteRange::Suffix(1_000_000), &bytes[..]),
    ] {
        let got = get(objects, key, Some(range), NOW).await.expect("a range inside the object");
        assert!(got == expected, "{range:?}");
    }
    for range in [from(200_000, None), from(5, Some(4)), ByteRange::Suffix(0)] {
        let got = objects.get(key, Some(range), NOW).await;
        assert!(matches!(got, Err(ObjectsError::Range { bytes: 200_000 })), "{range:?}");
    }
}

pub(super) async fn putting_again_replaces(objects: &dyn Objects) {
    let key = photo_of(account());
    for (seed, length) in [(1, 100_000), (2, 10), (2, 10), (3, 70_000)] {
        let bytes = noise(seed, length);
        put(objects, new(key), &bytes).await;
        assert!(get(objects, key, None, NOW).await.expect("get") == bytes);
    }
    let page = objects.list(ObjectPrefix::Account(key.class(), key.account()), None, 10).await.expect("list");
    assert_eq!(page.objects.len(), 1);
}

pub(super) async fn nothing_is_served_once_it_has_expired(objects: &dyn Objects) {
    let key = photo_of(account());
    let end = NOW + Duration::from_secs(86_400);
    let new = NewObject { expires_at: Some(end), ..new(key) };
    put(objects, new.clone(), b"one day").await;
    let last = end - Duration::from_millis(1);
    assert_eq!(get(objects, key, None, last).await.expect("its last moment"), b"one day");
    for now in [end, end + Duration::from_secs(31 * 86_400)] {
        let first_byte = Some(ByteRange::From { first: 0, last: Some(0) });
        assert!(matches!(objects.head(key, now).await, Err(ObjectsError::Expired { at, .. }) if at == end));
        assert!(matches!(objects.get(key, None, now).await, Err(ObjectsError::Expired { .. })));
        assert!(matches!(objects.get(key, first_byte, now).await, Err(ObjectsError::Expired { .. })));
    }
    // It still lies there, so that a sweep can find and delete it.
    let page = objects.list(ObjectPrefix::Account(key.class(), key.account()), None, 10).await.expect("list");
    assert_eq!(page.objects[0].expires_at, Some(end));
    // What would be expired from the start is refused, and takes nothing's place.
    let stale = NewObject { created_at: end, ..new.clone() };
    let refused = objects.put(stale, in_pieces(b"stale", 5)).await;
    assert!(matches!(refused, Err(ObjectsError::Expired { .. })));
    assert_eq!(get(objects, key, None, last).await.expect("the former object"), b"one day");
    // What never expires is served for ever.
    put(objects, NewObject { expires_at: None, ..new }, b"for ever").await;
    let late = NOW + Duration::from_secs(100 * 365 * 86_400);
    assert_eq!(get(objects, key, None, late).await.expect("no end"), b"for ever");
}

pub(super) async fn many_puts_at_once_do_not_mix(objects: &dyn Objects) {
    let account = account();
    let (own, shared) = (generation(), generation());
    let puts = (0..50u8).map(|n| async move {
        put(objects, new(ObjectKey::Result(account, own, n)), &noise(u32::from(n), 90_000)).await;
        put(
            objects,
            new(ObjectKey::Result(account, shared, 0)),
            &noise(u32::from(n), 80_000 + usize::from(n)),
        )
        .await;
    });
    join_all(puts).await;
    for n in 0..50u8 {
        let got = get(objects, ObjectKey::Result(account, own, n), None, NOW).await.expect("get");
        assert!(got == noise(u32::from(n), 90_000), "{n}");
    }
    let last =
        get(objects, ObjectKey::Result(account, shared, 0), None, NOW).await.expect("one of them, whole");
    assert!(last == noise((last.len() - 80_000) as u32, last.len()));
}
