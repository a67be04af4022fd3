//! Convex against the story of the port, run by the real functions, and what the port can't see: what goes wrong on the way.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use conformance::database::Scene;
use database::convex::FUNCTIONS_VERSION;
use database::{Convex, ConvexError, ConvexOptions};
use domain::consent::Purpose;
use domain::generation::Ending;
use domain::ids::ErasureId;
use domain::ports::database::DatabaseError;
use domain::secret::Secret;
use standins::{ConvexDeployment, ConvexFault, check_convex_types};

fn http() -> reqwest::Client {
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn options(url: &str, key: &str) -> ConvexOptions {
    ConvexOptions { pause: Duration::from_millis(1), ..ConvexOptions::new(url, Secret::new(key)) }
}

async fn connect(deployment: &ConvexDeployment) -> Convex {
    Convex::connect(http(), options(&deployment.url, &deployment.key)).await.unwrap()
}

async fn deployed() -> (ConvexDeployment, Scene) {
    let deployment = ConvexDeployment::start(http()).await;
    let scene = Scene::new(Arc::new(connect(&deployment).await), ());
    (deployment, scene)
}

/// A scene on an empty deployment.
async fn fresh() -> Scene {
    deployed().await.1
}

conformance::database_stories!(fresh);

#[tokio::test]
async fn an_answer_lost_after_the_commit_is_asked_for_again_and_nothing_happens_twice() {
    let (deployment, scene) = deployed().await;
    let ann = scene.account().await;
    deployment.fail(ConvexFault::Dropped, 1, Some("generations:start")).await;
    let started = scene.start(ann).await;
    assert_eq!(scene.balance(ann).await, 96, "reserved once");
    deployment.fail(ConvexFault::Dropped, 1, Some("work:claim")).await;
    let claimed = scene.claim(3).await;
    assert_eq!((claimed.len(), claimed[0].generation.id, claimed[0].generation.claims), (1, started.id, 1));
    for function in ["work:addImage", "work:finish"] {
        deployment.fail(ConvexFault::Dropped, 1, Some(function)).await;
    }
    scene.image(claimed[0].lease, 1).await;
    scene.finish(claimed[0].lease, Ending::Succeeded).await;

    // What SQL could only answer with "there is no such" is answered as it was the first time.
    deployment.fail(ConvexFault::Dropped, 2, Some("generations:remove")).await;
    scene.db.delete_generation(ann, started.id, scene.now()).await.unwrap();
    let (photo, key) = (scene.photo(ann).await, domain::throttle::ThrottleKey(scene.digest()));
    deployment.fail(ConvexFault::Dropped, 2, Some("photos:remove")).await;
    scene.db.delete_photo(ann, photo, scene.now()).await.unwrap();
    // A counter counts once for each call, and twice for two.
    let rule = domain::throttle::ThrottleRule { tries: 1, window: Duration::from_secs(60) };
    deployment.fail(ConvexFault::Dropped, 2, Some("throttles:count")).await;
    let try_once = || scene.db.count_try(key, rule, scene.now());
    assert_eq!(try_once().await.unwrap(), domain::throttle::Throttled::No);
    assert_ne!(try_once().await.unwrap(), domain::throttle::Throttled::No);
    assert_eq!(scene.balance(ann).await, 98);
    scene.books_balance().await;
    assert_eq!(deployment.calls().await["generations:remove"], 3);
}

#[tokio::test]
async fn a_deployment_that_is_busy_or_down_for_a_moment_is_asked_again() {
    let (deployment, scene) = deployed().await;
    for fault in
        [ConvexFault::Unavailable, ConvexFault::Overloaded, ConvexFault::Conflict, ConvexFault::Dropped]
    {
        deployment.fail(fault, 4, None).await;
        scene.account().await;
    }
    deployment.fail(ConvexFault::Unavailable, 5, Some("admin:totals")).await;
    let gone = scene.db.totals().await;
    assert!(
        matches!(&gone, Err(DatabaseError::Unavailable(why)) if why.contains("admin:totals")),
        "{gone:?}"
    );
    assert_eq!(scene.db.totals().await.unwrap().accounts, 4);
}

#[tokio::test]
async fn a_wrong_address_key_or_version_says_what_to_do() {
    let deployment = ConvexDeployment::start(http()).await;
    let connect = |url: String, key: String| async move {
        Convex::connect(http(), options(&url, &key)).await.map(drop).unwrap_err()
    };
    for bad in
        ["", "happy-animal-123", "ftp://example.org", "http://", &format!("{}/elsewhere", deployment.url)]
    {
        let error = connect(bad.to_owned(), deployment.key.clone()).await;
        assert!(matches!(error, ConvexError::Address(_)), "{bad}: {error}");
        assert!(error.to_string().contains("convex.url"), "{error}");
    }
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = connect(format!("http://{unused}"), deployment.key.clone()).await;
    assert!(matches!(&error, ConvexError::Unreachable { cause, .. } if cause == "no connection"), "{error}");
    for bad in ["prod:another|0123", "not a key\n"] {
        let error = connect(deployment.url.clone(), bad.into()).await;
        assert_eq!(error, ConvexError::Key);
        assert!(error.to_string().contains("convex.key") && !error.to_string().contains("0123"));
    }
    for (version, advice) in [(0, "npx convex deploy"), (FUNCTIONS_VERSION + 1, "upgrade the program")] {
        deployment.pretend_version(version).await;
        let error = connect(deployment.url.clone(), deployment.key.clone()).await;
        assert_eq!(error, ConvexError::Version { deployed: version, needed: FUNCTIONS_VERSION });
        assert!(error.to_string().contains(advice), "{error}");
    }
}

#[tokio::test]
async fn nobody_without_the_key_can_call_a_function() {
    let (deployment, scene) = deployed().await;
    let ann = scene.account().await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../convex/functions");
    let mut asked = 0;
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let source = std::fs::read_to_string(&file).unwrap();
        let module = file.file_stem().unwrap().to_string_lossy().into_owned();
        for line in source.lines() {
            let Some((name, made)) =
                line.strip_prefix("export const ").and_then(|line| line.split_once(" = "))
            else {
                continue;
            };
            let kind = if made.starts_with("query(") { "query" } else { "mutation" };
            if !["query(", "mutation(", "keyed("].iter().any(|made_by| made.starts_with(made_by)) {
                continue;
            }
            asked += 1;
            let body = serde_json::json!({
                "path": format!("{module}:{name}"), "args": { "account": ann }, "format": "json",
            });
            let answer =
                http().post(format!("{}/api/{kind}", deployment.url)).json(&body).send().await.unwrap();
            let answer = answer.text().await.unwrap();
            assert!(answer.contains("Could not find public function"), "{module}:{name}: {answer}");
        }
    }
    assert!(asked > 60, "only {asked} functions were found");
}

