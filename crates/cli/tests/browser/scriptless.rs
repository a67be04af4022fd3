//! The same without any script: every form does its work by itself.

use browser::{Look, Tour, tour};
use serde_json::json;

use crate::scene::{Scene, photos};

#[tokio::test]
async fn without_script_the_forms_do_their_work() {
    let scene = Scene::new().await;
    let browser = &scene.browser;
    browser.look(Look::DESKTOP).await.unwrap();
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await.unwrap();
    let mut tour = Tour::sign_up(browser, &scene.studio).await.unwrap();
    assert_eq!(browser.count("html.scripted").await.unwrap(), 0, "no script has run");
    browser.choose_files("[data-upload] input[type=file]", &photos(&["obama.jpg"])).await.unwrap();
    browser.click("button.without-script").await.unwrap();
    browser.read("Your photos are here").await.unwrap();
    browser.see(".photo .badge.good").await.unwrap();
    tour.make("headshot/linkedin-blue", 1).await.unwrap();
    browser.click(".tile-foot button").await.unwrap();
    browser.see("[data-favourite][aria-pressed=true]").await.unwrap();
    browser.click("[name=to][value=warmer]").await.unwrap();
    tour.arrive().await.unwrap();
    browser.click("[data-themes] button[value=dark]").await.unwrap();
    browser.see("html[data-theme=dark]").await.unwrap();
    scene.go("/account/security").await;
    browser.fill("#old", tour::PASSWORD).await.unwrap();
    browser.fill("#password", "four other plain words").await.unwrap();
    browser.click("form.sheet .button.first").await.unwrap();
    browser.read("Your password is changed").await.unwrap();
    scene.go("/account/data").await;
    browser.fill("#password", "four other plain words").await.unwrap();
    browser.click(".leaving button").await.unwrap();
    browser.read("The account is deleted").await.unwrap();
    scene.all_was_well().await;
}
