//! Pictures in a bucket instead of a folder: its own rules are written, looked at and insisted on, pictures go from it to the
//! browser, and whoever runs the installation shows that the policy is kept.

use reqwest::header::{CONTENT_TYPE, LOCATION};
use serde_json::{Value, json};
use standins::s3::{ADMIN, BUCKET, OBJECTS, S3};

use crate::support::*;

/// An installation on a bucket that is empty and has no rules.
struct Scene {
    house: House,
    s3: S3,
    /// Held as long as the bucket is to be there.
    server: standins::Server,
}

impl Scene {
    /// With the key for objects, and with the one that may change the bucket.
    async fn new() -> Scene {
        let mut scene = Scene::without_rights().await;
        scene.house.sets("R2_ADMIN_ACCESS_KEY_ID", ADMIN.0);
        scene.house.sets("R2_ADMIN_SECRET_ACCESS_KEY", ADMIN.1);
        scene
    }

    /// With the key for objects alone.
    async fn without_rights() -> Scene {
        let s3 = S3::new();
        let server = standins::Server::start(s3.routes()).await;
        let configuration = format!("[storage]\nbucket = \"{BUCKET}\"\nendpoint = \"{}\"\n", server.url());
        let mut house = House::new(&configuration);
        house.sets("R2_ACCESS_KEY_ID", OBJECTS.0);
        house.sets("R2_SECRET_ACCESS_KEY", OBJECTS.1);
        Scene { house, s3, server }
    }

