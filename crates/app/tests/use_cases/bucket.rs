//! The same house with a bucket in place of the folder: from the first photo to a receipt, over a month.

use std::sync::Arc;

use app::*;
use domain::credit::Credits;
use domain::object_key::{ObjectClass, ObjectKey};
use domain::payment::Money;
use domain::ports::clock::Clock;
use domain::ports::database::{PaymentMessage, PaymentNews};
use domain::ports::objects::Objects;
use domain::purchase::{Fact, Payment, PurchaseNews, Terms};
use domain::retention::Retention;
use domain::secret::Secret;
use domain::time::{DAY, Timestamp};
use standins::Server;
use standins::s3::{ADMIN, BUCKET, REGION, S3};
use storage::{Bucket, BucketConfig, Patience};

use crate::support::*;

async fn world_on_a_bucket() -> (World, S3, Server, Bucket) {
    let s3 = S3::new();
    let server = Server::start(s3.routes()).await;
    let bucket = Bucket::new(&BucketConfig {
        endpoint: server.url(),
        bucket: BUCKET.into(),
        region: REGION.into(),
        access_key_id: ADMIN.0.into(),
        secret_access_key: Secret::new(ADMIN.1),
        patience: Patience { pause: std::time::Duration::from_millis(1), ..Patience::default() },
    })
    .unwrap();
    let objects: Arc<dyn Objects> = Arc::new(bucket.clone());
    let world = World::on(objects, settings(), |cast| vec![cast.local()]).await;
    (world, s3, server, bucket)
}

fn of(s3: &S3, class: ObjectClass) -> usize {
    s3.objects().keys().filter(|key| key.starts_with(class.prefix())).count()
}

