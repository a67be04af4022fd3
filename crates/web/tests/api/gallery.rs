//! The gallery: all of it can be reached, by scrolling and by links alone, and what expired keeps its place.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::ACCEPT;

use crate::pages::Scene;
use crate::support::*;

/// Pictures that a page hangs.
const SHOWN: usize = 24;

/// The previews that a page shows, in their order.
fn previews(page: &str) -> Vec<String> {
    let images = page.split("<img src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    images.filter(|address| address.ends_with("/preview")).map(str::to_owned).collect()
}

/// Where a page goes on.
fn more(page: &str) -> Option<String> {
    let link = page.split("class=\"hung-more\"><a class=\"button\" href=\"").nth(1)?.split('"').next()?;
    assert!(page.contains(&format!("hx-get=\"{link}\"")), "who scrolls comes to where the link leads");
    Some(link.replace("&#38;", "&"))
}

/// Asks as the script does when the end of the list is seen.
async fn scrolled(scene: &Scene, address: &str) -> String {
    let request = shown(Request::get(address), &scene.owner).header("hx-request", "true");
    let answer = scene.house.send(request.header(ACCEPT, "text/html").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

#[tokio::test]
async fn all_pictures_are_reached_by_scrolling_and_by_links_alone() {
    let scene = Scene::new().await;
    for _ in 0..2 {
        scene.house.queued(&scene.owner, 16).await;
    }
    scene.house.app.work_once(8).await.unwrap();
    let first = scene.browse(&scene.owner, "GET", "/gallery", "").await.text();
    assert_eq!(previews(&first).len(), SHOWN);
    assert!(first.contains("loading=\"lazy\"") && !first.contains("Back to the newest"));
    let next = more(&first).unwrap();

    let scrolled = scrolled(&scene, &next).await;
    assert!(scrolled.trim_start().starts_with("<li class=\"hung shape-4-5\""), "{scrolled}");
    let all: BTreeSet<_> = previews(&first).into_iter().chain(previews(&scrolled)).collect();
    assert_eq!(all.len(), 34, "none is missing and none is there twice");
    assert_eq!(more(&scrolled), None);

    let second = scene.browse(&scene.owner, "GET", &next, "").await.text();
    assert_eq!(previews(&second), previews(&scrolled));
    assert!(second.contains("<title>Gallery") && second.contains("Back to the newest"));
    let wrong = scene.browse(&scene.owner, "GET", "/gallery?after=nowhere", "").await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn only_favourites_are_shown_to_who_asks_for_them() {
    let scene = Scene::new().await;
    let favourites = "/gallery?show=favourites";
    let none = scene.browse(&scene.owner, "GET", favourites, "").await.text();
    assert!(none.contains("No favourites yet") && previews(&none).is_empty(), "{none}");
    scene.browse(&scene.owner, "POST", "/generations/{generation}/images/2/favourite", "").await;
    let one = scene.browse(&scene.owner, "GET", favourites, "").await.text();
    assert_eq!(previews(&one), [scene.filled("/api/v1/images/{generation}/2/preview")]);
    assert!(one.contains(", a favourite.") && one.contains("archive?favourites=true"), "{one}");
    let all = scene.browse(&scene.owner, "GET", "/gallery", "").await.text();
    assert_eq!(previews(&all).len(), 2);
    let nothing = scene.browse(&scene.other, "GET", "/gallery", "").await.text();
    assert!(nothing.contains("Your pictures will hang here"), "{nothing}");
}

#[tokio::test]
async fn the_preview_stays_when_the_full_size_is_gone_and_says_so() {
    let scene = Scene::new().await;
    let fresh = scene.browse(&scene.owner, "GET", "/gallery", "").await.text();
    assert!(fresh.contains(">in 30 days</time>") && fresh.contains("in full size"), "{fresh}");
    scene.house.clock.pass(30 * domain::time::DAY);
    let session = "email=owner@example.org&password={password}";
    let owner = cookie(&scene.browse(&Credential::None, "POST", "/sign-in", session).await);
    let page = scene.browse(&owner, "GET", "/gallery", "").await.text();
    assert_eq!(page.matches("preview kept").count(), 2, "{page}");
    assert!(!page.contains("in full size") && !page.contains(">goes <time"), "{page}");
    for preview in previews(&page) {
        assert_eq!(scene.house.get(&owner, &preview).await.status, 200, "{preview}");
    }
    // What is deleted is gone from the wall, preview and all.
    scene.browse(&owner, "POST", "/generations/{generation}/images/1/delete", "").await;
    let page = scene.browse(&owner, "GET", "/gallery", "").await.text();
    assert_eq!(previews(&page).len(), 1, "{page}");
}
