//! Buying: a pack through the payment service's page, its credits, a headshot, and the money back with the credits gone.

use browser::{Look, Tour};
use reqwest::Client;
use standins::{Server, stripe};

use crate::audit::look_at;
use crate::scene::{Scene, free_address, photos};

async fn till() -> (stripe::Stripe, Server) {
    web::listen::install_crypto_provider();
    let (account, server) = stripe::Stripe::open(Client::builder().no_proxy().build().unwrap()).await;
    account.with(|books| books.add_price("price_small", 1000, "eur", false));
    (account, server)
}

fn configuration(here: &str, till: &Server) -> String {
    format!(
        "[serve]\npublic_url = \"http://{here}\"\n[accounts]\nlow_balance = 19\n\
         {}cents_per_dollar = 92\n\
         [[stripe.packs]]\nid = \"small\"\nname = \"Small pack\"\ncredits = 50\nprice = \"price_small\"\n",
        stripe::section(till),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_bought_a_headshot_made_and_the_money_paid_back() {
    let (account, till) = till().await;
    let here = free_address();
    let scene = Scene::at(&here, &configuration(&here, &till)).await;
    let browser = &scene.browser;
    browser.look(Look::DESKTOP).await.unwrap();
    let mut tour = Tour::sign_up(browser, &scene.studio).await.unwrap();
    tour.add_photos(&photos(&["obama.jpg"])).await.unwrap();

    scene.go("/pricing").await;
    browser.read("€10.00").await.unwrap();
    scene.go("/buy/small").await;
    browser.read("70 credits").await.unwrap();
    tour.pay("small").await.unwrap();
    assert_eq!(scene.balance().await, "20", "nobody but the browser has said so");
    account.send_to(&scene.studio.at("/api/v1/hooks/payments"));
    assert_eq!(account.deliver().await, [204]);
    browser.read("50 credits are yours").await.unwrap();
    assert_eq!(scene.balance().await, "70");

    tour.make("headshot/linkedin-blue", 1).await.unwrap();
    assert_eq!(scene.balance().await, "69");
    scene.go("/account/credits").await;
    browser.read("Bought").await.unwrap();
    browser.click("a[href^='/account/credits/receipts/']").await.unwrap();
    browser.read("Receipt ch_").await.unwrap();
    assert!(browser.url().await.unwrap().starts_with(&till.url()));

    let payment =
        account.with(|books| books.list("payment_intent").remove(0)["id"].as_str().unwrap().to_owned());
    account.with(|books| books.refund(&payment, None));
    assert_eq!(account.deliver().await, [204]);
    scene.go("/account/credits").await;
    browser.read("€10.00 paid back to you").await.unwrap();
    assert_eq!(scene.balance().await, "19");
    browser.read("Your credits are running low").await.unwrap();
    scene.go("/admin/money").await;
    assert_eq!(browser.text("#revenue").await.unwrap(), "€10.00");
    assert_eq!(browser.text("#refunds").await.unwrap(), "€10.00");
    assert_eq!(browser.text("#outstanding").await.unwrap(), "19 credits");
    assert_eq!(look_at(&scene, Tour::of_money()).await, Vec::<String>::new());
    scene.nothing_was_breached().await;
}