    /// What a command says as JSON, and its exit code.
    async fn asked(&self, arguments: &[&str]) -> (i32, Value) {
        let said = self.house.runs(&[arguments, &["--json"]].concat()).await;
        (said.code, said.json())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_lacks_its_rules_is_not_served_until_they_are_applied() {
    let scene = Scene::new().await;
    let mut refused = scene.house.start(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.ends().await.code(), Some(2));
    assert!(
        refused.log().contains("retention apply") && refused.log().contains("lacks the rule"),
        "{}",
        refused.log()
    );

    let (code, checked) = scene.asked(&["retention", "check"]).await;
    assert_eq!((code, &checked["good"]), (1, &json!(false)));
    assert_eq!(checked["findings"][0]["finding"], "missing");

    let (code, applied) = scene.asked(&["retention", "apply"]).await;
    assert_eq!((code, &applied["changed"]), (0, &json!(true)), "{applied}");
    let (_, again) = scene.asked(&["retention", "apply"]).await;
    assert_eq!((&again["changed"], &again["ours"]), (&json!(false), &applied["ours"]));
    let (code, checked) = scene.asked(&["retention", "check"]).await;
    assert_eq!((code, &checked["findings"]), (0, &json!([])), "{checked}");

    let mut server = scene.house.serve().await;
    server.process.says("deletes what is over by its own rules, as the policy says").await;
    server.process.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_look_it_serves_and_says_what_it_could_not_verify() {
    let scene = Scene::without_rights().await;
    let mut server = scene.house.serve().await;
    server.process.says("its key may not see").await;
    server.process.stops().await;
    let told = scene.house.runs(&["retention", "apply"]).await.ends(2).log;
    assert!(told.contains("AccessDenied") && told.contains("takes a key that may"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_it_should_be_is_named() {
    let scene = Scene::new().await;
    scene.asked(&["retention", "apply"]).await;
    // As if the sweeper and the bucket had both failed: a photo whose time was over long ago.
    let key = format!("uploads/{}/{}", "0".repeat(26), "0".repeat(26));
    let metadata = [("created-at", "1"), ("expires-at", "2"), ("sha256", &"0".repeat(64))];
    scene.s3.put(&key, b"a face", &metadata);
    let (code, checked) = scene.asked(&["retention", "check"]).await;
    assert_eq!((code, &checked["good"]), (1, &json!(false)));
    assert_eq!(checked["ages"][0]["overdue"], 1);
    assert_eq!(checked["ages"][0]["named"][0]["key"], key);
    let (code, audited) = scene.asked(&["audit"]).await;
    let finding = audited["findings"].as_array().unwrap().iter().find(|of| of["promise"] == "photos-end");
    assert_eq!((code, &finding.unwrap()["verdict"]), (1, &json!("broken")), "{audited}");
    assert!(finding.unwrap()["evidence"].to_string().contains(&key));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_served_from_the_bucket_and_whoever_runs_it_shows_that_the_policy_is_kept() {
    let scene = Scene::new().await;
    scene.asked(&["retention", "apply"]).await;
    let mut server = scene.house.serve().await;
    server.newcomer("Whoever Runs It").await;
    let ada = server.person("Ada Winterbourne").await;
    let first = ada.photo(&small_photo("obama.jpg", 600)).await;
    let generation = ada.headshots(&first, 2).await;
    assert_eq!(ada.ended(&generation).await["state"], "succeeded");
    let count = |class: &str| scene.s3.objects().keys().filter(|key| key.starts_with(class)).count();
    assert_eq!((count("uploads/"), count("results/"), count("previews/")), (1, 2, 2));

    // The picture comes from the bucket, past us, by an address that holds for minutes.
    let asked = scene.server.asked().len();
    let away = ada.get(&format!("/api/v1/images/{generation}/1/file")).await.expect(307);
    assert_eq!(scene.server.asked().len(), asked, "nobody asked the bucket for us");
    let address = away.headers[LOCATION].to_str().unwrap().to_owned();
    assert!(address.starts_with(&scene.server.url()) && address.contains("X-Amz-Expires=300&"), "{address}");
    let plain = client().build().unwrap();
    let picture = plain.get(&address).send().await.unwrap().error_for_status().unwrap();
    assert_eq!(picture.headers()[CONTENT_TYPE], "image/jpeg");
    let forged = address.replace("X-Amz-Expires=300", "X-Amz-Expires=3000");
    assert_eq!(plain.get(forged).send().await.unwrap().status(), 403);
    for path in [format!("/api/v1/images/{generation}/1/preview"), format!("/api/v1/photos/{first}/file")] {
        ada.get(&path).await.expect(307);
    }
    let allowed = ada.get("/photos").await.expect(200).headers["content-security-policy"].clone();
    assert!(allowed.to_str().unwrap().contains(&scene.server.url()), "pages may show what lies there");

    let log = scene.house.path("service.log");
    std::fs::write(&log, server.process.log()).unwrap();
    let (code, audited) = scene.asked(&["audit", "--log", log.to_str().unwrap()]).await;
    assert_eq!((code, &audited["broken"]), (0, &json!(0)), "{audited:#}");
    for finding in audited["findings"].as_array().unwrap() {
        assert!(!finding["said"].as_array().unwrap().is_empty(), "{finding} is said by the policy");
        assert!(!finding["evidence"].as_array().unwrap().is_empty(), "{finding} has evidence");
    }

    server.process.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_and_a_silent_bucket_are_told_to_the_person_in_plain_words() {
    let scene = Scene::without_rights().await;
    let mut server = scene.house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let kept = ada.photo(&small_photo("obama.jpg", 600)).await;
    scene.s3.revoke_keys();
    let problem = ada.upload(small_photo("biden.jpg", 600)).await.problem(503, "storage-refused");
    assert!(problem["detail"].as_str().unwrap().contains("nothing was lost"), "{problem}");
    scene.s3.restore_keys();
    scene.server.faults().always(standins::Fault::status(500, ""));
    ada.upload(small_photo("biden.jpg", 600)).await.problem(503, "unavailable");
    scene.server.faults().clear();
    let away = ada.get(&format!("/api/v1/photos/{kept}/file")).await.expect(307);
    let address = away.headers[LOCATION].to_str().unwrap();
    client().build().unwrap().get(address).send().await.unwrap().error_for_status().unwrap();
    assert_eq!(ada.get("/api/v1/photos").await.expect(200).json()["items"].as_array().unwrap().len(), 1);
    server.process.stops().await;
}
