//! Paying: credits come when the payment service says so, once, whatever order it says it in, and go when money goes back.

use app::*;
use domain::credit::Credits;
use domain::generation::State;
use domain::ports::database::Noun;
use domain::subscription::SubscriptionState;
use proptest::prelude::*;
use serde_json::{Value, json};
use standins::{Fault, stripe};

use crate::support::*;

#[tokio::test]
async fn a_pack_is_bought_used_and_paid_back() {
    let shop = Shop::new().await;
    let world = &shop.world;
    let ann = world.person("ann").await;
    let offers = world.app.offers().await.unwrap();
    let shown: Vec<_> =
        offers.iter().map(|o| (o.id.as_str(), o.credits.get(), o.price.minor, o.monthly)).collect();
    assert_eq!(
        shown,
        [("small", 50, 1000, false), ("large", 120, 2000, false), ("monthly", 200, 3000, true)]
    );

    let till = world.app.buy(&ann, wish("small", "k1")).await.unwrap();
    assert_eq!(world.app.buy(&ann, wish("small", "k1")).await.unwrap().visit, till.visit, "the same wish");
    let other = world.app.buy(&ann, wish("small", "k2")).await.unwrap();
    assert_ne!(other.visit, till.visit);
    assert_eq!(other.customer, till.customer, "the customer is known from the first time on");
    assert_eq!(shop.stripe.with(|books| books.list("customer").len()), 1);
    let session = shop.stripe.with(|books| books.get(&till.visit));
    assert_eq!(session["success_url"], format!("{HERE}/credits/paid?visit={{CHECKOUT_SESSION_ID}}"));
    let payment = shop.stripe.with(|books| books.pay(&till.visit, false));
    assert_eq!(world.balance(&ann).await, 100, "a browser that comes back brings nothing");
    shop.hear_all().await;
    assert_eq!(world.balance(&ann).await, 150);

    let made = world.generate(&ann, 2).await;
    world.work_off().await;
    assert_eq!((world.state(&ann, made).await, world.balance(&ann).await), (State::Succeeded, 148));
    shop.stripe.with(|books| books.refund(&payment, None));
    shop.stripe.with(|books| books.now = Some(world.now().millis() / 1000));
    shop.hear_all().await;
    assert_eq!(world.balance(&ann).await, 98);
    let purchases = world.app.purchases(&ann).await.unwrap();
    assert_eq!((purchases.len(), purchases[0].refunded, purchases[0].kept().get()), (1, 1000, 0));
    let receipt = world.app.receipt_of_purchase(&ann, &payment).await.unwrap();
    assert!(receipt.starts_with(&shop.server.url()) && receipt.contains("/receipt/ch_"), "{receipt}");
    assert!(world.app.portal(&ann, HERE).await.unwrap().contains("/portal/"));
    world.is_in_order().await;
}

#[tokio::test]
async fn what_is_not_one_s_own_is_not_found() {
    let shop = Shop::new().await;
    let (ann, ben) = (shop.world.newcomer("ann").await, shop.world.newcomer("ben").await);
    let visit = shop.visit(&ann, "small", "k").await;
    let payment = shop.stripe.with(|books| books.pay(&visit, false));
    let look = async |who: &Caller, visit: &str| shop.world.app.visit(who, visit).await;
    let is_not_found = |error: AppError| matches!(error, AppError::NotFound(Noun::Purchase));
    for (who, visit) in [(&ben, visit.as_str()), (&ann, "cs_test_unknown"), (&ann, "../customers")] {
        assert!(is_not_found(look(who, visit).await.unwrap_err()), "{visit}");
    }
    assert_eq!(look(&ann, &visit).await.unwrap(), Visit::Paid);
    assert_eq!(shop.world.balance(&ann).await, 100, "a look books nothing: the message does");
    shop.hear_all().await;
    assert_eq!(look(&ann, &visit).await.unwrap(), Visit::Booked(Credits::new(50)));
    assert_eq!(shop.world.balance(&ann).await, 150);
    assert!(is_not_found(shop.world.app.receipt_of_purchase(&ben, &payment).await.unwrap_err()));
    assert!(matches!(shop.world.app.portal(&ben, HERE).await, Err(AppError::NotOffered)));
    assert!(matches!(shop.world.app.buy(&ben, wish("huge", "k")).await, Err(AppError::NotOffered)));
    assert!(matches!(shop.world.app.buy(&ben, wish("small", "a b")).await, Err(AppError::Invalid { .. })));
}