/// Somebody pays for credits.
async fn buys(world: &World, who: &Caller, purchase: &str) {
    let money = Money { minor: 600, currency: "EUR".parse().unwrap() };
    let news = PurchaseNews {
        purchase: purchase.into(),
        terms: Some((who.id(), Terms { credits: Credits::new(30), money })),
        fact: Fact::Payment(Payment::Paid),
        at: world.now(),
    };
    let message = PaymentMessage { id: None, news: vec![PaymentNews::Purchase(news)], now: world.now() };
    assert_eq!(world.db.apply_payment(message).await.unwrap().moved, [who.id()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_later_pictures_are_gone_and_previews_are_not_and_an_erased_account_leaves_nothing_anywhere()
{
    let (world, s3, _server, bucket) = world_on_a_bucket().await;
    bucket.apply(&Retention::default()).await.unwrap();
    world.person("ann").await;
    let ben = world.person("ben").await;
    let generation = world.generate(&ben, 3).await;
    world.photo(&ben).await;
    world.work_off().await;
    buys(&world, &ben, "cs_ben_1").await;
    let count = |class| of(&s3, class);
    assert_eq!(ObjectClass::ALL.map(count), [2, 3, 3, 0]);
    world.is_in_order().await;

    // Our sweeper is on time.
    world.clock.pass(31 * DAY);
    world.app.clean().await.unwrap();
    world.app.sweep().await.unwrap();
    assert_eq!(ObjectClass::ALL.map(count), [0, 0, 3, 0]);
    world.is_in_order().await;
    let image = world.db.generation(ben.id(), generation).await.unwrap().images[0].id;
    let gone = world.app.open_image(&ben, image, Resolution::Full, None).await;
    assert!(matches!(gone, Err(AppError::Gone(_))), "expired");
    assert!(world.app.open_image(&ben, image, Resolution::Preview, None).await.is_ok(), "preview kept");
    assert!(world.app.operator().ages().await.unwrap().iter().all(|ages| ages.overdue == 0));

    let receipt = world.app.erase(&ben, &Secret::new(PASSWORD), CLIENT).await.unwrap();
    assert!(receipt.completed_at.is_some());
    assert_eq!((receipt.counts.images, receipt.counts.objects, receipt.counts.payments_kept), (3, 3, 1));
    let stays: Vec<_> = receipt.stays.iter().map(|stay| stay.what.as_str()).collect();
    assert!(stays[0].starts_with("1 payments in the books"), "{stays:?}");
    let books = world.db.list_payments(Timestamp::EPOCH, Timestamp::MAX).await.unwrap();
    assert_eq!(books.iter().map(|payment| payment.account).collect::<Vec<_>>(), [None]);
    assert_eq!(receipt.searched.len(), 4);
    for text in [ben.id().to_string(), ben.account.email.as_str().to_owned()] {
        assert_eq!(world.db.search_everywhere(text.clone()).await.unwrap(), Vec::<String>::new());
        assert!(
            s3.objects()
                .iter()
                .all(|(key, stored)| !key.contains(&text) && !format!("{stored:?}").contains(&text))
        );
    }
    assert!(s3.objects().is_empty());
    assert_eq!(world.app.receipt(receipt.id).await.unwrap(), receipt);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nobody_of_us_is_there_the_bucket_deletes_by_itself() {
    let (world, s3, _server, bucket) = world_on_a_bucket().await;
    bucket.apply(&Retention::default()).await.unwrap();
    let ann = world.person("ann").await;
    world.generate(&ann, 1).await;
    world.work_off().await;
    s3.pass(31 * DAY);
    assert_eq!(ObjectClass::ALL.map(|class| of(&s3, class)), [0, 0, 1, 0]);
    // When we are back we take note.
    world.clock.pass(31 * DAY);
    world.app.clean().await.unwrap();
    world.is_in_order().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_go_from_the_bucket_to_the_browser_and_the_way_ends_with_them() {
    let (world, s3, _server, _) = world_on_a_bucket().await;
    // Addresses are signed for the present, by which the bucket's server checks them.
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    world.clock.pass(since - std::time::Duration::from_millis(world.now().millis()));
    let ann = world.person("ann").await;
    world.app.choose_retention(&ann, domain::retention::Period::days(1)).await.unwrap();
    let photo = world.photo(&ann).await;
    let key = ObjectKey::Upload(ann.id(), photo);
    let follow = async |token: &str| world.app.follow_link(key, token, None).await;
    let token = world.app.link(&ann, key).unwrap();
    let Delivery::Elsewhere(address) = follow(&token).await.unwrap() else { panic!("it went through us") };
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let picture = http.get(address.expose()).send().await.unwrap().error_for_status().unwrap();
    assert_eq!(picture.bytes().await.unwrap().len(), s3.objects()[&key.to_string()].bytes);
    assert!(matches!(follow("forged").await, Err(AppError::NotFound(_))));

    let expires = world.app.photo(&ann, photo).await.unwrap().expires_at;
    let left = std::time::Duration::from_secs(60);
    world.clock.pass(expires.since(world.now()) - left);
    let token = world.app.link(&ann, key).unwrap();
    let Delivery::Elsewhere(address) = follow(&token).await.unwrap() else { panic!("it went through us") };
    assert!(address.expose().contains("X-Amz-Expires=60&"), "no longer than the photo lives");
    world.clock.pass(left);
    let token = world.app.link(&ann, key).unwrap();
    assert!(follow(&token).await.is_err());
    assert!(world.clock.now() >= expires);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_knows_our_key_no_more_costs_nobody_anything() {
    let (world, s3, _server, _) = world_on_a_bucket().await;
    let ann = world.person("ann").await;
    let generation = world.generate(&ann, 2).await;
    let before = world.balance(&ann).await;
    s3.revoke_keys();
    let refused = world.try_upload(&ann, b"face").await.unwrap_err();
    assert_eq!((refused.kind(), refused.turn()), ("storage-refused", Turn::Operator));
    world.work_off().await;
    assert!(world.state(&ann, generation).await.is_ended());
    assert_eq!(world.balance(&ann).await, before + 2, "what was reserved came back");
}
