//! The books: payments, grants, refunds and debt.

use std::time::Duration;

use domain::credit::{Credits, EntryKind};
use domain::ids::AccountId;
use domain::page::PageRequest;
use domain::payment::{Money, Payment, PaymentKind};
use domain::ports::database::{Conflict, DatabaseError, Grant, Noun};

use super::Scene;

fn payment(scene: &Scene, account: AccountId, key: &str, kind: PaymentKind, credits: u32) -> Payment {
    Payment {
        key: key.into(),
        account,
        kind,
        credits: Credits::new(credits),
        money: Money { minor: u64::from(credits) * 20, currency: "EUR".parse().unwrap() },
        at: scene.now(),
    }
}

/// Two payments, each reported three times and the refund before its purchase: every order ends the same.
pub async fn a_payment_is_booked_once_whatever_its_order(scene: &Scene) {
    let orders = [[0, 1, 2, 0, 1, 2], [2, 1, 0, 2, 1, 0], [1, 1, 2, 2, 0, 0], [2, 0, 0, 1, 2, 1]];
    for (i, order) in orders.into_iter().enumerate() {
        let ann = scene.bare_account().await;
        let payments = [
            payment(scene, ann, &format!("{i}-buy"), PaymentKind::Purchase, 30),
            payment(scene, ann, &format!("{i}-buy-more"), PaymentKind::Purchase, 20),
            payment(scene, ann, &format!("{i}-refund"), PaymentKind::Refund, 20),
        ];
        for n in order {
            scene.db.apply_payment(payments[n].clone(), scene.now()).await.unwrap();
        }
        let position = scene.db.credits(ann).await.unwrap();
        assert_eq!((position.balance.get(), position.debt.get()), (30, 0), "order {order:?}");
    }
    let ann = scene.bare_account().await;
    let first = payment(scene, ann, "0-buy", PaymentKind::Purchase, 31);
    let reused = scene.db.apply_payment(first, scene.now()).await;
    assert_eq!(reused, Err(Conflict::KeyReused.into()), "the key is in the books for something else");
    let nobody = payment(scene, scene.id(AccountId::new), "new", PaymentKind::Purchase, 1);
    let nobody = scene.db.apply_payment(nobody, scene.now()).await;
    assert_eq!(nobody, Err(DatabaseError::NotFound(Noun::Account)));
    let until = scene.now() + Duration::from_millis(1);
    let payments = scene.db.list_payments(scene.now(), until).await.unwrap();
    assert_eq!(payments.len(), 3 * orders.len());
    assert_eq!(scene.db.list_payments(until, until + Duration::from_secs(9)).await.unwrap(), []);
    scene.books_balance().await;
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
    let book =
        |key, kind, credits| scene.db.apply_payment(payment(scene, ann, key, kind, credits), scene.now());
    let position = book("back", PaymentKind::Chargeback, 120).await.unwrap().position;
    assert_eq!((position.balance.get(), position.debt.get()), (0, 24));
    let refused = scene.db.start_generation(scene.new_generation(ann, scene.photo(ann).await, 1)).await;
    assert!(matches!(refused, Err(DatabaseError::Credit(_))));
    scene.db.cancel_generation(ann, spent.id, scene.now()).await.unwrap();
    assert_eq!(scene.db.credits(ann).await.unwrap().debt.get(), 20, "what comes back repays too");
    let position = book("buy", PaymentKind::Purchase, 50).await.unwrap().position;
    assert_eq!((position.balance.get(), position.debt.get()), (30, 0));
    let ledger = scene.db.ledger(ann, PageRequest::first(50)).await.unwrap().items;
    let kinds: Vec<_> = ledger.iter().rev().map(|entry| (entry.kind, entry.change)).collect();
    let expected = [
        (EntryKind::Grant, 100),
        (EntryKind::Reserve, -4),
        (EntryKind::Debt, 24),
        (EntryKind::Chargeback, -120),
        (EntryKind::GiveBack, 4),
        (EntryKind::Repayment, -4),
        (EntryKind::Purchase, 50),
        (EntryKind::Repayment, -20),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(ledger.iter().map(|entry| entry.change).sum::<i64>(), 30, "the balance is the sum");
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
