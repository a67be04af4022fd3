//! Reconciling: the books against the payment service's list, and what the admin reads off them.

use app::*;
use domain::time::{DAY, Timestamp};

use crate::support::*;

async fn reconcile(shop: &Shop) -> Reconciliation {
    let now = shop.world.now() + DAY;
    shop.world.app.operator().reconcile(now - DAY * 30, now).await.unwrap()
}

fn what(found: &Reconciliation) -> Vec<(&str, Differs)> {
    found.differences.iter().map(|difference| (difference.purchase.as_str(), difference.what)).collect()
}

#[tokio::test]
async fn every_lost_message_is_found() {
    let shop = Shop::new().await;
    let ann = shop.world.newcomer("ann").await;
    let first = shop.pay(&ann, "small", "1").await;
    let second = shop.pay(&ann, "large", "2").await;
    shop.pay(&ann, "monthly", "3").await;
    let found = reconcile(&shop).await;
    assert_eq!((found.compared, found.differences.len()), (3, 3), "nothing was told yet: {found:?}");
    assert!(found.differences.iter().all(|d| d.what == Differs::Known && d.there == "paid"));
    shop.hear_all().await;
    let found = reconcile(&shop).await;
    assert!(found.agrees() && found.compared == 3, "{found:?}");

    shop.stripe.with(|books| books.refund(&first, Some(500)));
    let dispute = shop.stripe.with(|books| books.dispute(&second));
    let found = reconcile(&shop).await;
    assert_eq!(what(&found), [(first.as_str(), Differs::Refunded), (second.as_str(), Differs::ChargedBack)]);
    assert_eq!((found.differences[0].here.as_str(), found.differences[0].there.as_str()), ("0", "500"));
    shop.hear_all().await;
    assert!(reconcile(&shop).await.agrees());
    shop.stripe.with(|books| books.close_dispute(&dispute, true));
    assert_eq!(what(&reconcile(&shop).await), [(second.as_str(), Differs::ChargedBack)]);
    shop.hear_all().await;
    assert!(reconcile(&shop).await.agrees());
}

#[tokio::test]
async fn what_the_service_does_not_know_is_found_too() {
    let shop = Shop::new().await;
    let ann = shop.world.newcomer("ann").await;
    shop.pay(&ann, "small", "1").await;
    let mut message = shop.stripe.messages().pop().unwrap();
    shop.hear(&message).await.unwrap();
    message["id"] = "evt_x".into();
    message["data"]["object"]["payment_intent"] = "pi_unknown".into();
    shop.hear(&message).await.unwrap();
    assert_eq!(what(&reconcile(&shop).await), [("pi_unknown", Differs::Known)]);
}

#[tokio::test]
async fn an_erased_person_s_purchases_still_agree() {
    let shop = Shop::new().await;
    shop.world.newcomer("admin").await;
    let ann = shop.world.newcomer("ann").await;
    let payment = shop.pay(&ann, "small", "1").await;
    shop.hear_all().await;
    let receipt = shop.world.app.operator().erase(ann.id()).await.unwrap();
    assert!(receipt.completed_at.is_some(), "the customer is deleted too");
    assert_eq!(shop.stripe.with(|books| books.list("customer").len()), 0);
    shop.stripe.with(|books| books.refund(&payment, None));
    shop.hear_all().await;
    assert!(reconcile(&shop).await.agrees());
    // Somebody pays on a page that was opened before.
    let ben = shop.world.newcomer("ben").await;
    let visit = shop.visit(&ben, "large", "2").await;
    shop.world.app.operator().erase(ben.id()).await.unwrap();
    shop.stripe.with(|books| books.pay(&visit, false));
    shop.hear_all().await;
    assert!(reconcile(&shop).await.agrees(), "the money is in the books, and nobody's");
    for id in [ann.id(), ben.id()] {
        assert_eq!(shop.world.db.search_everywhere(id.to_string()).await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_admin_sees_what_came_in_and_what_is_left() {
    let shop = Shop::new().await;
    let ann = shop.world.person("ann").await;
    let small = shop.pay(&ann, "small", "1").await;
    let large = shop.pay(&ann, "large", "2").await;
    shop.stripe.with(|books| {
        books.refund(&small, Some(400));
        books.dispute(&large);
    });
    shop.hear_all().await;
    shop.world.generate(&ann, 2).await;
    shop.world.work_off().await;
    let report = shop.world.app.operator().money(Timestamp::EPOCH, Timestamp::MAX).await.unwrap();
    let euro = report.currencies[0];
    assert_eq!((euro.currency.to_string().as_str(), euro.purchases), ("EUR", 2));
    assert_eq!((euro.revenue, euro.refunds, euro.chargebacks), (3000, 400, 2000));
    assert_eq!(euro.margin, None, "nobody said what a dollar is");
    assert!(report.cost_micro_dollars > 0);
    assert_eq!(report.credits_outstanding, 100 + 30 - 2);

    let mut settings = shop.world.app.settings().clone();
    settings.minor_per_dollar = Some(92);
    let catalogue = domain::style::Catalogue::built_in().unwrap();
    let told = App::new(shop.world.app.ports().clone(), settings, catalogue).unwrap();
    let report = told.operator().money(Timestamp::EPOCH, Timestamp::MAX).await.unwrap();
    let cost = (report.cost_micro_dollars * 92 / 1_000_000) as i64;
    assert_eq!(report.currencies[0].margin, Some(3000 - 400 - 2000 - cost));
}
