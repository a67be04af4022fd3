//! The books: payments, grants, refunds and debt.

use std::time::Duration;

use domain::alias::Alias;
use domain::credit::{Credits, EntryKind};
use domain::ids::AccountId;
use domain::once::OnceKey;
use domain::page::PageRequest;
use domain::payment::PaymentKind;
use domain::ports::database::{Conflict, DatabaseError, Grant, PaymentMessage, PaymentNews};
use domain::purchase::{Dispute, DisputeState, Fact, Payment};
use domain::subscription::{Subscription, SubscriptionState};

use super::Scene;

fn dispute(state: DisputeState, credits: u64) -> Fact {
    Fact::Dispute("dispute-1".into(), Dispute { state, minor: credits * 20 })
}

/// Two purchases, a refund in parts and a dispute that is won, told in every sort of order and more than once: each order ends
/// with the same credits and the same books.
pub async fn a_payment_is_booked_once_whatever_its_order(scene: &Scene) {
    let orders: [&[usize]; 5] = [
        &[0, 1, 2, 3, 4, 5],
        &[5, 4, 3, 2, 1, 0],
        &[3, 3, 1, 5, 0, 4, 2, 0],
        &[4, 1, 0, 2, 5, 3, 4, 1],
        &[2, 5, 0, 3, 1, 4],
    ];
    for (i, order) in orders.into_iter().enumerate() {
        let ann = scene.bare_account().await;
        let (first, second) = (format!("{i}-first"), format!("{i}-second"));
        let news = [
            scene.news(ann, &first, 30, Fact::Payment(Payment::Paid)),
            scene.news(ann, &second, 20, Fact::Payment(Payment::Paid)),
            scene.news(ann, &second, 20, Fact::Refunded(5 * 20)),
            scene.news(ann, &second, 20, Fact::Refunded(15 * 20)),
            scene.news(ann, &first, 30, dispute(DisputeState::Open, 30)),
            scene.news(ann, &first, 30, dispute(DisputeState::Won, 30)),
        ];
        for &n in order {
            scene.hear(news[n].clone()).await.unwrap();
        }
        let position = scene.db.credits(ann).await.unwrap();
        assert_eq!((position.balance.get(), position.debt.get()), (35, 0), "order {order:?}");
        let known = scene.db.purchases(ann).await.unwrap();
        assert_eq!(known.iter().map(|purchase| purchase.kept().get()).collect::<Vec<_>>(), [5, 30]);
    }
    let until = scene.now() + Duration::from_millis(1);
    let summary = scene.db.money_summary(scene.now(), until).await.unwrap();
    let net: i64 = summary
        .iter()
        .map(|sum| match sum.kind {
            PaymentKind::Purchase | PaymentKind::Return => sum.minor as i64,
            PaymentKind::Refund | PaymentKind::Chargeback => -(sum.minor as i64),
        })
        .sum();
    assert_eq!(net, orders.len() as i64 * 35 * 20);
    let payments = scene.db.list_payments(scene.now(), until).await.unwrap();
    assert_eq!(summary.iter().map(|sum| sum.count).sum::<u64>() as usize, payments.len());
    assert_eq!(scene.db.list_payments(until, until + Duration::from_secs(9)).await.unwrap(), []);
    assert_eq!(scene.db.list_purchases(scene.now(), until).await.unwrap().len(), 2 * orders.len());
    assert_eq!(scene.db.list_purchases(until, until + Duration::from_secs(9)).await.unwrap(), []);
    scene.books_balance().await;
}

