//! Covers and the brand kit in the browser: three that differ by one named thing, at the sizes at which they are seen.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{ACCEPT, CONTENT_TYPE, ETAG, IF_NONE_MATCH};

use crate::pages::{Scene, file, location};
use crate::support::*;

const WISH: &str = "photo={photo}&style=podcast&platform=youtube&title=I+*quit*+coffee";

async fn made(scene: &Scene, wish: &str) -> String {
    let answer = scene.browse(&scene.owner, "POST", "/thumbnails", wish).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(scene.house.app.work_once(8).await.unwrap() > 0);
    location(&answer).to_owned()
}

async fn logo(scene: &Scene, bytes: &str) -> Answer {
    let request = shown(Request::post("/brand/logo"), &scene.owner).header(ACCEPT, "text/html");
    let request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=x");
    scene.house.send(request.body(Body::from(file("logo", "mark.png", bytes))).unwrap()).await
}

#[tokio::test]
async fn three_covers_stand_side_by_side_at_the_sizes_a_viewer_sees_on_light_and_dark() {
    let scene = Scene::new().await;
    let form = scene.browse(&scene.owner, "GET", "/thumbnails", "").await.text();
    assert!(form.contains("3 credits, of the 98 you have"), "the price is told before the button: {form}");
    assert!(form.contains("src=\"/thumbnails/look?photo="), "a free look: {form}");

    let answer = scene.browse(&scene.owner, "POST", "/thumbnails", &format!("{WISH}&test=face-side")).await;
    let place = location(&answer).to_owned();
    let waiting = scene.browse(&scene.owner, "GET", &place, "").await.text();
    assert!(waiting.contains("data-running") && waiting.contains("http-equiv=\"refresh\""), "{waiting}");
    assert!(scene.house.app.work_once(8).await.unwrap() > 0);

    let page = scene.browse(&scene.owner, "GET", &place, "").await.text();
    assert!(page.contains("<h1>I quit coffee</h1>"), "stars are not words: {page}");
    for name in ["You at the right", "You at the left", "You in the middle"] {
        assert!(page.contains(&format!("<strong>{name}</strong>")), "{name}: {page}");
        for ground in ["light", "dark"] {
            for wide in [168, 138] {
                let seen = format!("alt=\"{name}, {wide} pixels wide on {ground}.\" width=\"{wide}\"");
                assert!(page.contains(&seen), "{seen}: {page}");
            }
        }
    }
    assert!(page.contains("height=\"95\"") || page.contains("height=\"94\""), "{page}");
    assert!(page.contains("/1/file?platform=youtube"), "a download as the place wants it: {page}");
    let list = scene.browse(&scene.owner, "GET", "/thumbnails", "").await.text();
    assert!(list.contains(&format!("href=\"{place}\"")) && list.contains("Where you are"), "{list}");
}

#[tokio::test]
async fn covers_whose_full_size_is_gone_say_so() {
    let scene = Scene::new().await;
    let place = made(&scene, &format!("{WISH}&test=colour")).await;
    scene.house.clock.pass(30 * domain::time::DAY);
    let session = "email=owner@example.org&password={password}";
    let owner = cookie(&scene.browse(&Credential::None, "POST", "/sign-in", session).await);
    let page = scene.browse(&owner, "GET", &place, "").await.text();
    assert_eq!(page.matches("Full size gone, preview kept").count(), 3, "{page}");
    assert!(!page.contains("/file"), "{page}");
}

#[tokio::test]
async fn a_wish_that_can_t_be_made_comes_back_as_it_was_and_costs_nothing() {
    let scene = Scene::new().await;
    let wish = "photo={photo}&style=podcast&platform=youtube&title=Coffee&test=text&title-2=Tea";
    let answer = scene.browse(&scene.owner, "POST", "/thumbnails", wish).await;
    let page = answer.text();
    assert_eq!(answer.status, 422, "{page}");
    assert!(page.contains("A test of titles needs"), "{page}");
    for kept in ["value=\"Coffee\"", "value=\"Tea\"", "value=\"text\" checked", "value=\"podcast\" checked"] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    let answer = scene.browse(&scene.owner, "POST", "/thumbnails", "photo=&style=podcast").await;
    assert!(answer.text().contains("Choose a photo of yourself first."), "{}", answer.text());
    assert_eq!(scene.house.get(&scene.owner, "/api/v1/credits").await.json()["balance"], 98);
    let twice = format!("{WISH}&test=none&key=one-wish");
    let first = scene.browse(&scene.owner, "POST", "/thumbnails", &twice).await;
    let second = scene.browse(&scene.owner, "POST", "/thumbnails", &twice).await;
    assert_eq!(location(&first), location(&second), "sent twice it is one wish");
}

