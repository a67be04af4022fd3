//! Signing in by somebody else's word: their script in our pages, a session of ours, and an end on both sides.

use browser::Look;
use standins::Server;
use standins::clerk::{Clerk, SECRET_KEY, WEBHOOK_SECRET};

use crate::scene::{Scene, free_address};

const EMAIL: &str = "ada@example.org";

fn configuration(here: &str, instance: &Server) -> String {
    format!(
        "[serve]\npublic_url = \"http://{here}\"\n[clerk]\npublishable_key = \"{}\"\nsecret_key = \"{SECRET_KEY}\"\n\
         webhook_secrets = [\"{WEBHOOK_SECRET}\"]\napi_url = \"{1}\"\nfrontend_url = \"{1}\"\n",
        Clerk::publishable_key(&instance.address().to_string()),
        instance.url(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_elsewhere_signs_out_and_leaves_both_sides() {
    let instance = Clerk::new();
    let user = instance.add_user(EMAIL, true, "Ada");
    let server = Server::start(instance.routes()).await;
    let here = free_address();
    let scene = Scene::at(&here, &configuration(&here, &server)).await;
    let browser = &scene.browser;
    browser.look(Look::DESKTOP).await.unwrap();

    sign_in(&scene).await;
    browser.read("Your photos").await.unwrap();
    assert_eq!(scene.balance().await, "20");
    // Their button, on a page of ours.
    browser.click("#user button").await.unwrap();
    browser.see("a[href='/sign-up']").await.unwrap();
    scene.go("/photos").await;
    browser.see("#sign-in input").await.unwrap();

    sign_in(&scene).await;
    browser.read("Your photos").await.unwrap();
    scene.go("/account/data").await;
    browser.see("#user button").await.unwrap();
    browser.click(".leaving button").await.unwrap();
    browser.accept().await.unwrap();
    browser.read("The account is deleted").await.unwrap();
    assert_eq!(instance.user(&user), None, "they are deleted over there too");
    scene.nothing_was_breached().await;
}

async fn sign_in(scene: &Scene) {
    scene.go("/sign-in?next=/photos").await;
    scene.browser.fill("#sign-in input", EMAIL).await.unwrap();
    scene.browser.click("#sign-in button").await.unwrap();
}