#[tokio::test]
async fn an_account_larger_than_a_transaction_is_erased_and_its_retention_changed() {
    let (deployment, scene) = deployed().await;
    scene.bare_account().await;
    let ann = scene.account().await;
    scene.grant(ann, 10_000).await;
    for _ in 0..160 {
        let photo = scene.photo(ann).await;
        let new = scene.new_generation(ann, photo, 4);
        scene.db.start_generation(new).await.unwrap();
        let lease = scene.claim_one().await.lease;
        for number in 1..=4 {
            scene.image(lease, number).await;
        }
        scene.finish(lease, Ending::Succeeded).await;
    }
    let days = domain::retention::Period::days(7);
    let rules = domain::retention::Retention::default();
    scene.db.choose_retention(ann, days, rules, scene.now()).await.unwrap();
    assert_eq!(deployment.calls().await["accounts:chooseRetention"], 2, "more than one transaction");
    scene.pass(Duration::from_secs(7 * 86_400));
    let mut expired = 0;
    while let gone @ 1.. = scene.db.expire_objects(scene.now(), 200).await.unwrap() {
        expired += gone;
    }
    assert_eq!(expired, 160 + 640, "every photo and every image");

    let id = scene.id(ErasureId::new);
    deployment.fail(ConvexFault::Dropped, 2, Some("erasures:step")).await;
    let erasure = scene.db.erase_account(ann, id, scene.now()).await.unwrap();
    assert!(deployment.calls().await["erasures:step"] > 4);
    assert_eq!(
        (erasure.counts.generations, erasure.counts.images, erasure.counts.objects),
        (160, 640, 160 + 1280)
    );
    let mut confirmed = 0;
    loop {
        let keys = scene.db.pending_deletions(Some(id), 1000).await.unwrap();
        if keys.is_empty() {
            break;
        }
        confirmed += keys.len();
        scene.db.confirm_deletions(keys).await.unwrap();
    }
    assert_eq!(confirmed, 160 + 1280);
    scene.db.complete_erasure(id, scene.now()).await.unwrap();
    assert_eq!(scene.db.search_everywhere(ann.to_string()).await.unwrap(), Vec::<String>::new());
    assert_eq!(scene.db.totals().await.unwrap().accounts, 1);
}

