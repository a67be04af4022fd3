//! Objects on their way out.

use domain::ids::ErasureId;
use domain::object_key::{ObjectClass, ObjectKey};
use domain::ports::database::{Answer, Deletions};
use domain::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Convex, PAGE};

/// How many expired rows of each kind go in one transaction.
const EXPIRE: u32 = 200;

#[derive(Deserialize)]
struct Tidied {
    gone: u64,
    more: bool,
}

/// The ids in a key, as the functions compare them.
fn place(key: ObjectKey) -> Value {
    match key {
        ObjectKey::Upload(account, photo) => json!({ "account": account, "id": photo, "number": 0 }),
        ObjectKey::Result(account, generation, number) | ObjectKey::Preview(account, generation, number) => {
            json!({ "account": account, "id": generation, "number": number })
        }
        ObjectKey::Archive(account) => json!({ "account": account, "id": "", "number": 0 }),
    }
}

impl Deletions for Convex {
    fn expire_objects(&self, now: Timestamp, limit: u32) -> Answer<'_, u64> {
        self.carry_out("deletions:expire", json!({ "now": now, "limit": limit.min(EXPIRE) }), Ok)
    }

    fn pending_deletions(&self, erasure: Option<ErasureId>, limit: u32) -> Answer<'_, Vec<ObjectKey>> {
        self.ask("deletions:pending", json!({ "erasure": erasure, "limit": limit.min(8 * PAGE) }), Ok)
    }

    fn confirm_deletions(&self, keys: Vec<ObjectKey>) -> Answer<'_, ()> {
        Box::pin(async move {
            for keys in keys.chunks(PAGE as usize) {
                self.caller.mutation::<()>("deletions:confirm", json!({ "keys": keys })).await?;
            }
            Ok(())
        })
    }

    fn orphans(&self, keys: Vec<ObjectKey>) -> Answer<'_, Vec<ObjectKey>> {
        Box::pin(async move {
            let mut orphans = Vec::new();
            for keys in keys.chunks(PAGE as usize) {
                let found: Vec<ObjectKey> =
                    self.caller.query("deletions:orphans", json!({ "keys": keys })).await?;
                orphans.extend(found);
            }
            Ok(orphans)
        })
    }

    fn list_objects(
        &self,
        class: ObjectClass,
        after: Option<ObjectKey>,
        limit: u32,
    ) -> Answer<'_, Vec<ObjectKey>> {
        // No row speaks of an archive.
        if class == ObjectClass::Archive {
            return Box::pin(async { Ok(Vec::new()) });
        }
        let args = json!({ "kind": class, "after": after.map(place), "limit": limit.min(8 * PAGE) });
        self.ask("deletions:list", args, Ok)
    }

    fn tidy(&self, now: Timestamp) -> Answer<'_, u64> {
        Box::pin(async move {
            let mut gone = 0;
            loop {
                let tidied: Tidied = self.caller.mutation("deletions:tidy", json!({ "now": now })).await?;
                gone += tidied.gone;
                if !tidied.more {
                    return Ok(gone);
                }
            }
        })
    }
}