#[tokio::test]
async fn a_brand_kit_is_kept_with_the_account_and_put_to_use_where_it_is_ticked() {
    let scene = Scene::new().await;
    let empty = scene.browse(&scene.owner, "GET", "/brand", "").await.text();
    assert!(empty.contains("name=\"font\" value=\"\" checked") && !empty.contains("Your logo"), "{empty}");
    let look = "colours=own&primary=%23102030&accent=%23fedcba&font=bebas-neue";
    assert_eq!(location(&scene.browse(&scene.owner, "POST", "/brand", look).await), "/brand");
    assert_eq!(location(&logo(&scene, "logo of ann").await), "/brand");
    let page = scene.browse(&scene.owner, "GET", "/brand", "").await.text();
    for kept in
        ["value=\"#102030\"", "value=\"#fedcba\"", "value=\"bebas-neue\" checked", "Your logo on dark."]
    {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    let other = scene.browse(&scene.other, "GET", "/brand", "").await.text();
    assert!(!other.contains("#102030") && !other.contains("Your logo"), "{other}");

    let form = scene.browse(&scene.owner, "GET", "/thumbnails", "").await.text();
    assert!(form.contains("name=\"brand\" value=\"on\" checked"), "{form}");
    for (wish, used) in [("&brand=on", true), ("", false)] {
        let place = made(&scene, &format!("{WISH}&test=face-side{wish}")).await;
        let address = place.replace("/thumbnails/", "/api/v1/generations/");
        let generation = scene.house.get(&scene.owner, &address).await.json();
        assert_eq!(generation["thumbnail"]["brand"], used, "{generation}");
    }

    scene.browse(&scene.owner, "POST", "/brand", "colours=&primary=%23102030&accent=%23fedcba&font=").await;
    scene.browse(&scene.owner, "POST", "/brand/logo/delete", "").await;
    let kit = scene.house.get(&scene.owner, "/api/v1/brand").await.json();
    assert!(kit["colours"].is_null() && kit["font"].is_null() && kit["logo"].is_null(), "{kit}");
}

#[tokio::test]
async fn what_can_t_be_a_logo_or_a_colour_is_told_in_the_page() {
    let scene = Scene::new().await;
    for (bytes, words) in
        [("a text", "can&#39;t be read: it is no picture."), ("", "the file is empty: choose a picture.")]
    {
        let answer = logo(&scene, bytes).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert!(answer.text().contains(words), "{}", answer.text());
    }
    let large = logo(&scene, &"logo".repeat(1_300_000)).await;
    assert!(large.status == 413 && large.text().contains("at most 5 MB"), "{}", large.status);
    for wrong in ["colours=own&primary=blue&accent=%23ffffff", "colours=&font=comic-sans"] {
        assert_eq!(scene.browse(&scene.owner, "POST", "/brand", wrong).await.status, 422, "{wrong}");
    }
    let kit = scene.house.get(&scene.owner, "/api/v1/brand").await.json();
    assert!(kit["colours"].is_null() && kit["logo"].is_null(), "{kit}");
}

#[tokio::test]
async fn a_look_is_made_anew_when_what_it_shows_changes() {
    let scene = Scene::new().await;
    let address = scene.filled("/thumbnails/look?photo={photo}&style=podcast&title=Tea&brand=on");
    let first = scene.house.get(&scene.owner, &address).await;
    assert_eq!(first.status, 200, "{}", first.text());
    let known = first.headers[ETAG].clone();
    let again = |address: String| {
        let request = shown(Request::get(address), &scene.owner).header(IF_NONE_MATCH, known.clone());
        let request = request.body(Body::empty()).unwrap();
        async { scene.house.send(request).await.status.as_u16() }
    };
    assert_eq!(again(address.clone()).await, 304);
    assert_eq!(again(format!("{address}&layout=close-left")).await, 200);
    assert_eq!(again(format!("{address}&primary=%23102030&accent=%23fedcba")).await, 200);
    assert_eq!(again(address.replace("Tea", "Water")).await, 200);
    logo(&scene, "logo").await;
    assert_eq!(again(address.clone()).await, 200, "the kit has a logo now");
    assert_eq!(scene.house.get(&scene.owner, &format!("{address}&layout=upside-down")).await.status, 422);
}