/// A message is heard once by its id; what contradicts the books is refused with all that came beside it, and the message may
/// come again.
pub async fn a_message_is_heard_once_and_whole(scene: &Scene) {
    let ann = scene.bare_account().await;
    let message = |id, news: &[PaymentNews]| {
        let id = Some(OnceKey::new("message", id));
        scene.db.apply_payment(PaymentMessage { id, news: news.to_vec(), now: scene.now() })
    };
    let paid = |purchase, credits| scene.news(ann, purchase, credits, Fact::Payment(Payment::Paid));
    let heard = message("1", &[paid("first", 30)]).await.unwrap();
    assert_eq!((heard.already, heard.moved), (false, vec![ann]));
    let heard = message("1", &[paid("another", 30)]).await.unwrap();
    assert_eq!((heard.already, heard.moved), (true, vec![]));
    assert_eq!(scene.db.purchase("another".into()).await.unwrap(), None);
    let contradiction = message("2", &[paid("second", 7), paid("first", 31)]).await;
    assert_eq!(contradiction, Err(Conflict::PaymentContradiction.into()));
    assert_eq!(scene.balance(ann).await, 30, "nothing of it happened");
    assert!(!message("2", &[paid("second", 7)]).await.unwrap().already);
    assert_eq!(scene.balance(ann).await, 37);
    let nobody = scene.news(scene.id(AccountId::new), "lost", 5, Fact::Payment(Payment::Paid));
    let heard = message("3", &[nobody]).await.unwrap();
    assert_eq!((heard.moved, heard.unclaimed), (vec![], vec!["lost".to_owned()]));
    assert_eq!(scene.db.purchase("lost".into()).await.unwrap().unwrap().account, None, "the money came");
    scene.books_balance().await;
}

/// A refund or a dispute may be told of before anything else is known of the purchase.
pub async fn a_dispute_may_come_before_its_purchase(scene: &Scene) {
    let ann = scene.bare_account().await;
    let PaymentNews::Purchase(mut early) = scene.news(ann, "p", 30, dispute(DisputeState::Open, 30)) else {
        unreachable!("news of a purchase")
    };
    early.terms = None;
    let heard = scene.hear(PaymentNews::Purchase(early)).await.unwrap();
    assert_eq!((heard.moved, heard.unclaimed), (vec![], vec![]));
    scene.buy(ann, "p", 30).await;
    assert_eq!(scene.balance(ann).await, 0);
    scene.hear(scene.news(ann, "p", 30, dispute(DisputeState::Won, 30))).await.unwrap();
    scene.hear(scene.news(ann, "p", 30, dispute(DisputeState::Open, 30))).await.unwrap();
    assert_eq!(scene.balance(ann).await, 30);
    scene.books_balance().await;
}

/// Customers and subscriptions are those that were told of last; an end is final.
pub async fn customers_and_subscriptions_are_known(scene: &Scene) {
    let (ann, ben) = (scene.bare_account().await, scene.bare_account().await);
    let service = super::service("till");
    let customer = |id: &str| Alias::new(service.clone(), id).unwrap();
    for id in ["c1", "c2", "c2"] {
        scene.hear(PaymentNews::Customer(ann, customer(id))).await.unwrap();
    }
    assert_eq!(scene.db.alias(ann, service.clone()).await.unwrap(), Some(customer("c2")));
    assert_eq!(scene.db.find_alias(customer("c1")).await.unwrap(), None);
    let taken = scene.hear(PaymentNews::Customer(ben, customer("c2"))).await;
    assert_eq!(taken, Err(Conflict::IdReused.into()));
    scene.hear(PaymentNews::CustomerGone(customer("c2"))).await.unwrap();
    assert_eq!(scene.db.alias(ann, service).await.unwrap(), None);

    let begin = scene.now();
    let told = |state, minutes: u64| Subscription {
        id: "s".into(),
        account: ann,
        state,
        paid_until: begin,
        ends: state == SubscriptionState::PastDue,
        as_of: begin + Duration::from_secs(60 * minutes),
    };
    use SubscriptionState::{Active, Ended, Incomplete, PastDue};
    for (state, minutes, known) in [
        (Active, 5, Active),
        (Incomplete, 4, Active),
        (PastDue, 6, PastDue),
        (Active, 5, PastDue),
        (Ended, 7, Ended),
        (Active, 8, Ended),
    ] {
        scene.hear(PaymentNews::Subscription(told(state, minutes))).await.unwrap();
        let subscriptions = scene.db.subscriptions(ann).await.unwrap();
        assert_eq!(
            subscriptions.iter().map(|s| (s.state, s.ends)).collect::<Vec<_>>(),
            [(known, known == PastDue)]
        );
    }
    let nobody = Subscription { account: scene.id(AccountId::new), ..told(Active, 1) };
    scene.hear(PaymentNews::Subscription(nobody)).await.unwrap();
    assert_eq!(scene.db.subscriptions(ben).await.unwrap(), []);
}

