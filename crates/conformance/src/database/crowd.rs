//! Many at once: what holds for one after the other holds for all together.

use std::collections::HashSet;
use std::sync::Arc;

use domain::generation::{Ending, State};
use domain::once::OnceKey;
use domain::page::PageRequest;
use domain::ports::database::{Conflict, DatabaseError, PaymentMessage};
use domain::purchase::{Dispute, DisputeState, Fact, Payment as Paying};
use tokio::task::JoinSet;

use super::{LEASE, Scene};

/// Fifty workers reach for thirty generations: each is taken once.
pub async fn fifty_claims_at_once_take_each_generation_once(scene: &Scene) {
    let mut waiting = HashSet::new();
    for _ in 0..3 {
        let account = scene.account().await;
        for _ in 0..10 {
            waiting.insert(scene.start(account).await.id);
        }
    }
    let mut workers = JoinSet::new();
    for _ in 0..50 {
        let (db, claim) = (Arc::clone(&scene.db), scene.new_claim(1));
        workers.spawn(async move { db.claim_generations(claim).await.unwrap() });
    }
    let mut taken = Vec::new();
    while let Some(claimed) = workers.join_next().await {
        taken.extend(claimed.unwrap().into_iter().map(|claimed| claimed.generation.id));
    }
    assert_eq!(taken.len(), 30, "no generation was taken twice or left");
    assert_eq!(taken.into_iter().collect::<HashSet<_>>(), waiting);
}