#[tokio::test]
async fn where_credits_are_free_nothing_is_sold() {
    let world = World::new().await;
    let ann = world.newcomer("ann").await;
    assert!(!world.app.sells());
    assert_eq!(world.app.offers().await.unwrap(), []);
    assert!(matches!(world.app.buy(&ann, wish("small", "k")).await, Err(AppError::NotOffered)));
    assert!(matches!(world.app.hear_payment(&[], b"{}").await, Err(AppError::Unsigned)));
}

#[tokio::test]
async fn the_table_of_messages() {
    let shop = Shop::new().await;
    let ann = shop.world.newcomer("ann").await;
    shop.pay(&ann, "small", "k").await;
    let message = shop.stripe.messages().pop().unwrap();
    let body = message.to_string();
    let now = shop.world.now().millis() / 1000;
    let sign = |secret: &str, time: u64, body: &str| stripe::signature(secret, time, body);
    let good = sign(stripe::WEBHOOK_SECRET, now, &body);
    let richer = body.replace("\"50\"", "\"5000\"");
    assert_ne!(richer, body);
    let refused = [
        ("another body", good.clone(), richer.clone()),
        ("another secret", sign("whsec_guessed", now, &richer), richer),
        ("expired", sign(stripe::WEBHOOK_SECRET, now - 301, &body), body.clone()),
        ("from the future", sign(stripe::WEBHOOK_SECRET, now + 301, &body), body.clone()),
        ("no signature", String::new(), body.clone()),
        ("the old scheme", good.replace("v1=", "v0="), body.clone()),
        ("signed, and no JSON", sign(stripe::WEBHOOK_SECRET, now, "{"), "{".into()),
    ];
    for (name, header, body) in refused {
        let heard = shop.world.app.hear_payment(&[("stripe-signature", &header)], body.as_bytes()).await;
        assert!(matches!(heard, Err(AppError::Unsigned)), "{name}");
        assert_eq!(shop.world.balance(&ann).await, 100, "{name}");
    }
    // Tripled, as it is and in messages of other names.
    for n in 0..9 {
        let mut again = message.clone();
        again["id"] = format!("evt_{}", n % 3).into();
        shop.hear(&again).await.unwrap();
    }
    assert_eq!(shop.world.balance(&ann).await, 150);
    // What is of no interest is acknowledged; what is for others' things too.
    for (kind, object) in [
        ("payment_intent.succeeded", json!({ "id": "pi_1" })),
        ("checkout.session.expired", json!({ "id": "cs_1" })),
    ] {
        shop.hear(&json!({ "id": kind, "type": kind, "created": now, "data": { "object": object } }))
            .await
            .unwrap();
    }
    let mut foreign = message.clone();
    foreign["id"] = "evt_foreign".into();
    foreign["data"]["object"]["metadata"] = json!({});
    foreign["data"]["object"]["payment_intent"] = "pi_foreign".into();
    shop.hear(&foreign).await.unwrap();
    // A purchase told of otherwise than before is not believed.
    let mut contradiction = message.clone();
    contradiction["id"] = "evt_contradiction".into();
    contradiction["data"]["object"]["metadata"]["credits"] = "5000".into();
    let heard = shop.hear(&contradiction).await;
    assert!(matches!(heard, Err(AppError::Conflict(_))), "{heard:?}");
    assert_eq!(shop.world.balance(&ann).await, 150);
    shop.world.is_in_order().await;
}

#[tokio::test]
async fn a_bank_that_takes_its_time_is_waited_for() {
    let shop = Shop::new().await;
    let ann = shop.world.newcomer("ann").await;
    for (key, good, balance) in [("k1", true, 150), ("k2", false, 150)] {
        let visit = shop.visit(&ann, "small", key).await;
        shop.stripe.with(|books| books.pay(&visit, true));
        let before = shop.world.balance(&ann).await;
        shop.hear_all().await;
        assert_eq!(shop.world.app.visit(&ann, &visit).await.unwrap(), Visit::Pending);
        assert_eq!(shop.world.balance(&ann).await, before, "it is not paid yet");
        shop.stripe.with(|books| books.settle(&visit, good));
        shop.hear_all().await;
        assert_eq!(shop.world.balance(&ann).await, balance, "{key}");
    }
    let states: Vec<_> = shop.world.app.purchases(&ann).await.unwrap().iter().map(|p| p.payment).collect();
    use domain::purchase::Payment::{Failed, Paid};
    assert!(states.contains(&Failed) && states.contains(&Paid), "{states:?}");
}

