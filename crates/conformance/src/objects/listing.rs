//! Listing.

use domain::ids::{AccountId, GenerationId};
use domain::object_key::{ObjectClass, ObjectKey};
use domain::ports::objects::{Listed, ObjectPrefix, Objects};

use super::bodies::put;
use super::{account, generation, new, photo_of};

/// Puts results, previews and photos of an account; answers the keys, sorted as text.
async fn fill(objects: &dyn Objects, account: AccountId, generations: &[GenerationId]) -> Vec<ObjectKey> {
    let mut keys: Vec<_> = (0..3).map(|_| photo_of(account)).collect();
    keys.push(ObjectKey::Archive(account));
    for generation in generations {
        keys.extend((0..12).map(|n| ObjectKey::Result(account, *generation, n)));
        keys.extend((0..2).map(|n| ObjectKey::Preview(account, *generation, n)));
    }
    for key in &keys {
        put(objects, new(*key), key.to_string().as_bytes()).await;
    }
    keys.sort_by_key(ObjectKey::to_string);
    keys
}

async fn all(objects: &dyn Objects, prefix: ObjectPrefix, limit: usize) -> Vec<Listed> {
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = objects.list(prefix, after, limit).await.expect("list");
        assert!(page.objects.len() <= limit, "a page is no longer than asked for");
        listed.extend(page.objects);
        after = page.next;
        if after.is_none() {
            return listed;
        }
    }
}

pub(super) async fn a_listing_is_complete_and_in_order(objects: &dyn Objects) {
    let (ann, ben) = (account(), account());
    let generations = [generation(), generation()];
    let keys = fill(objects, ann, &generations).await;
    fill(objects, ben, &generations).await;
    for class in ObjectClass::ALL {
        let mut prefixes = vec![ObjectPrefix::Account(class, ann)];
        prefixes.extend(generations.map(|generation| ObjectPrefix::Generation(class, ann, generation)));
        for prefix in prefixes {
            let expected: Vec<_> = keys.iter().copied().filter(|key| prefix.contains(*key)).collect();
            for limit in [1, 5, 12, 1000] {
                let listed = all(objects, prefix, limit).await;
                let listed_keys: Vec<_> = listed.iter().map(|object| object.key).collect();
                assert_eq!(listed_keys, expected, "{prefix} by {limit}");
                for object in listed {
                    assert_eq!(object.bytes, object.key.to_string().len() as u64);
                    assert_eq!(object.expires_at, new(object.key).expires_at);
                    assert!(!object.damaged);
                }
            }
        }
        let of_class = all(objects, ObjectPrefix::Class(class), 7).await;
        let ours = of_class.iter().filter(|object| object.key.account() == ann).count();
        assert_eq!(ours, keys.iter().filter(|key| key.class() == class).count());
        assert!(of_class.iter().all(|object| object.key.class() == class));
        assert!(of_class.is_sorted_by_key(|object| object.key.to_string()));
    }
    let nobody = all(objects, ObjectPrefix::Account(ObjectClass::Upload, account()), 5).await;
    assert!(nobody.is_empty());
}

pub(super) async fn a_listing_goes_on_from_any_key(objects: &dyn Objects) {
    let account = account();
    let generations = [generation(), generation(), generation()];
    let keys = fill(objects, account, &generations).await;
    let prefix = ObjectPrefix::Account(ObjectClass::Result, account);
    let results: Vec<_> = keys.into_iter().filter(|key| prefix.contains(*key)).collect();
    for (at, after) in results.iter().enumerate() {
        // The key itself may be gone by the time the next page is asked for.
        objects.delete(*after).await.expect("delete");
        let page = objects.list(prefix, Some(*after), 1000).await.expect("list");
        let listed: Vec<_> = page.objects.iter().map(|object| object.key).collect();
        assert_eq!(listed, results[at + 1..], "after {after}");
    }
}
