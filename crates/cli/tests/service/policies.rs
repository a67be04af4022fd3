//! The privacy policy: made from the configuration, kept in every version, agreed to again when something changes that matters.

use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn the_policy_follows_the_configuration_and_every_version_is_kept() {
    let house = House::new("");
    let text = house.runs(&["policy"]).await.ends(0).text;
    assert!(
        text.contains("**Photos** are deleted 30 days after") && text.contains("In force since"),
        "{text}"
    );
    assert!(text.contains("None. Nothing of yours leaves the machines of this installation."), "{text}");
    let first = house.runs(&["policy", "--json"]).await.ends(0).json();
    assert_eq!(house.runs(&["policy", "--json"]).await.json(), first, "the same words are the same version");

    house.configure("[retention]\nphotos = 7\n[gemini]\nkey = \"not one\"\n");
    let text = house.runs(&["policy"]).await.ends(0).text;
    assert!(text.contains("**Photos** are deleted 7 days after"), "{text}");
    assert!(text.contains("Google Gemini") && !text.contains("not one"), "{text}");
    house.configure(
        "[retention]\nphotos = 7\n[gemini]\nkey = \"not one\"\n[policy]\noperator = \"Example Ltd\"\n",
    );
    house.runs(&["policy"]).await.ends(0);

    let history = house.runs(&["policy", "--history", "--json"]).await.ends(0).json();
    let history = history.as_array().unwrap();
    let asked: Vec<bool> = history.iter().map(|version| version["asked_again"].as_bool().unwrap()).collect();
    assert_eq!(asked, [false, true, false], "another name is nothing to agree to; a vendor and a period are");
    assert_eq!(history[2]["digest"], first["digest"]);
    assert!(history[2]["text"].as_str().unwrap().contains("30 days after"), "with its text");
}

#[tokio::test]
async fn whoever_agreed_is_asked_again_when_something_changes_that_matters() {
    let house = House::new("");
    let mut server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let kept = ada.photo(&small_photo("obama.jpg", 600)).await;
    server.process.stops().await;

    house.configure("[policy]\noperator = \"Example Ltd\"\n");
    let mut server = house.serve().await;
    let ada = ada.at(&server.url);
    ada.photo(&small_photo("biden.jpg", 600)).await;
    server.process.stops().await;

    house.configure("[retention]\nresults = 60\n");
    let mut server = house.serve().await;
    let ada = ada.at(&server.url);
    ada.upload(small_photo("biden.jpg", 600)).await.problem(403, "consent-missing");
    let state = ada.get("/api/v1/consents").await.expect(200).json();
    assert_eq!(state["purposes"][0], json!({ "purpose": "keep-photos", "given": false, "outdated": true }));
    ada.get(&format!("/api/v1/photos/{kept}/file")).await.expect(200);
    ada.consents().await;
    ada.photo(&small_photo("biden.jpg", 600)).await;
    let state = ada.get("/api/v1/consents").await.expect(200).json();
    assert_eq!(state["history"].as_array().unwrap().len(), 2, "what was agreed to is kept: {state}");

    // Everybody may read what held when.
    let policies = server.nobody().get("/api/v1/policies").await.expect(200).json();
    let policies = policies["items"].as_array().unwrap();
    assert_eq!(policies.iter().map(|of| &of["asked_again"]).collect::<Vec<_>>(), [true, false, false]);
    let oldest = policies[2]["policy"]["version"].as_str().unwrap();
    assert_eq!(state["history"][1]["policy"]["version"], oldest);
    let page = server.nobody().get("/privacy").await.expect(200).text();
    assert!(
        page.contains("deleted 60 days after") && page.contains(&format!("/privacy?version={oldest}")),
        "{page}"
    );
    let page = server.nobody().get(&format!("/privacy?version={oldest}")).await.expect(200).text();
    assert!(page.contains("This text held until") && page.contains("deleted 30 days after"), "{page}");
    server.nobody().get("/privacy?version=none").await.expect(404);
    server.process.stops().await;
}

#[tokio::test]
async fn a_public_address_that_names_nobody_to_turn_to_is_not_served() {
    let mut house = House::new("");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--public-url", "https://photos.example.org"];
    let refused = house.runs(&arguments).await.ends(2);
    assert!(refused.log.contains("policy.contact is missing"), "{refused:?}");
    house.sets("COVERSHOTS_CONTACT", "privacy@example.org");
    let mut server = house.start(&arguments);
    server.says("Covershots is at https://photos.example.org").await;
    server.stops().await;
}
