//! Addresses with which a browser fetches one picture from the bucket itself.

use std::time::Duration;

use domain::ports::objects::{DirectLink, Objects};

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_one_picture_for_reading_until_it_ends() {
    let scene = Scene::new().await;
    let (key, other) = (photo(), photo());
    scene.put(new(key), b"a face").await.unwrap();
    scene.put(new(other), b"another").await.unwrap();
    let wanted = DirectLink { key, valid_for: Duration::from_secs(600), file_name: None };
    let link = scene.bucket.direct_link(&wanted, now()).unwrap().unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.get(link.expose()).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "image/jpeg");
    assert_eq!(answer.headers()["cache-control"], "private, max-age=300");
    assert_eq!(answer.bytes().await.unwrap(), "a face");
    let part = http.get(link.expose()).header("range", "bytes=2-").send().await.unwrap();
    assert_eq!((part.status().as_u16(), part.bytes().await.unwrap()), (206, "face".into()));

    let wanted = DirectLink { file_name: Some("a-1.jpg".into()), ..wanted };
    let named = scene.bucket.direct_link(&wanted, now()).unwrap().unwrap();
    let answer = http.get(named.expose()).send().await.unwrap();
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"a-1.jpg\"");

    let elsewhere = link.expose().replace(&key.to_string(), &other.to_string());
    let longer = link.expose().replace("X-Amz-Expires=600", "X-Amz-Expires=6000");
    for forged in [elsewhere, longer] {
        assert_eq!(http.get(&forged).send().await.unwrap().status(), 403, "a changed link");
    }
    assert_eq!(http.put(link.expose()).body("mine").send().await.unwrap().status(), 403);
    assert_eq!(http.delete(link.expose()).send().await.unwrap().status(), 403);
    scene.s3.pass(Duration::from_secs(601));
    assert_eq!(http.get(link.expose()).send().await.unwrap().status(), 403, "it has ended");
    assert_eq!(scene.s3.objects().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stand_in_refuses_checksums_in_trailers_as_r2_does() {
    let scene = Scene::new().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let put = http.put(format!("{}/{}/other", scene.server.url(), standins::s3::BUCKET)).body("x");
    let put = put.header("x-amz-trailer", "x-amz-checksum-crc32");
    let answer =
        put.header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER").send().await.unwrap();
    assert_eq!(answer.status(), 501);
    assert!(answer.text().await.unwrap().contains("<Code>NotImplemented</Code>"));
}
