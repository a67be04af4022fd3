//! Workers that are killed, again and again, at moments that nobody chose, while people ask for pictures and take wishes back. In the
//! end everything adds up: each generation ended once and costs what it made, and the storage and the rows agree.
//!
//! The workers are the program's own. Their pictures come from a stand-in that has them at once, so that two hundred take no time.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use standins::Server;
use standins::gemini::Gemini;
use tokio::sync::Notify;

use crate::support::*;

/// Generations that are asked for, and people who ask.
const GENERATIONS: usize = 200;
const PEOPLE: usize = 4;
/// Workers at a time.
const WORKERS: usize = 2;

/// Kills, so that even a slow machine comes to an end.
const KILLS: usize = 60;
const KEY: &str = "a-key-of-the-test";

/// What is interrupted is taken up again soon, and whatever ends is told to a receiver here.
fn configuration(vendor: &Server) -> String {
    format!(
        "[accounts]\nwelcome_credits = 1000\n[rates]\nrequests_per_minute = 100000\n[worker]\nlease_seconds = 3\n\
         [webhooks]\nprivate_addresses = true\n[gemini]\nkey = \"{KEY}\"\nbase_url = \"{}\"\n",
        vendor.url()
    )
}

/// A stream of numbers that a seed begins (SplitMix64, Steele et al., 2014).
pub(crate) struct Lot(u64);

impl Lot {
    /// A stream of its own for this run.
    pub(crate) fn drawn() -> Lot {
        Lot(seed())
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// The seed of this run: one's own to repeat a run, or a new one.
fn seed() -> u64 {
    let given = std::env::var("COVERSHOTS_TEST_SEED").ok().map(|seed| seed.parse().unwrap());
    let seed = given.unwrap_or_else(|| {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes).unwrap();
        u32::from_be_bytes(bytes).into()
    });
    println!("the moments are drawn by COVERSHOTS_TEST_SEED={seed}");
    seed
}

/// Starts a worker, kills it at some moment, and again, until there is no more to do. How often it did.
async fn killer(house: &House, over: &Over, mut lot: Lot) -> usize {
    let mut kills = 0;
    loop {
        let mut worker = house.start(&["worker"]);
        // Some are killed while they start, most in the midst of their work.
        if lot.below(5) > 0 {
            worker.says("Covershots works on").await;
        }
        let moment = if kills < KILLS { Duration::from_millis(lot.below(600)) } else { WITHIN };
        if over.comes_within(moment).await {
            worker.signal("TERM");
            worker.ends().await;
            return kills;
        }
        worker.kill();
        kills += 1;
    }
}

/// Whether there is no more to do.
#[derive(Default)]
struct Over(AtomicBool, Notify);

impl Over {
    fn is(&self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.notify_waiters();
    }

    /// Waits for it, but not for longer.
    async fn comes_within(&self, moment: Duration) -> bool {
        let notified = self.1.notified();
        self.0.load(Ordering::Relaxed) || tokio::time::timeout(moment, notified).await.is_ok()
    }
}

/// Asks for all generations, each person in turn, and takes some back.
async fn ask(people: &[(Person, String)], lot: &mut Lot) {
    for number in 0..GENERATIONS {
        let (person, photo) = &people[number % people.len()];
        let images = if lot.below(8) == 0 { 2 } else { 1 };
        let generation = person.headshots(photo, images).await;
        if lot.below(20) == 0 {
            // It may have ended by now, which is told as well.
            let answer = person.post(&format!("/api/v1/generations/{generation}/cancel"), json!(null)).await;
            assert!(answer.status == 200 || answer.problem(409, "ended").is_object());
        }
    }
}

/// Waits until each end was told. It is told once: the receiver answers, and the process that tells is not killed.
async fn all_are_told(receiver: &mut Receiver) {
    let mut ended = BTreeSet::new();
    while ended.len() < GENERATIONS {
        let id = receiver.next().await.headers["webhook-id"].clone();
        assert!(ended.insert(id.clone()), "{id} was told twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_killed_at_any_moment_lose_nothing_and_charge_nothing_twice() {
    let begun = std::time::Instant::now();
    let mut lot = Lot::drawn();
    let vendor = Server::start(Gemini::new(KEY).with_small_pictures().routes()).await;
    let house = House::new(&configuration(&vendor));
    let server = house.serve_without_worker().await;
    let mut receiver = Receiver::new(&[]).await;
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let person = server.person(&format!("Somebody Number {number}")).await;
        person.allows("send-to:gemini").await;
        let told = json!({ "url": receiver.url });
        person.post("/api/v1/webhooks/endpoints", told).await.expect(201);
        let photo = person.photo(&small_photo(["obama.jpg", "biden.jpg"][number % 2], 400)).await;
        people.push((person, photo));
    }

    let over = Over::default();
    let killers = (0..WORKERS).map(|_| killer(&house, &over, Lot(lot.below(u64::MAX)))).collect::<Vec<_>>();
    let served = async {
        ask(&people, &mut lot).await;
        all_are_told(&mut receiver).await;
        over.is();
    };
    let (kills, ()) = tokio::join!(join_all(killers), served);
    let kills: usize = kills.into_iter().sum();
    let took = begun.elapsed();

    let mut books = Books::open(&house.data()).await;
    books.balance().await;
    assert_eq!(books.number("SELECT count(*) FROM generations WHERE ended_at IS NULL").await, 0);
    assert_eq!(books.number("SELECT count(DISTINCT event) FROM deliveries").await, GENERATIONS as i64);
    let of = async |books: &mut Books, state: &str| {
        books.number(&format!("SELECT count(*) FROM generations WHERE state = '{state}'")).await
    };
    let taken_again = books.number("SELECT count(*) FROM generations WHERE claims > 1").await;
    let (succeeded, cancelled) = (of(&mut books, "succeeded").await, of(&mut books, "cancelled").await);
    let failed = of(&mut books, "failed").await;
    println!(
        "{kills} kills in {took:.0?}; {taken_again} taken up again; {succeeded} succeeded, {cancelled} cancelled, {failed} failed"
    );
    assert!(kills >= 10 && taken_again >= 5, "that was too gentle");
    // Only what was interrupted five times is given up.
    let given_up = books.number("SELECT count(*) FROM generations WHERE claims >= 5").await;
    assert!(failed <= given_up && succeeded > 150);
    books.agree().await;
}