/// A grant has a key; the same grant again changes nothing.
pub async fn a_grant_is_given_once(scene: &Scene) {
    let (ann, ben) = (scene.bare_account().await, scene.bare_account().await);
    let grant = |account, amount| Grant {
        account,
        key: "welcome".into(),
        amount: Credits::new(amount),
        note: "welcome".into(),
        now: scene.now(),
    };
    let applied = scene.db.grant_credits(grant(ann, 10)).await.unwrap();
    assert_eq!((applied.position.balance.get(), applied.already), (10, false));
    let again = scene.db.grant_credits(grant(ann, 10)).await.unwrap();
    assert_eq!((again.position.balance.get(), again.already), (10, true));
    for reused in [grant(ann, 11), grant(ben, 10)] {
        assert_eq!(scene.db.grant_credits(reused).await, Err(Conflict::KeyReused.into()));
    }
    let too_many = Grant { key: "huge".into(), ..grant(ann, Credits::LIMIT.get()) };
    assert!(matches!(scene.db.grant_credits(too_many).await, Err(DatabaseError::Credit(_))));
    scene.books_balance().await;
}

/// A refund of what was spent leaves a debt, which blocks nothing but is paid first; the balance is never below zero.
pub async fn a_refund_of_spent_credits_becomes_debt(scene: &Scene) {
    let ann = scene.account().await;
    let spent = scene.start(ann).await;
    scene.buy(ann, "p", 20).await;
    scene.hear(scene.news(ann, "p", 20, dispute(DisputeState::Open, 20))).await.unwrap();
    assert_eq!(scene.balance(ann).await, 96);
    scene.buy(ann, "q", 30).await;
    let more = scene.start(ann).await;
    // What is held for work can't be taken: it is owed.
    for _ in 0..28 {
        scene.start(ann).await;
    }
    assert_eq!(scene.balance(ann).await, 10);
    scene.hear(scene.news(ann, "q", 30, Fact::Refunded(30 * 20))).await.unwrap();
    let position = scene.db.credits(ann).await.unwrap();
    assert_eq!((position.balance.get(), position.debt.get()), (0, 20));
    let refused = scene.db.start_generation(scene.new_generation(ann, scene.photo(ann).await, 1)).await;
    assert!(matches!(refused, Err(DatabaseError::Credit(_))));
    scene.db.cancel_generation(ann, spent.id, scene.now()).await.unwrap();
    scene.db.cancel_generation(ann, more.id, scene.now()).await.unwrap();
    assert_eq!(scene.db.credits(ann).await.unwrap().debt.get(), 12, "what comes back repays too");
    scene.buy(ann, "r", 50).await;
    let position = scene.db.credits(ann).await.unwrap();
    assert_eq!((position.balance.get(), position.debt.get()), (38, 0));
    let ledger = scene.db.ledger(ann, PageRequest::first(50)).await.unwrap().items;
    let kinds: Vec<_> = ledger.iter().take(8).rev().map(|entry| (entry.kind, entry.change)).collect();
    let expected = [
        (EntryKind::Debt, 20),
        (EntryKind::Refund, -30),
        (EntryKind::GiveBack, 4),
        (EntryKind::Repayment, -4),
        (EntryKind::GiveBack, 4),
        (EntryKind::Repayment, -4),
        (EntryKind::Purchase, 50),
        (EntryKind::Repayment, -12),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(ledger.iter().map(|entry| entry.change).sum::<i64>(), 38, "the balance is the sum");
    scene.books_balance().await;
}

/// The history is read in pages, newest first, each entry once.
pub async fn the_ledger_reads_page_by_page(scene: &Scene) {
    let ann = scene.bare_account().await;
    for amount in 1..=7 {
        scene.grant(ann, amount).await;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = scene.db.ledger(ann, PageRequest { after, limit: 3 }).await.unwrap();
        assert!(page.items.len() <= 3);
        seen.extend(page.items.iter().map(|entry| entry.change));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
}