#[tokio::test]
async fn a_plan_gives_credits_with_each_payment_until_it_ends() {
    let shop = Shop::new().await;
    let ann = shop.world.newcomer("ann").await;
    let visit = shop.visit(&ann, "monthly", "k").await;
    assert_eq!(shop.world.app.visit(&ann, &visit).await.unwrap(), Visit::Open);
    let first = shop.stripe.with(|books| books.pay(&visit, false));
    assert_eq!(shop.world.app.visit(&ann, &visit).await.unwrap(), Visit::Paid);
    shop.hear_all().await;
    assert_eq!(shop.world.app.visit(&ann, &visit).await.unwrap(), Visit::Booked(Credits::new(200)));
    assert_eq!(shop.world.balance(&ann).await, 300);
    let subscription = shop.world.app.subscription(&ann).await.unwrap().unwrap();
    assert_eq!((subscription.state, subscription.ends), (SubscriptionState::Active, false));
    let again = shop.world.app.buy(&ann, wish("monthly", "k2")).await;
    assert!(matches!(again, Err(AppError::AlreadySubscribed)), "nobody pays twice a month");
    let second = shop.stripe.with(|books| books.renew(&subscription.id));
    shop.hear_all().await;
    assert_eq!(shop.world.balance(&ann).await, 500);
    // A month is paid back: its payment says nothing of us, so that is asked about.
    shop.stripe.with(|books| books.refund(&second, Some(1500)));
    let dispute = shop.stripe.with(|books| books.dispute(&first));
    shop.hear_all().await;
    assert_eq!(shop.world.balance(&ann).await, 500 - 100 - 200);
    shop.stripe.with(|books| books.close_dispute(&dispute, true));
    shop.hear_all().await;
    assert_eq!(shop.world.balance(&ann).await, 400);
    let invoice = shop.world.app.purchases(&ann).await.unwrap().remove(0).key;
    assert!(invoice.starts_with("in_"), "{invoice}");
    assert!(shop.world.app.receipt_of_purchase(&ann, &invoice).await.unwrap().contains("/receipt/in_"));
    shop.stripe.with(|books| books.now = Some(1_795_392_010));
    shop.stripe.with(|books| books.subscription_is(&subscription.id, "past_due"));
    shop.hear_all().await;
    assert_eq!(shop.world.app.subscription(&ann).await.unwrap().unwrap().state, SubscriptionState::PastDue);
    shop.stripe.with(|books| books.subscription_is(&subscription.id, "canceled"));
    shop.hear_all().await;
    assert_eq!(shop.world.app.subscription(&ann).await.unwrap(), None);
    shop.world.is_in_order().await;
}

#[tokio::test]
async fn the_service_s_troubles_are_told_by_whose_they_are() {
    let shop = Shop::new().await;
    let ann = shop.world.newcomer("ann").await;
    // A lost answer is asked for again: nothing is made twice.
    shop.world.app.offers().await.unwrap();
    shop.server.faults().next([Some(Fault::Lost), None, Some(Fault::Lost)]);
    shop.visit(&ann, "small", "k").await;
    assert_eq!(
        shop.stripe.with(|books| (books.list("customer").len(), books.list("checkout.session").len())),
        (1, 1)
    );
    let refusal =
        r#"{"error":{"type":"invalid_request_error","code":"api_key_expired","message":"sk_live_…"}}"#;
    shop.server.faults().once(Fault::status(401, refusal));
    let refused = shop.world.app.buy(&ann, wish("small", "k2")).await;
    assert!(matches!(&refused, Err(error @ AppError::PaymentsRefused(_)) if error.turn() == Turn::Operator));
    // A customer who was deleted over there is made anew.
    let customer =
        shop.stripe.with(|books| books.list("customer").remove(0)["id"].as_str().unwrap().to_owned());
    let deleted = reqwest::Client::new()
        .delete(format!("{}/v1/customers/{customer}", shop.server.url()))
        .bearer_auth(stripe::SECRET_KEY)
        .header("Stripe-Version", stripe::VERSION);
    assert_eq!(deleted.send().await.unwrap().status(), 200);
    shop.visit(&ann, "small", "k3").await;
    assert_ne!(shop.stripe.with(|books| books.list("customer").remove(0)["id"].clone()), customer.as_str());
    // A dispute can't be understood while nobody answers: it has to come again.
    let payment = shop.pay(&ann, "small", "k4").await;
    shop.stripe.with(|books| books.dispute(&payment));
    let dispute = shop.stripe.messages().pop().unwrap();
    shop.server.faults().next([
        Some(Fault::status(500, "{}")),
        Some(Fault::status(500, "{}")),
        Some(Fault::status(500, "{}")),
    ]);
    assert!(matches!(shop.hear(&dispute).await, Err(AppError::Unavailable(_))));
    shop.hear(&dispute).await.unwrap();
    shop.hear_all().await;
    assert_eq!(shop.world.balance(&ann).await, 100);
}

