//! Every route against every kind of caller. A route without a row in this table fails the test, as does one that the document
//! describes otherwise.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use domain::api_key::Scope;
use serde_json::{Value, json};

use crate::document::operations;
use crate::support::*;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// Anybody.
    Open,
    /// A person who is signed in; no key.
    Session,
    /// A person, or a key with this scope.
    Key(Scope),
    /// An admin who is signed in.
    Admin,
}

/// What becomes of another account's caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stranger {
    /// They see and change what is theirs alone: there is nothing of the owner's to name.
    Own,
    /// They name something of the owner's, and are told that there is no such thing.
    NotFound,
}

use Door::{Admin, Key, Open, Session};
use Scope::{AccountRead, GenerationsWrite, ImagesRead, Photos, Webhooks};
use Stranger::{NotFound, Own};

/// The table: operation, who may call it, what a stranger gets, the body, what the owner gets.
const TABLE: &[(&str, Door, Stranger, &str, u16)] = &[
    ("createAccount", Open, Own, "signUp", 201),
    ("getAccount", Key(AccountRead), Own, "", 200),
    ("changeName", Session, Own, r#"{"name":"A"}"#, 200),
    ("changeEmail", Session, Own, "email", 200),
    ("chooseRetention", Session, Own, r#"{"days":7}"#, 200),
    ("eraseAccount", Session, Own, "password", 200),
    ("exportAccount", Session, Own, "", 200),
    ("gatherArchive", Session, Own, "", 202),
    ("getArchive", Session, Own, "", 200),
    ("getArchiveFile", Session, NotFound, "", 200),
    ("listPolicies", Open, Own, "", 200),
    ("changePassword", Session, Own, "passwords", 204),
    ("resetPassword", Open, Own, r#"{"token":"x","password":"four other words there"}"#, 404),
    ("signIn", Open, Own, "signIn", 201),
    ("listSessions", Session, Own, "", 200),
    ("signOutEverywhere", Session, Own, "", 204),
    ("signOut", Session, Own, "", 204),
    ("revokeSession", Session, NotFound, "", 204),
    ("getPolicy", Open, Own, "", 200),
    ("listConsents", Key(AccountRead), Own, "", 200),
    ("giveConsent", Session, Own, "policy", 200),
    ("withdrawConsent", Session, Own, "", 200),
    ("getBrand", Key(AccountRead), Own, "", 200),
    (
        "setBrand",
        Session,
        Own,
        r##"{"colours":{"primary":"#1f3a5f","accent":"#ffb454"},"font":"anton"}"##,
        200,
    ),
    ("getLogo", Key(AccountRead), NotFound, "", 200),
    ("setLogo", Session, Own, "logo", 200),
    ("deleteLogo", Session, Own, "", 204),
    ("uploadPhoto", Key(Photos), Own, "photo", 201),
    ("listPhotos", Key(Photos), Own, "", 200),
    ("deletePhotos", Key(Photos), Own, "", 200),
    ("getPhoto", Key(Photos), NotFound, "", 200),
    ("deletePhoto", Key(Photos), NotFound, "", 204),
    ("getPhotoFile", Key(Photos), NotFound, "", 200),
    ("listStyles", Open, Own, "", 200),
    ("getStyle", Open, Own, "", 200),
    ("listPlatforms", Open, Own, "", 200),
    ("generate", Key(GenerationsWrite), NotFound, "wish", 201),
    ("listGenerations", Key(ImagesRead), Own, "", 200),
    ("getGeneration", Key(ImagesRead), NotFound, "", 200),
    ("deleteGeneration", Key(GenerationsWrite), NotFound, "", 204),
    ("cancelGeneration", Key(GenerationsWrite), NotFound, "", 409),
    ("generateMore", Key(GenerationsWrite), NotFound, r#"{"count":1}"#, 201),
    ("archiveGeneration", Key(ImagesRead), NotFound, "", 200),
    ("listImages", Key(ImagesRead), Own, "", 200),
    ("archiveImages", Key(ImagesRead), NotFound, "", 200),
    ("getImage", Key(ImagesRead), NotFound, "", 200),
    ("deleteImage", Key(GenerationsWrite), NotFound, "", 204),
    ("getImageFile", Key(ImagesRead), NotFound, "", 200),
    ("getImagePreview", Key(ImagesRead), NotFound, "", 200),
    ("setFavourite", Key(GenerationsWrite), NotFound, r#"{"favourite":true}"#, 200),
    ("watchEvents", Key(ImagesRead), Own, "", 200),
    ("getCredits", Key(AccountRead), Own, "", 200),
    ("listLedger", Key(AccountRead), Own, "", 200),
    ("exchangeSignIn", Open, Own, r#"{"token":"x"}"#, 404),
    ("hearIdentity", Open, Own, "", 404),
    ("hearPayments", Open, Own, "", 400),
    ("listOffers", Open, Own, "", 200),
    ("listPurchases", Key(AccountRead), Own, "", 200),
    ("getSubscription", Key(AccountRead), Own, "", 200),
    ("openTill", Session, Own, r#"{"offer":"small"}"#, 404),
    ("lookAtTill", Session, Own, "", 404),
    ("openPortal", Session, Own, "", 404),
    ("findReceipt", Session, NotFound, "", 404),
    ("createApiKey", Session, Own, r#"{"name":"x","scopes":["photos"]}"#, 201),
    ("listApiKeys", Session, Own, "", 200),
    ("revokeApiKey", Session, NotFound, "", 200),
    ("addEndpoint", Key(Webhooks), Own, r#"{"url":"https://hooks.example.org/x"}"#, 201),
    ("listEndpoints", Key(Webhooks), Own, "", 200),
    ("deleteEndpoint", Key(Webhooks), NotFound, "", 204),
    ("listDeliveries", Key(Webhooks), Own, "", 200),
    ("replayDelivery", Key(Webhooks), NotFound, "", 200),
    ("getErasure", Open, Own, "", 404),
    ("listAccounts", Admin, Own, "", 200),
    ("eraseAnyAccount", Admin, Own, "", 200),
    ("grantCredits", Admin, Own, r#"{"credits":5,"key":"k"}"#, 200),
    ("setRole", Admin, Own, r#"{"role":"admin"}"#, 200),
    ("issueResetLink", Admin, Own, "", 201),
    ("listGenerationsByState", Admin, Own, "", 200),
    ("listAttempts", Admin, Own, "", 200),
    ("getTotals", Admin, Own, "", 200),
    ("getStorage", Admin, Own, "", 200),
    ("listProviders", Admin, Own, "", 200),
    ("listMakers", Admin, Own, "", 200),
    ("listSpending", Admin, Own, "", 200),
    ("listStyleUsage", Admin, Own, "", 200),
    ("getMoney", Admin, Own, "", 200),
];

/// An installation with an admin, an owner of one of everything, and another account.
struct Scene {
    house: House,
    admin: Credential,
    owner: Credential,
    other: Credential,
    names: BTreeMap<&'static str, String>,
}

impl Scene {
    async fn new() -> Scene {
        let house = House::new().await;
        let (admin, owner, other) =
            (house.newcomer("admin").await, house.person("owner").await, house.person("other").await);
        let endpoint = json!({ "url": "https://hooks.example.org/covershots" });
        let endpoint = house.ask(&owner, "POST", "/api/v1/webhooks/endpoints", Some(endpoint)).await.json();
        let generation = house.generation(&owner).await;
        let photo = house.photo(&owner).await;
        house.gathers(&owner).await;
        let (_, key) = house.key(&owner, &["photos"]).await;
        let logo = shown(Request::put("/api/v1/brand/logo"), &owner).header(CONTENT_TYPE, "image/png");
        assert_eq!(house.send(logo.body(Body::from("logo")).unwrap()).await.status, 200);
        // A second session, so that the one that asks stays.
        let body = json!({ "email": "owner@example.org", "password": PASSWORD });
        let second = house.ask(&Credential::None, "POST", "/api/v1/sessions", Some(body)).await.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let names = BTreeMap::from([
            ("{account}", house.id_of(&owner).await),
            ("{photo}", photo),
            ("{generation}", generation.clone()),
            ("{number}", "1".into()),
            ("{key}", key),
            ("{session}", text(&second["session"]["id"])),
            ("{endpoint}", text(&endpoint["endpoint"]["id"])),
            ("{event}", format!("ended-{generation}")),
            ("{purpose}", "keep-photos".into()),
            ("{kind}", "headshot".into()),
            ("{style}", "studio-white".into()),
            ("{visit}", "cs_1".into()),
            ("{purchase}", "pi_1".into()),
            ("{erasure}", "01kav9m3fq8r6v5t2x7y1z0w4c".into()),
        ]);
        Scene { house, admin, owner, other, names }
    }

    fn path(&self, path: &str) -> String {
        let filled = self.names.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value));
        assert!(!filled.contains('{'), "the scene has nothing for {path}");
        if filled.ends_with("/admin/generations") { filled + "?state=succeeded" } else { filled }
    }

    fn body(&self, body: &str) -> Option<Value> {
        let version = policy().version;
        Some(match body {
            "" | "photo" | "logo" => return None,
            "signUp" => json!({ "email": "new@example.org", "password": PASSWORD }),
            "signIn" => json!({ "email": "owner@example.org", "password": PASSWORD }),
            "email" => json!({ "email": "moved@example.org", "password": PASSWORD }),
            "password" => json!({ "password": PASSWORD }),
            "passwords" => json!({ "old": PASSWORD, "new": "four other words there" }),
            "policy" => {
                json!({ "policy": { "version": version.version, "digest": version.digest.to_string() } })
            }
            "wish" => {
                json!({ "kind": "headshot", "style": "studio-white", "photos": [self.names["{photo}"]] })
            }
            text => serde_json::from_str(text).unwrap(),
        })
    }

    /// The answer's status and problem, without reading a stream that does not end.
    async fn call(&self, who: &Credential, route: &Route) -> (u16, Option<String>) {
        use tower::ServiceExt;
        let request =
            shown(Request::builder().method(route.method.as_str()).uri(self.path(&route.path)), who);
        let request = match self.body(route.body) {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
            None if route.body == "photo" => {
                request.header(CONTENT_TYPE, "image/jpeg").body(Body::from("face"))
            }
            None if route.body == "logo" => {
                request.header(CONTENT_TYPE, "image/png").body(Body::from("logo"))
            }
            None => request.body(Body::empty()),
        };
        let answer = self.house.router.clone().oneshot(request.unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        if status < 400 {
            return (status, None);
        }
        let body = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        let kind = problem["type"].as_str().unwrap().trim_start_matches("/docs#problem-").to_owned();
        (status, Some(kind))
    }
}

struct Route {
    id: String,
    method: String,
    path: String,
    door: Door,
    stranger: Stranger,
    body: &'static str,
    owner: u16,
}

/// The document's operations, each with its row.
fn routes(document: &Value) -> Vec<Route> {
    let mut rows: BTreeMap<&str, _> = TABLE.iter().map(|row| (row.0, row)).collect();
    assert_eq!(rows.len(), TABLE.len(), "a row is there twice");
    let mut routes = Vec::new();
    for (path, method, operation) in operations(document) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        let row = rows.remove(id.as_str());
        let &(_, door, stranger, body, owner) =
            row.unwrap_or_else(|| panic!("{method} {path} ({id}) has no row in the table of callers"));
        assert_eq!(described(&operation), undecorated(door), "the document says otherwise of {id}");
        let method = method.to_uppercase();
        routes.push(Route { id, method, path, door, stranger, body, owner });
    }
    assert!(rows.is_empty(), "rows without a route: {:?}", rows.keys());
    routes
}

/// Who may call an operation as the document has it: `None` is anybody, `Some(None)` a session alone.
fn described(operation: &Value) -> Option<Option<String>> {
    let security = operation["security"].as_array().unwrap();
    let key = security.iter().find_map(|one| one.get("api_key"));
    let session = security.iter().any(|one| one.get("session").is_some());
    session.then(|| key.map(|scopes| scopes[0].as_str().unwrap().to_owned()))
}

fn undecorated(door: Door) -> Option<Option<String>> {
    match door {
        Open => None,
        Session | Admin => Some(None),
        Key(scope) => Some(Some(scope.as_str().to_owned())),
    }
}

async fn all_routes() -> Vec<Route> {
    let house = House::new().await;
    routes(&house.get(&Credential::None, "/api/openapi.json").await.json())
}

#[tokio::test]
async fn nobody_passes_only_open_doors() {
    let scene = Scene::new().await;
    for route in all_routes().await {
        let answer = scene.call(&Credential::None, &route).await;
        if route.door == Open {
            assert_eq!(answer.0, route.owner, "{}: {answer:?}", route.id);
        } else {
            assert_eq!(answer, (401, Some("not-signed-in".into())), "{}", route.id);
        }
    }
}

#[tokio::test]
async fn a_forged_or_revoked_credential_is_nobody() {
    let scene = Scene::new().await;
    let all: Vec<&str> = Scope::ALL.into_iter().map(Scope::as_str).collect();
    let (revoked, id) = scene.house.key(&scene.owner, &all).await;
    let path = format!("/api/v1/api-keys/{id}");
    assert_eq!(scene.house.ask(&scene.owner, "DELETE", &path, None).await.status, 200);
    let forged_key = Credential::Key("cs_live_0000000000000000000000000000000000000000000".into());
    let forged_session =
        Credential::Cookie("covershots_session=cs_sess_00000000000000000000000000000".into());
    for who in [&revoked, &forged_key, &forged_session] {
        for route in all_routes().await.iter().filter(|route| route.door != Open) {
            let answer = scene.call(who, route).await;
            assert_eq!(answer, (401, Some("not-signed-in".into())), "{} {who:?}", route.id);
        }
    }
}

#[tokio::test]
async fn a_key_reaches_as_far_as_its_scopes_and_no_further() {
    let scene = Scene::new().await;
    for route in all_routes().await.iter().filter(|route| route.door != Open) {
        let wrong: Vec<&str> =
            Scope::ALL.into_iter().filter(|&scope| route.door != Key(scope)).map(Scope::as_str).collect();
        let (key, id) = scene.house.key(&scene.owner, &wrong).await;
        let expected = if matches!(route.door, Key(_)) { "scope-missing" } else { "session-needed" };
        assert_eq!(scene.call(&key, route).await, (403, Some(expected.into())), "{}", route.id);
        scene.house.ask(&scene.owner, "DELETE", &format!("/api/v1/api-keys/{id}"), None).await;
    }
}

#[tokio::test]
async fn a_key_with_the_scope_and_its_owner_are_let_in() {
    // What deletes comes last, so that the others find what they name; each in a house of its own where it ends the session.
    for route in all_routes().await.iter().filter(|route| !matches!(route.door, Admin | Open)) {
        let scene = Scene::new().await;
        if let Key(scope) = route.door {
            let (key, _) = scene.house.key(&scene.owner, &[scope.as_str()]).await;
            let answer = scene.call(&key, route).await;
            assert_eq!(answer.0, route.owner, "{} by key: {answer:?}", route.id);
        }
        let scene = if route.method == "DELETE" { Scene::new().await } else { scene };
        let answer = scene.call(&scene.owner, route).await;
        assert_eq!(answer.0, route.owner, "{} by its owner: {answer:?}", route.id);
    }
}

#[tokio::test]
async fn another_account_finds_nothing_that_is_not_its_own() {
    let scene = Scene::new().await;
    let routes = all_routes().await;
    // An admin is another account here, too: the role opens the admin's routes and no one's pictures.
    for who in [&scene.other, &scene.admin] {
        for route in routes.iter().filter(|route| route.stranger == NotFound) {
            let answer = scene.call(who, route).await;
            let consent = answer == (403, Some("consent-missing".into())) && route.id == "generate";
            assert!(consent || answer == (404, Some("not-found".into())), "{}: {answer:?}", route.id);
        }
    }
    for route in routes.iter().filter(|route| route.stranger == NotFound && route.method != "DELETE") {
        let answer = scene.call(&scene.owner, route).await;
        assert_eq!(answer.0, route.owner, "{}: nothing was changed by strangers: {answer:?}", route.id);
    }
}

#[tokio::test]
async fn the_admin_s_doors_are_closed_to_members_and_open_to_admins() {
    let scene = Scene::new().await;
    let routes = all_routes().await;
    for route in routes.iter().filter(|route| route.door == Admin) {
        for who in [&scene.owner, &scene.other] {
            assert_eq!(scene.call(who, route).await, (403, Some("admin-needed".into())), "{}", route.id);
        }
    }
    let (last, first): (Vec<_>, Vec<_>) =
        routes.iter().filter(|route| route.door == Admin).partition(|route| route.method == "DELETE");
    for route in first.into_iter().chain(last) {
        let answer = scene.call(&scene.admin, route).await;
        assert_eq!(answer.0, route.owner, "{}: {answer:?}", route.id);
    }
}
