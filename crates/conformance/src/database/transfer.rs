//! Moving: what arrives is what was there, and life goes on as if nothing had happened.

use std::time::Duration;

use domain::attempt::{AttemptCost, AttemptOutcome};
use domain::generation::Ending;
use domain::ids::{AccountId, ErasureId, SessionId};
use domain::once::OnceKey;
use domain::page::PageRequest;
use domain::ports::database::{AttemptResult, IdempotencyKey, NewAttempt, Record, Table, Transfer};
use domain::session::Session;
use domain::style::StyleId;
use domain::throttle::{ThrottleKey, ThrottleRule};
use domain::time::DAY;

use super::erasures::furnish;
use super::{LEASE, Scene};

/// Everything of one database in another, page by page.
async fn carry_over(from: &dyn Transfer, to: &dyn Transfer) {
    for table in Table::ALL {
        let mut page = PageRequest::first(3);
        loop {
            let records = from.export_records(table, page).await.unwrap();
            to.import_records(table, records.items).await.unwrap();
            let Some(next) = records.next else { break };
            page = PageRequest::after(next, 3);
        }
    }
    to.complete_import().await.unwrap();
}

/// All records of a table, page by page.
async fn records(of: &dyn Transfer, table: Table) -> Vec<Record> {
    let (mut all, mut page) = (Vec::new(), PageRequest::first(2));
    loop {
        let records = of.export_records(table, page).await.unwrap();
        all.extend(records.items);
        let Some(next) = records.next else { return all };
        page = PageRequest::after(next, 2);
    }
}

/// People with something in every table, one of whom waits to be forgotten.
async fn inhabit(scene: &Scene) -> [AccountId; 2] {
    let (ann, ben, gone) = (scene.account().await, scene.account().await, scene.account().await);
    let done = scene.succeeded(ben).await;
    let image = scene.db.generation(ben, done.id).await.unwrap().images[0].id;
    scene.db.delete_image(ben, image, scene.now()).await.unwrap();
    // Of two photos only the second is left, in its place.
    let (first, second) = (scene.photo(ben).await, scene.photo(ben).await);
    let mut both = scene.new_generation(ben, first, 1);
    both.photos.push(second);
    let both = scene.db.start_generation(both).await.unwrap().generation.id;
    scene.db.cancel_generation(ben, both, scene.now()).await.unwrap();
    scene.db.delete_photo(ben, first, scene.now()).await.unwrap();
    let rule = ThrottleRule { tries: 1, window: DAY };
    scene.db.count_try(ThrottleKey(scene.digest()), rule, scene.now()).await.unwrap();
    scene.db.note_once(OnceKey::new("event", "1"), scene.now(), scene.now() + DAY).await.unwrap();
    furnish(scene, gone).await;
    scene.db.erase_account(gone, scene.id(ErasureId::new), scene.now()).await.unwrap();
    scene.start(ben).await;
    let lease = scene.claim_one().await.lease;
    let attempt = NewAttempt {
        number: 1,
        provider: "p".into(),
        model: "m".into(),
        prompt: "a \"portrait\"\nof a person, с любовью 🎈".into(),
        fallback: true,
        send_to: None,
    };
    scene.db.begin_attempt(lease, attempt, scene.now()).await.unwrap();
    let cost = AttemptCost { tokens_in: 1290, tokens_out: 7, micro_dollars: 39_000 };
    let result = AttemptResult { outcome: AttemptOutcome::Succeeded, detail: String::new(), images: 1, cost };
    scene.db.finish_attempt(lease, 1, result, scene.now()).await.unwrap();
    scene.image(lease, 1).await;
    scene.finish(lease, Ending::Succeeded).await;
    furnish(scene, ann).await;
    for account in [ben, ann] {
        scene.pass(Duration::from_millis(1));
        let photo = scene.photo(account).await;
        let mut new = scene.new_generation(account, photo, 2);
        new.idempotency = Some(IdempotencyKey { key: new.id.to_string(), request: scene.digest() });
        new.style = StyleId::new("studio-grey").unwrap();
        scene.db.start_generation(new).await.unwrap();
    }
    [ann, ben]
}

/// From one database to another, and from that one on.
pub async fn everything_arrives_and_life_goes_on(
    (from, out): (&Scene, &dyn Transfer),
    (to, into): (&Scene, &dyn Transfer),
) {
    let people = inhabit(from).await;
    let secret = from.secret();
    let session = Session {
        id: from.id(SessionId::new),
        account: people[0],
        device: "a browser".into(),
        created_at: from.now(),
        used_at: from.now(),
        expires_at: from.now() + DAY,
        sign_in: Some("at the door".into()),
    };
    from.db.open_session(session, secret).await.unwrap();
    for table in Table::ALL {
        let some = out.export_records(table, PageRequest::first(1)).await.unwrap();
        assert!(!some.items.is_empty(), "{}: the story moves nothing of it", table.name());
    }

    carry_over(out, into).await;
    for table in Table::ALL {
        let same = records(out, table).await == records(into, table).await;
        assert!(same, "{} arrive as they were", table.name());
    }
    let there = to.reopen(std::sync::Arc::clone(&to.db));
    assert_eq!(there.db.totals().await.unwrap(), from.db.totals().await.unwrap());
    for account in people {
        let (left, right) = (from.db.export_account(account).await, there.db.export_account(account).await);
        assert_eq!(left.unwrap(), right.unwrap());
    }
    let (day, span) = (from.now() - DAY, from.now() + DAY);
    assert_eq!(there.db.spending(day, span).await, from.db.spending(day, span).await);
    assert_eq!(there.db.list_policies().await, from.db.list_policies().await);
    assert_eq!(there.db.open_erasures().await, from.db.open_erasures().await);
    assert_eq!(there.db.pending_deletions(None, 99).await, from.db.pending_deletions(None, 99).await);
    assert_eq!(
        there.db.find_session(secret, from.now()).await,
        from.db.find_session(secret, from.now()).await
    );
    there.books_balance().await;

    // Again it changes nothing, also where something has changed since.
    there.grant(people[0], 5).await;
    let before = there.db.export_account(people[0]).await.unwrap();
    carry_over(out, into).await;
    assert_eq!(there.db.export_account(people[0]).await.unwrap(), before);

    // The queue goes on where it was: what waits, then what its worker has lost.
    there.pass(Duration::from_millis(from.now().millis() - there.now().millis()));
    let waiting = there.claim(9).await;
    assert_eq!(
        waiting.iter().map(|claimed| claimed.generation.account).collect::<Vec<_>>(),
        [people[1], people[0]]
    );
    there.pass(LEASE);
    let lapsed = there.claim_one().await;
    assert_eq!((lapsed.attempts, lapsed.generation.claims), (1, 2));
    for lease in waiting.into_iter().chain([lapsed]).map(|claimed| claimed.lease) {
        // The other two have lapsed meanwhile, too, but nobody has taken them.
        there.finish(lease, Ending::Failed).await;
    }
    there.start(people[0]).await;
    there.books_balance().await;
}
