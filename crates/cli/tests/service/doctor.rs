//! The doctor: what is told of an installation that is well, that has never been started, and that lacks something.

use std::process::Stdio;

use serde_json::Value;
use standins::gemini::Gemini;
use standins::{ConvexDeployment, Fault, PostgresServer, Server, clerk, stripe};

use crate::support::*;

/// What the doctor says: how it ends, and of each thing the verdict and the words.
fn examined(house: &House) -> (i32, Vec<(String, String, String)>) {
    let ended = house.command(&["doctor", "--json"]).stdout(Stdio::piped()).output().unwrap();
    let document: Value = serde_json::from_slice(&ended.stdout).unwrap();
    let code = ended.status.code().unwrap();
    assert_eq!(document["well"], code == 0);
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let findings = document["findings"].as_array().unwrap().iter();
    (code, findings.map(|f| (text(f, "what"), text(f, "verdict"), text(f, "words"))).collect())
}

/// The verdict on one thing, which says this.
#[track_caller]
fn verdict<'a>(findings: &'a [(String, String, String)], what: &str, words: &str) -> &'a str {
    let finding = findings.iter().find(|(named, _, said)| named == what && said.contains(words));
    &finding.unwrap_or_else(|| panic!("nobody says {words:?} of the {what}: {findings:?}")).1
}

#[tokio::test]
async fn a_new_and_a_running_installation_are_well_and_looking_changes_nothing() {
    let house = House::new("");
    let (code, findings) = examined(&house);
    assert_eq!((code, verdict(&findings, "database", "the first start")), (0, "note"));
    assert_eq!(verdict(&findings, "engine", "on this machine"), "good");
    assert!(!house.data().exists(), "nothing was made");
    let server = house.serve().await;
    server.person("Ada Winterbourne").await;
    let (code, findings) = examined(&house);
    assert_eq!((code, verdict(&findings, "database", "1 accounts, 0 generations under way")), (0, "good"));
    assert_eq!(verdict(&findings, "storage", "GB free"), "good");
}

/// The vendor is played in this process, so it has a thread while the doctor is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_outside_is_named_with_what_to_do() {
    let deployment = ConvexDeployment::start(client().build().unwrap()).await;
    let vendor = Server::start(Gemini::new("another-key").routes()).await;
    let house = House::new(&format!(
        "[convex]\nurl = \"{}\"\nkey = \"{}\"\n[gemini]\nkey = \"a-key-of-the-test\"\nbase_url = \"{}\"\n",
        deployment.url,
        deployment.key,
        vendor.url()
    ));
    let (code, findings) = examined(&house);
    assert_eq!(code, 1, "the rest is well");
    assert_eq!(verdict(&findings, "database", "Convex, functions of version"), "good");
    assert_eq!(verdict(&findings, "gemini", "gemini"), "bad");
    assert_eq!(verdict(&findings, "secrets", "COVERSHOTS_SECRET"), "note");
    deployment.pretend_version(1).await;
    let (_, findings) = examined(&house);
    assert_eq!(verdict(&findings, "database", "npx convex deploy"), "bad");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_vouches_and_who_takes_money_is_asked_too() {
    let instance = clerk::Clerk::new();
    let vouching = Server::start(instance.routes()).await;
    let (account, till) = stripe::Stripe::open(client().build().unwrap()).await;
    account.with(|books| books.add_price("price_small", 1000, "eur", false));
    let configuration = |clerk_key: &str, stripe_key: &str, price: &str| {
        format!(
            "[serve]\npublic_url = \"http://localhost:8080\"\n\
             [clerk]\npublishable_key = \"{}\"\nsecret_key = \"{clerk_key}\"\nwebhook_secrets = [\"{}\"]\n\
             api_url = \"{2}\"\nfrontend_url = \"{2}\"\n{3}\
             [[stripe.packs]]\nid = \"small\"\nname = \"Small\"\ncredits = 50\nprice = \"{price}\"\n",
            clerk::Clerk::publishable_key(&vouching.address().to_string()),
            clerk::WEBHOOK_SECRET,
            vouching.url(),
            stripe::section(&till).replace(stripe::SECRET_KEY, stripe_key),
        )
    };
    let house = House::new("");
    let look = |clerk_key: &str, stripe_key: &str, price: &str| {
        std::fs::write(house.path("covershots.toml"), configuration(clerk_key, stripe_key, price)).unwrap();
        examined(&house)
    };
    let (code, findings) = look(clerk::SECRET_KEY, stripe::SECRET_KEY, "price_small");
    assert_eq!((code, verdict(&findings, "sign-in", "Clerk is reached")), (0, "good"));
    assert_eq!(verdict(&findings, "payments", "has every price"), "good");
    let (code, findings) = look("sk_test_another", "sk_test_another", "price_small");
    assert_eq!((code, verdict(&findings, "sign-in", "Clerk: ")), (1, "bad"));
    assert_eq!(verdict(&findings, "payments", "look at its keys"), "bad");
    let (_, findings) = look(clerk::SECRET_KEY, stripe::SECRET_KEY, "price_gone");
    assert_eq!(verdict(&findings, "payments", "no price_gone for \"Small\""), "bad");
    vouching.faults().always(Fault::status(503, "{}"));
    till.faults().always(Fault::status(503, "{}"));
    let (_, findings) = look(clerk::SECRET_KEY, stripe::SECRET_KEY, "price_small");
    assert_eq!(verdict(&findings, "sign-in", "Clerk: "), "bad");
    assert_eq!(verdict(&findings, "payments", "does not answer"), "bad");
}

#[tokio::test]
async fn a_server_is_looked_at_without_a_change() {
    let address = database("doctor").await;
    let house = House::new(&format!("[database]\nurl = \"{address}\"\n"));
    for _ in 0..2 {
        assert_eq!(verdict(&examined(&house).1, "database", "the first start makes the tables"), "note");
    }
    house.serve().await.process.stops().await;
    assert_eq!(verdict(&examined(&house).1, "database", "PostgreSQL, tables of version"), "good");
    let gone = PostgresServer::shared().url().replace("covershots@", "nobody@");
    std::fs::write(house.path("covershots.toml"), format!("[database]\nurl = \"{gone}\"\n")).unwrap();
    let (code, findings) = examined(&house);
    assert_eq!((code, verdict(&findings, "database", "it can't be used")), (1, "bad"));
}