/// Fifty requests of four credits on a balance of one hundred: twenty-five start.
pub async fn a_crowd_of_starts_never_overdraws(scene: &Scene) {
    let ann = scene.account().await;
    let photo = scene.photo(ann).await;
    let mut requests = JoinSet::new();
    for _ in 0..50 {
        let (db, new) = (Arc::clone(&scene.db), scene.new_generation(ann, photo, 2));
        requests.spawn(async move { db.start_generation(new).await });
    }
    let (mut started, mut refused) = (0, 0);
    while let Some(answer) = requests.join_next().await {
        match answer.unwrap() {
            Ok(_) => started += 1,
            Err(DatabaseError::Credit(_)) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((started, refused, scene.balance(ann).await), (25, 25, 0));
    scene.books_balance().await;
}

/// Good and bad requests come mixed: each bad one fails alone, even after it has written something.
pub async fn one_failing_verb_does_not_undo_another(scene: &Scene) {
    let ann = scene.account().await;
    let photo = scene.photo(ann).await;
    let taken = scene.db.start_generation(scene.new_generation(ann, photo, 1)).await.unwrap().generation;
    let ben = scene.account().await;
    let theirs = scene.photo(ben).await;
    let mut requests = JoinSet::new();
    for n in 0..60 {
        let db = Arc::clone(&scene.db);
        let mut new = scene.new_generation(ben, theirs, 1);
        if n % 2 == 1 {
            // The id is another account's: it fails at the ledger's unique key, in the middle of its transaction.
            new.id = taken.id;
        }
        requests.spawn(async move { (n, db.start_generation(new).await) });
    }
    while let Some(answer) = requests.join_next().await {
        let (n, answer) = answer.unwrap();
        match answer {
            Ok(_) => assert_eq!(n % 2, 0),
            Err(error) => assert_eq!((n % 2, error), (1, Conflict::IdReused.into())),
        }
    }
    assert_eq!(scene.balance(ben).await, 100 - 30 * 2);
    let kept = scene.db.list_generations(ben, PageRequest::first(100)).await.unwrap().items;
    assert_eq!(kept.len(), 30);
    scene.books_balance().await;
}

/// A payment service that repeats itself is heard once.
pub async fn the_same_payment_twenty_times_at_once_is_booked_once(scene: &Scene) {
    let ann = scene.bare_account().await;
    let news = scene.news(ann, "purchase-1", 50, Fact::Payment(Paying::Paid));
    let mut deliveries = JoinSet::new();
    for n in 0..20 {
        // Half of them bring the id that a message has, half tell the same in messages of their own.
        let id = Some(OnceKey::new("message", &(n % 2 * n).to_string()));
        let (db, news, now) = (Arc::clone(&scene.db), news.clone(), scene.now());
        let message = PaymentMessage { id, news: vec![news], now };
        deliveries.spawn(async move { db.apply_payment(message).await.unwrap() });
    }
    let mut booked = 0;
    while let Some(applied) = deliveries.join_next().await {
        booked += applied.unwrap().moved.len();
    }
    assert_eq!((booked, scene.balance(ann).await), (1, 50));
    scene.books_balance().await;
}

/// Eight hundred steps in no sensible order, refusals among them: whatever happens, the ledgers add up, the counts are those of the
/// lists, and every reservation that is not open any more was settled or given back.
pub async fn a_random_life_leaves_books_and_counts_right(scene: &Scene) {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let people = [scene.account().await, scene.account().await, scene.account().await];
    let (mut started, mut leases) = (Vec::new(), Vec::new());
    for step in 0..800 {
        let (db, now, person) = (&scene.db, scene.now(), people[dice.roll(3)]);
        match dice.roll(12) {
            0..3 => {
                let new = scene.new_generation(person, scene.photo(person).await, 1 + dice.roll(4) as u8);
                started.extend(ruled(db.start_generation(new).await).map(|started| started.generation.id));
            }
            3..5 => {
                leases.extend(scene.claim(1 + dice.roll(3)).await.into_iter().map(|claimed| claimed.lease))
            }
            5..8 if !leases.is_empty() => {
                let recent = leases.len() - 1 - dice.roll(leases.len().min(8));
                ruled(db.add_image(leases[recent], scene.new_image(1 + dice.roll(4) as u8)).await);
            }
            8 if !leases.is_empty() => {
                let recent = leases.len() - 1 - dice.roll(leases.len().min(12));
                let ending =
                    [Ending::Succeeded, Ending::Succeeded, Ending::Refused, Ending::Failed][dice.roll(4)];
                let finish = domain::ports::database::Finish { ending, reason: None };
                ruled(db.finish_generation(leases[recent], finish, now).await);
            }
            9 if !started.is_empty() => {
                // Now and then another's generation, which is not found.
                ruled(db.cancel_generation(person, started[dice.roll(started.len())], now).await);
            }
            10 => {
                let minor = dice.roll(30) as u64 * 20;
                let dispute = |state| Fact::Dispute("one".into(), Dispute { state, minor });
                let fact = match dice.roll(6) {
                    0 => Fact::Refunded(minor),
                    1 => dispute(DisputeState::Open),
                    2 => dispute(DisputeState::Won),
                    _ => Fact::Payment(Paying::Paid),
                };
                let number = dice.roll(60);
                let whose = people[number % people.len()];
                let news = scene.news(whose, &format!("purchase-{number}"), 5 + number as u32 % 25, fact);
                ruled(scene.hear(news).await);
            }
            _ if dice.roll(20) == 0 && !started.is_empty() => {
                ruled(db.delete_generation(person, started[dice.roll(started.len())], now).await);
            }
            _ => scene.pass(LEASE / 4),
        }
        if step % 100 == 99 {
            scene.books_balance().await;
            counts_are_those_of_the_lists(scene).await;
        }
    }
    let counts = scene.db.totals().await.unwrap().generations;
    assert!(
        counts.succeeded > 5 && counts.failed > 5 && counts.cancelled > 5,
        "a life worth testing: {counts:?}"
    );
}

/// The answer, or nothing when a rule said no. A database that could not is a failure of the story.
fn ruled<T>(answer: Result<T, DatabaseError>) -> Option<T> {
    assert!(!matches!(answer, Err(DatabaseError::Unavailable(_))), "{:?}", answer.err());
    answer.ok()
}

async fn counts_are_those_of_the_lists(scene: &Scene) {
    let mut counts = scene.db.totals().await.unwrap().generations;
    for state in State::ALL {
        let (mut listed, mut after) = (0, None);
        loop {
            let page = scene.db.list_by_state(state, PageRequest { after, limit: 200 }).await.unwrap();
            listed += page.items.len() as u64;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(*counts.of(state), listed, "{state:?}");
    }
}

/// Marsaglia's xorshift with 64 bits: the same rolls each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}