/// Everything that can be told of: two packs of which one is paid back in parts, one that a bank takes back for a while, a plan
/// with a renewal that is lost to a dispute.
async fn story(shop: &Shop, ann: &Caller, ben: &Caller) -> Vec<Value> {
    let small = shop.pay(ann, "small", "1").await;
    let large = shop.pay(ann, "large", "2").await;
    let late = shop.visit(ben, "small", "3").await;
    shop.stripe.with(|books| books.pay(&late, true));
    let month = shop.pay(ben, "monthly", "4").await;
    shop.stripe.with(|books| {
        books.settle(&late, true);
        books.refund(&small, Some(333));
        books.refund(&small, Some(300));
        let (won, lost) = (books.dispute(&large), books.dispute(&month));
        books.close_dispute(&won, true);
        books.close_dispute(&lost, false);
        books.refund(&large, Some(500));
        let subscription = books.list("subscription").remove(0)["id"].as_str().unwrap().to_owned();
        books.renew(&subscription);
    });
    shop.stripe.messages()
}

/// Where both stand after the story, less what they began with: credits kept, by the plain telling.
const KEPT: [i64; 2] = [50 - 31 + 120 - 30, 50 + 200];

/// A step of a life in which messages, generations and their ends come mixed.
#[derive(Clone, Debug)]
enum Step {
    Hear(prop::sample::Index),
    Start(bool),
    Work,
    Cancel(prop::sample::Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => any::<prop::sample::Index>().prop_map(Step::Hear),
        2 => any::<bool>().prop_map(Step::Start),
        1 => Just(Step::Work),
        1 => any::<prop::sample::Index>().prop_map(Step::Cancel),
    ];
    prop::collection::vec(step, 10..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 64, ..ProptestConfig::default() })]

    /// Whatever the order and number of deliveries, and whatever people do in between: once everything was delivered, the ledger
    /// holds what was bought and kept, less what was spent.
    #[test]
    fn any_interleaving_ends_with_the_same_ledger(steps in steps(), rest in any::<u64>()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let shop = Shop::new().await;
            let world = &shop.world;
            let people = [world.person("ann").await, world.person("ben").await];
            let messages = story(&shop, &people[0], &people[1]).await;
            let mut started = Vec::new();
            for step in steps {
                match step {
                    Step::Hear(index) => shop.hear(index.get(&messages)).await.unwrap(),
                    Step::Start(first) => {
                        let who = &people[usize::from(first)];
                        let photo = world.photo(who).await;
                        if let Ok(id) = world.app.generate(who, request(photo, 4)).await {
                            started.push((who.clone(), id.generation.id));
                        }
                    }
                    Step::Work => drop(world.app.work_once(2).await.unwrap()),
                    Step::Cancel(_) if started.is_empty() => {}
                    Step::Cancel(index) => {
                        let (who, id) = index.get(&started);
                        world.app.cancel_generation(who, *id).await.ok();
                    }
                }
            }
            // Everything is delivered in the end, in an order of its own.
            let mut left: Vec<&Value> = messages.iter().collect();
            let mut chance = Chance { one_in: 1, seed: rest };
            while !left.is_empty() {
                let place = chance.draw() as usize % left.len();
                shop.hear(left.swap_remove(place)).await.unwrap();
            }
            world.work_off().await;
            let mut spent = [0, 0];
            for (who, id) in &started {
                let known = world.db.generation(who.id(), *id).await.unwrap();
                spent[usize::from(who.id() == people[1].id())] += known.images.len() as i64;
            }
            for (n, who) in people.iter().enumerate() {
                let position = world.db.credits(who.id()).await.unwrap();
                let stands = i64::from(position.balance.get()) - i64::from(position.debt.get());
                assert_eq!(stands, 100 + KEPT[n] - spent[n], "person {n}");
            }
            world.is_in_order().await;
            let now = world.now();
            let found = world.app.operator().reconcile(now - domain::time::DAY * 2, now).await.unwrap();
            assert!(found.agrees(), "{found:?}");
        });
    }
}

#[tokio::test]
async fn a_message_killed_at_any_point_is_heard_once_when_it_comes_again() {
    let mut points = 0;
    for polls in 1.. {
        let shop = Shop::new().await;
        let people = [shop.world.person("ann").await, shop.world.person("ben").await];
        let mut done = true;
        for message in story(&shop, &people[0], &people[1]).await {
            done &= killed_after(polls, shop.hear(&message)).await.is_some();
            // The process is gone; the payment service sends it again.
            shop.hear(&message).await.unwrap();
        }
        for (n, who) in people.iter().enumerate() {
            assert_eq!(i64::from(shop.world.balance(who).await), 100 + KEPT[n], "killed after {polls}");
        }
        shop.world.is_in_order().await;
        points = polls;
        if done {
            break;
        }
    }
    assert!(points >= 2, "only {points} points");
}