#[tokio::test]
async fn more_open_work_than_a_transaction_can_end_is_ended_all_the_same() {
    let (deployment, scene) = deployed().await;
    let ann = scene.account().await;
    scene.grant(ann, 1000).await;
    let photo = scene.photo(ann).await;
    for _ in 0..130 {
        scene.db.start_generation(scene.new_generation(ann, photo, 1)).await.unwrap();
    }
    let kept = scene.photo(ann).await;
    scene.db.start_generation(scene.new_generation(ann, kept, 1)).await.unwrap();
    deployment.fail(ConvexFault::Dropped, 1, Some("photos:remove")).await;
    scene.db.delete_photo(ann, photo, scene.now()).await.unwrap();
    assert_eq!(deployment.calls().await["photos:remove"], 3, "two batches, and an answer that was lost");
    assert_eq!(scene.balance(ann).await, 1100 - 2, "the other one goes on");

    for _ in 0..130 {
        scene.db.start_generation(scene.new_generation(ann, kept, 1)).await.unwrap();
    }
    let withdrawal = scene.db.withdraw_consent(ann, Purpose::KeepPhotos, scene.now()).await.unwrap();
    assert_eq!((withdrawal.cancelled.len(), withdrawal.photos), (131, 1));
    assert_eq!(scene.balance(ann).await, 1100);
    scene.books_balance().await;
}

#[tokio::test]
async fn an_erasure_that_breaks_off_is_taken_up_where_it_ended() {
    let (deployment, scene) = deployed().await;
    scene.bare_account().await;
    let ann = scene.account().await;
    scene.succeeded(ann).await;
    scene.start(ann).await;
    let lease = scene.claim_one().await.lease;
    let id = scene.id(ErasureId::new);
    deployment.fail(ConvexFault::Unavailable, 5, Some("erasures:step")).await;
    let broken = scene.db.erase_account(ann, id, scene.now()).await;
    assert!(matches!(broken, Err(DatabaseError::Unavailable(_))));
    // Nothing can be done for the account any more, and nothing of it is worked on.
    assert!(scene.db.account(ann).await.is_err());
    assert_eq!(scene.db.add_image(lease, scene.new_image(1)).await, Err(DatabaseError::LeaseLost));
    scene.pass(conformance::database::LEASE);
    assert_eq!(scene.claim(3).await, []);
    let open = scene.db.open_erasures().await.unwrap();
    assert_eq!((open.len(), open[0].id, open[0].account), (1, id, Some(ann)));
    assert!(scene.db.complete_erasure(id, scene.now()).await.is_err(), "objects remain");
    let keys = scene.db.pending_deletions(Some(id), 100).await.unwrap();
    assert_eq!(keys.len(), 2 + 4);
    scene.db.confirm_deletions(keys).await.unwrap();
    scene.db.complete_erasure(id, scene.now()).await.unwrap();
    assert_eq!(scene.db.search_everywhere(ann.to_string()).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn keys_of_calls_are_forgotten_after_an_hour() {
    let (deployment, scene) = deployed().await;
    let ann = scene.account().await;
    scene.consent(ann, Purpose::KeepPhotos).await;
    let known = || async { scene.db.search_everywhere(ann.to_string()).await.unwrap() };
    assert!(known().await.contains(&"calls".into()));
    scene.db.tidy(scene.now()).await.unwrap();
    assert!(known().await.contains(&"calls".into()), "a call may still be asked for again");
    deployment.pass(3_600_001).await;
    assert_eq!(scene.db.tidy(scene.now()).await.unwrap(), 0, "they are not counted");
    assert!(!known().await.contains(&"calls".into()));
}

#[test]
fn schema_and_functions_are_typed_to_the_last() {
    check_convex_types();
}

#[tokio::test]
async fn the_vendor_s_own_client_reads_the_stand_in() {
    let deployment = ConvexDeployment::start(http()).await;
    deployment.run("node", &["--import", "tsx", "standin/contract.ts"]).await;
}
