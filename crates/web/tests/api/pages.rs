//! Every page against every kind of caller, and what all of them have in common. A page without a row in this table fails the test.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{ACCEPT, CONTENT_TYPE};

use serde_json::json;

use crate::support::*;

/// Who may see a page or send its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// Anybody.
    Open,
    /// Somebody who is signed in; all others are led to where they can be.
    Signed,
    /// Somebody who is signed in, of what is theirs: others are told that there is nothing.
    Own,
    /// An admin who is signed in.
    Admin,
}

use Door::{Admin, Open, Own, Signed};

/// The table: method, path, who may, the form that is sent, what the owner gets.
const TABLE: &[(&str, &str, Door, &str, u16)] = &[
    ("GET", "/", Open, "", 200),
    ("GET", "/privacy", Open, "", 200),
    ("GET", "/sign-up", Open, "", 303),
    (
        "POST",
        "/sign-up",
        Open,
        "email=newest@example.org&password=four+plain+words+there&policy={policy}",
        303,
    ),
    ("GET", "/consents", Signed, "", 200),
    ("POST", "/consents", Signed, "consent=keep-photos&policy={policy}", 303),
    ("GET", "/sign-in", Open, "", 303),
    ("POST", "/sign-in", Open, "email=owner@example.org&password={password}", 303),
    ("POST", "/sign-out", Open, "", 303),
    ("GET", "/forgotten", Open, "", 200),
    ("GET", "/reset", Open, "", 200),
    ("POST", "/reset", Open, "token=x&password=four+plain+words+there", 404),
    ("GET", "/photos", Signed, "", 200),
    ("POST", "/photos", Signed, "photo", 303),
    ("GET", "/photos/{photo}/small", Own, "", 200),
    ("POST", "/photos/{photo}/delete", Own, "", 303),
    ("POST", "/photos/delete", Signed, "", 303),
    ("GET", "/styles", Open, "", 200),
    ("GET", "/styles/{kind}/{style}", Open, "", 200),
    ("POST", "/styles/{kind}/{style}", Signed, "wish", 303),
    ("GET", "/styles/{kind}/{style}/look", Own, "?photo={photo}", 200),
    ("GET", "/generations", Signed, "", 200),
    ("GET", "/generations/{generation}", Own, "", 200),
    ("POST", "/generations/{generation}/cancel", Own, "", 303),
    ("POST", "/generations/{generation}/more", Own, "count=1", 303),
    ("POST", "/generations/{generation}/delete", Own, "", 303),
    ("GET", "/generations/{generation}/images/{number}", Own, "", 200),
    ("GET", "/generations/{generation}/images/{number}/beside", Own, "", 200),
    ("POST", "/generations/{generation}/images/{number}/favourite", Own, "", 303),
    ("POST", "/generations/{generation}/images/{number}/change", Own, "what=light&to=softer", 303),
    ("POST", "/generations/{generation}/images/{number}/delete", Own, "", 303),
    ("GET", "/generations/{generation}/images/{number}/full", Own, "", 200),
    ("GET", "/gallery", Signed, "", 200),
    ("GET", "/thumbnails", Signed, "", 200),
    (
        "POST",
        "/thumbnails",
        Own,
        "photo={photo}&style={cover}&platform=youtube&title=I+quit+coffee&test=colour",
        303,
    ),
    ("GET", "/thumbnails/look", Own, "?photo={photo}&style={cover}", 200),
    ("GET", "/thumbnails/{generation}", Own, "", 200),
    ("GET", "/brand", Signed, "", 200),
    ("POST", "/brand", Signed, "colours=own&primary=%231f3a5f&accent=%23ffb454&font=anton", 303),
    ("POST", "/brand/logo", Signed, "logo", 303),
    ("POST", "/brand/logo/delete", Signed, "", 303),
    ("GET", "/account", Signed, "", 200),
    ("POST", "/account/name", Signed, "name=Ada", 303),
    ("POST", "/account/email", Signed, "email=elsewhere@example.org&password={password}", 303),
    ("POST", "/account/retention", Signed, "days=7", 303),
    ("GET", "/account/credits", Signed, "", 200),
    ("GET", "/account/security", Signed, "", 200),
    ("POST", "/account/password", Signed, "old={password}&password=four+other+words+now", 303),
    ("POST", "/account/sessions/{session}/end", Own, "", 303),
    ("POST", "/account/sessions/end", Signed, "", 303),
    ("GET", "/account/keys", Signed, "", 200),
    ("POST", "/account/keys", Signed, "name=a+program&scope=photos&days=30", 201),
    ("POST", "/account/keys/{key}/revoke", Own, "", 303),
    ("GET", "/account/webhooks", Signed, "", 200),
    ("POST", "/account/webhooks", Signed, "url=https%3A%2F%2Fhooks.example.org%2Fother", 201),
    ("POST", "/account/webhooks/{endpoint}/delete", Own, "", 303),
    ("POST", "/account/webhooks/{endpoint}/{event}/replay", Own, "", 303),
    ("GET", "/account/data", Signed, "", 200),
    ("POST", "/account/archive", Signed, "", 303),
    ("POST", "/account/delete", Signed, "password={password}", 303),
    ("GET", "/receipts/{erasure}", Open, "", 200),
    ("GET", "/admin", Admin, "", 200),
    ("GET", "/admin/accounts", Admin, "", 200),
    ("GET", "/admin/accounts/{account}", Admin, "", 200),
    ("POST", "/admin/accounts/{account}/grant", Admin, "amount=5&key=once&note=for+patience", 303),
    ("POST", "/admin/accounts/{account}/role", Admin, "role=admin", 303),
    ("POST", "/admin/accounts/{account}/reset", Admin, "", 201),
    ("POST", "/admin/accounts/{account}/delete", Admin, "confirm=owner@example.org", 303),
    ("GET", "/admin/generations", Admin, "", 200),
    ("GET", "/admin/accounts/{account}/generations/{generation}", Admin, "", 200),
    ("GET", "/admin/providers", Admin, "", 200),
    ("GET", "/admin/storage", Admin, "", 200),
    ("GET", "/admin/money", Admin, "", 200),
    ("GET", "/pricing", Open, "", 200),
    // Where nothing is sold and nobody vouches: the pages of both are not there.
    ("GET", "/buy/{offer}", Signed, "", 404),
    ("POST", "/buy/{offer}", Signed, "key=once", 404),
    ("GET", "/credits/paid", Signed, "?visit=x", 404),
    ("POST", "/account/credits/portal", Signed, "", 404),
    ("GET", "/account/credits/receipts/{purchase}", Own, "", 404),
    ("GET", "/outside.js", Open, "", 404),
    ("POST", "/theme", Open, "theme=dark", 303),
];

/// An installation with an owner of one of everything, and another account.
pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) owner: Credential,
    pub(crate) other: Credential,
    admin: Credential,
    pub(crate) names: BTreeMap<&'static str, String>,
}

impl Scene {
    pub(crate) async fn new() -> Scene {
        let house = House::new().await;
        let admin = house.newcomer("admin").await;
        let (owner, other) = (house.person("owner").await, house.person("other").await);
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let endpoint = json!({ "url": "https://hooks.example.org/covershots" });
        let endpoint = house.ask(&owner, "POST", "/api/v1/webhooks/endpoints", Some(endpoint)).await.json();
        let (_, key) = house.key(&owner, &["photos"]).await;
        let sessions = house.get(&owner, "/api/v1/sessions").await.json();
        let gone = house.newcomer("gone").await;
        let password = Some(json!({ "password": PASSWORD }));
        let receipt = house.ask(&gone, "POST", "/api/v1/account/erasure", password).await.json();
        let generation = house.generation(&owner).await;
        let photo = house.photo(&owner).await;
        let version = policy().version;
        let names = BTreeMap::from([
            ("{account}", house.id_of(&owner).await),
            ("{endpoint}", text(&endpoint["endpoint"]["id"])),
            ("{event}", format!("ended-{generation}")),
            ("{key}", key),
            ("{session}", text(&sessions["items"][0]["id"])),
            ("{erasure}", text(&receipt["id"])),
            ("{photo}", photo),
            ("{generation}", generation),
            ("{number}", "1".to_owned()),
            ("{offer}", "small".to_owned()),
            ("{purchase}", "pi_1".to_owned()),
            ("{kind}", "headshot".to_owned()),
            ("{style}", "studio-white".to_owned()),
            ("{cover}", "business".to_owned()),
            ("{policy}", format!("{}+{}", version.version, version.digest)),
            ("{password}", PASSWORD.replace(' ', "+")),
        ]);
        Scene { house, owner, other, admin, names }
    }

    pub(crate) fn filled(&self, text: &str) -> String {
        let filled = self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
        assert!(!filled.contains('{'), "the scene has nothing for {text}");
        filled
    }

    /// Asks as a browser does.
    pub(crate) async fn browse(&self, who: &Credential, method: &str, path: &str, form: &str) -> Answer {
        let query = if form.starts_with('?') { form } else { "" };
        let uri = self.filled(&format!("{path}{query}"));
        let request = shown(Request::builder().method(method).uri(uri), who);
        let request = request.header(ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");
        let request = match form {
            "photo" => request
                .header(CONTENT_TYPE, "multipart/form-data; boundary=x")
                .body(Body::from(file("photo", "me.jpg", "face"))),
            "logo" => request
                .header(CONTENT_TYPE, "multipart/form-data; boundary=x")
                .body(Body::from(file("logo", "mark.png", "logo"))),
            "wish" => request
                .header(CONTENT_TYPE, "multipart/form-data; boundary=x")
                .body(Body::from(fields(&[("photo", &self.names["{photo}"]), ("count", "2")]))),
            _ if method == "GET" => request.body(Body::empty()),
            form => request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(self.filled(form))),
        };
        self.house.send(request.unwrap()).await
    }
}

/// A form of some fields, as one that may bring a file is sent.
fn fields(fields: &[(&str, &str)]) -> String {
    let field = |(name, value): &(&str, &str)| {
        format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    fields.iter().map(field).collect::<String>() + "--x--\r\n"
}

/// A form of one file.
pub(crate) fn file(field: &str, name: &str, bytes: &str) -> String {
    format!(
        "--x\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\ncontent-type: image/jpeg\r\n\r\n{bytes}\r\n--x--\r\n"
    )
}

pub(crate) fn location(answer: &Answer) -> &str {
    answer.headers.get("location").map_or("", |place| place.to_str().unwrap())
}

#[test]
fn every_page_has_a_row() {
    let mut rows: Vec<(&str, &str)> = TABLE.iter().map(|row| (row.0, row.1)).collect();
    let mut pages = web::Web::pages();
    rows.sort_unstable();
    pages.sort_unstable();
    assert_eq!(rows, pages);
}

#[tokio::test]
async fn nobody_is_led_to_where_they_can_sign_in() {
    let scene = Scene::new().await;
    for &(method, path, door, form, _) in TABLE.iter().filter(|row| row.2 != Open) {
        let answer = scene.browse(&Credential::None, method, path, form).await;
        assert_eq!(answer.status, 303, "{method} {path} ({door:?})");
        assert!(location(&answer).starts_with("/sign-in"), "{method} {path}: {}", location(&answer));
    }
    let back = scene.browse(&Credential::None, "GET", "/photos?x=1", "").await;
    assert_eq!(location(&back), "/sign-in?next=%2Fphotos%3Fx%3D1");
}

#[tokio::test]
async fn another_account_finds_nothing_of_the_owner_s() {
    let scene = Scene::new().await;
    for &(method, path, _, form, expected) in TABLE.iter().filter(|row| row.2 == Own) {
        let answer = scene.browse(&scene.other, method, path, form).await;
        assert_eq!(answer.status, 404, "{method} {path}");
        assert!(answer.text().contains("There is nothing here"), "{method} {path}: a page for people");
        if method == "GET" {
            let answer = scene.browse(&scene.owner, method, path, form).await;
            assert_eq!(answer.status, expected, "{method} {path}: nothing was changed by the stranger");
        }
    }
}

#[tokio::test]
async fn a_member_is_told_that_what_is_the_admin_s_is_not_theirs() {
    let scene = Scene::new().await;
    for &(method, path, _, form, _) in TABLE.iter().filter(|row| row.2 == Admin) {
        let answer = scene.browse(&scene.owner, method, path, form).await;
        assert_eq!(answer.status, 403, "{method} {path}");
        assert!(answer.text().contains("Only an admin can do that"), "{method} {path}: a page for people");
    }
}

#[tokio::test]
async fn whoever_may_is_let_in_everywhere() {
    for &(method, path, door, form, expected) in TABLE {
        let scene = Scene::new().await;
        let who = if door == Admin { &scene.admin } else { &scene.owner };
        let answer = scene.browse(who, method, path, form).await;
        assert_eq!(answer.status, expected, "{method} {path}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_page_runs_nothing_and_loads_nothing_from_elsewhere() {
    let scene = Scene::new().await;
    for who in [&Credential::None, &scene.owner, &scene.admin] {
        for &(method, path, ..) in TABLE.iter().filter(|row| row.0 == "GET") {
            let answer = scene.browse(who, method, path, "").await;
            let kind = answer.headers.get(CONTENT_TYPE).map_or("", |kind| kind.to_str().unwrap());
            if !kind.starts_with("text/html") {
                continue;
            }
            let policy = answer.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
            let text = answer.text();
            for inline in
                ["<script>", "<style", " style=", " onclick=", " onload=", "javascript:", "=\"http", "url("]
            {
                assert!(!text.contains(inline), "{path} has {inline}");
            }
            assert!(text.contains("<title>") && text.contains("href=\"#content\""), "{path}");
            assert!(!text.contains("/assets/missing"), "{path} speaks of an asset that is not there");
            for image in text.split("<img ").skip(1) {
                let tag = image.split('>').next().unwrap();
                let whole =
                    tag.contains(" alt=\"") && tag.contains(" width=\"") && tag.contains(" height=\"");
                assert!(whole, "{path}: {tag}");
            }
        }
    }
}

#[tokio::test]
async fn browsers_are_answered_with_pages_and_programs_with_documents() {
    let scene = Scene::new().await;
    let page = scene.browse(&Credential::None, "GET", "/nowhere", "").await;
    assert_eq!(page.status, 404);
    assert!(page.headers[CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    assert!(page.text().contains("There is nothing here"));
    let document = scene.house.get(&Credential::None, "/nowhere").await;
    assert_eq!((document.status.as_u16(), document.problem().as_str()), (404, "no-such-route"));
    let program = scene.house.get(&Credential::None, "/photos").await;
    assert_eq!(program.problem(), "not-signed-in");
}

#[tokio::test]
async fn a_form_that_is_not_good_comes_back_as_it_was_with_the_words_at_the_field() {
    let scene = Scene::new().await;
    let form = "email=owner@example.org&name=Ada+%3CL%3E&password=four+plain+words+there&policy={policy}&consent=keep-photos";
    let answer = scene.browse(&Credential::None, "POST", "/sign-up", form).await;
    let text = answer.text();
    assert_eq!(answer.status, 409);
    assert!(text.contains("id=\"email-wrong\"") && text.contains("aria-invalid=\"true\""), "{text}");
    assert!(
        text.contains("value=\"owner@example.org\"") && text.contains("value=\"Ada &#60;L&#62;\""),
        "{text}"
    );
    assert!(text.contains("value=\"keep-photos\" checked"), "{text}");
    assert!(!text.contains("four plain words"), "a password is not sent back");
    let old = form.replace("{policy}", "2020-01-01+0000").replace("owner@", "newer@");
    let answer = scene.browse(&Credential::None, "POST", "/sign-up", &old).await;
    assert_eq!(answer.status, 409, "nobody agrees to a text that is not in force");
    let in_again = scene
        .browse(
            &Credential::None,
            "POST",
            "/sign-in",
            "email=newer@example.org&password=four+plain+words+there",
        )
        .await;
    assert_eq!(in_again.status, 403, "and no account was made of it");
}

#[tokio::test]
async fn a_session_begins_with_a_tick_a_purpose_and_goes_where_one_wanted() {
    let scene = Scene::new().await;
    let form = "email=ada@example.org&password=four+plain+words+there&policy={policy}&consent=keep-photos&next=%2Fprivacy";
    let answer = scene.browse(&Credential::None, "POST", "/sign-up", form).await;
    assert_eq!((answer.status.as_u16(), location(&answer)), (303, "/privacy"));
    let ada = cookie(&answer);
    let photos = scene.browse(&ada, "GET", "/photos", "").await.text();
    assert!(photos.contains("data-upload"), "photos may come in: {photos}");
    // Taken back by a tick that is not there, and the form is gone.
    scene.browse(&ada, "POST", "/consents", "policy={policy}").await;
    assert!(!scene.browse(&ada, "GET", "/photos", "").await.text().contains("data-upload"));
    let refused = scene.browse(&ada, "POST", "/photos", "photo").await;
    assert!(location(&refused).starts_with("/consents"), "{refused:?}");
    let evil = "email=ada@example.org&password=four+plain+words+there&next=%2F%2Fevil.example";
    assert_eq!(location(&scene.browse(&Credential::None, "POST", "/sign-in", evil).await), "/photos");
}

#[tokio::test]
async fn what_was_just_done_is_told_once() {
    let scene = Scene::new().await;
    let answer = scene.browse(&scene.owner, "POST", "/photos/{photo}/delete", "").await;
    let flash = answer.headers.get("set-cookie").unwrap().to_str().unwrap();
    assert!(flash.starts_with("covershots_flash=photo-deleted;"), "{flash}");
    let Credential::Cookie(session) = &scene.owner else { panic!("a session") };
    let both = Credential::Cookie(format!("{session}; covershots_flash=photo-deleted"));
    let page = scene.browse(&both, "GET", "/photos", "").await;
    assert!(page.text().contains("The photo is deleted."));
    assert!(page.headers["set-cookie"].to_str().unwrap().starts_with("covershots_flash=;"));
}

#[tokio::test]
async fn a_photo_that_comes_by_script_is_answered_with_its_card_or_why_not() {
    let scene = Scene::new().await;
    for (bytes, status, words) in
        [("face", 200, "Great"), ("noface", 422, "Nobody is in the photo"), ("x", 422, "no JPEG")]
    {
        let request = shown(Request::post("/photos"), &scene.owner)
            .header("hx-request", "true")
            .header(ACCEPT, "text/html")
            .header(CONTENT_TYPE, "multipart/form-data; boundary=x");
        let answer =
            scene.house.send(request.body(Body::from(file("photo", "me.jpg", bytes))).unwrap()).await;
        assert_eq!(answer.status, status, "{bytes}: {}", answer.text());
        assert!(
            answer.text().starts_with("<li class=\"photo") && answer.text().contains(words),
            "{}",
            answer.text()
        );
    }
    // Without script the page says of each what became of it.
    let request = shown(Request::post("/photos"), &scene.owner).header(ACCEPT, "text/html");
    let request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=x");
    let answer = scene.house.send(request.body(Body::from(file("photo", "IMG_1.HEIC", "x"))).unwrap()).await;
    assert!(
        answer.text().contains("Most Compatible") && answer.text().contains("<title>"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn assets_are_kept_for_ever_under_the_name_that_a_page_gives_them() {
    let scene = Scene::new().await;
    let page = scene.browse(&Credential::None, "GET", "/", "").await.text();
    let mut seen = 0;
    for address in page.split("\"/assets/").skip(1).filter_map(|rest| rest.split(['"', '#', ' ']).next()) {
        let asset = scene.house.get(&Credential::None, &format!("/assets/{address}")).await;
        assert_eq!(asset.status, 200, "{address}");
        assert!(asset.headers["cache-control"].to_str().unwrap().contains("immutable"), "{address}");
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
    assert_eq!(scene.house.get(&Credential::None, "/assets/../Cargo.toml").await.status, 404);
    assert_eq!(scene.house.get(&Credential::None, "/assets/PROVENANCE.md").await.status, 404);
}

/// A wish as the page sends it.
async fn wish(scene: &Scene, all: &[(&str, &str)]) -> Answer {
    let request =
        shown(Request::post("/styles/headshot/studio-white"), &scene.owner).header(ACCEPT, "text/html");
    let request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=x");
    scene.house.send(request.body(Body::from(fields(all))).unwrap()).await
}

#[tokio::test]
async fn a_wish_says_what_it_costs_and_what_is_wrong_with_it() {
    let scene = Scene::new().await;
    let page = scene.browse(&scene.owner, "GET", "/styles/{kind}/{style}", "").await.text();
    assert!(page.contains("4 credits, of the 98 you have"), "{page}");
    assert!(page.contains("/styles/headshot/studio-white/look?photo="), "a free look at oneself");
    let photo = scene.names["{photo}"].clone();
    let none = wish(&scene, &[("count", "2")]).await;
    assert!(none.status == 422 && none.text().contains("Choose at least one photo."), "{}", none.text());
    let dear =
        wish(&scene, &[("photo", &photo), ("count", "2"), ("background", "colour"), ("colour", "blue")])
            .await;
    assert!(dear.status == 422 && dear.text().contains("value=\"colour\" checked"), "{}", dear.text());
    let same = [
        ("photo", photo.as_str()),
        ("count", "2"),
        ("key", "one-wish"),
        ("background", "colour"),
        ("colour", "#102030"),
    ];
    let (first, second) = (wish(&scene, &same).await, wish(&scene, &same).await);
    assert_eq!(first.status, 303, "{}", first.text());
    assert_eq!(location(&first), location(&second), "sent twice it is one wish");
}

#[tokio::test]
async fn pictures_come_one_by_one_and_what_did_not_work_says_why_and_what_came_back() {
    let scene = Scene::new().await;
    let photo = scene.names["{photo}"].clone();
    let place = location(&wish(&scene, &[("photo", &photo), ("count", "2")]).await).to_owned();
    let waiting = scene.browse(&scene.owner, "GET", &place, "").await.text();
    assert!(waiting.contains("data-running") && waiting.contains("http-equiv=\"refresh\""), "{waiting}");
    assert_eq!(waiting.matches("class=\"tile coming\"").count(), 2);
    let cancelled = scene.browse(&scene.owner, "POST", &format!("{place}/cancel"), "").await;
    assert_eq!(location(&cancelled), place);
    let after = scene.browse(&scene.owner, "GET", &place, "").await.text();
    assert!(after.contains("2 credits came back to you.") && !after.contains("data-running"), "{after}");
    let again = scene.browse(&scene.owner, "POST", &format!("{place}/cancel"), "").await;
    assert_eq!(again.status, 303, "it has ended: the page says how");
    let part = shown(Request::get(place.as_str()), &scene.owner)
        .header("hx-request", "true")
        .header(ACCEPT, "text/html");
    let part = scene.house.send(part.body(Body::empty()).unwrap()).await.text();
    assert!(part.trim_start().starts_with("<section"), "{part}");
}

#[tokio::test]
async fn one_thing_is_changed_for_nothing_and_the_picture_stays_beside_the_new_one() {
    let scene = Scene::new().await;
    let image = "/generations/{generation}/images/1";
    let page = scene.browse(&scene.owner, "GET", image, "").await.text();
    assert!(page.contains("Change one thing") && page.contains("data-compare-handle"), "{page}");
    let before = scene.house.get(&scene.owner, "/api/v1/credits").await.json()["balance"].clone();
    let change = format!("{image}/change");
    let answer = scene.browse(&scene.owner, "POST", &change, "what=frame&to=close").await;
    let place = location(&answer).to_owned();
    assert!(scene.house.app.work_once(8).await.unwrap() > 0);
    let changed = scene.browse(&scene.owner, "GET", &place, "").await.text();
    assert!(changed.contains("Changed from") && changed.contains("Ready"), "{changed}");
    assert_eq!(scene.house.get(&scene.owner, "/api/v1/credits").await.json()["balance"], before);
    assert_eq!(scene.browse(&scene.owner, "GET", image, "").await.status, 200);
    for nonsense in ["what=face&to=younger", "what=light&to=", "what=background&to=blue", "what=title&to=x"] {
        assert_eq!(scene.browse(&scene.owner, "POST", &change, nonsense).await.status, 422, "{nonsense}");
    }
}

#[tokio::test]
async fn what_is_over_says_so_and_the_preview_stays() {
    let scene = Scene::new().await;
    let image = "/generations/{generation}/images/1";
    let page = scene.browse(&scene.owner, "GET", image, "").await.text();
    assert!(page.contains(">in 30 days</time>"), "{page}");
    scene.house.clock.pass(30 * domain::time::DAY);
    let session = "email=owner@example.org&password={password}";
    let owner = cookie(&scene.browse(&Credential::None, "POST", "/sign-in", session).await);
    let page = scene.browse(&owner, "GET", image, "").await.text();
    assert!(page.contains("The full size was deleted") && page.contains("/preview\""), "{page}");
    assert!(!page.contains("data-download") && !page.contains("data-compare-handle"), "{page}");
    let whole = scene.browse(&owner, "GET", "/generations/{generation}", "").await.text();
    assert!(whole.contains("only the preview is left") && !whole.contains("Download all"), "{whole}");
}

#[tokio::test]
async fn styles_are_found_by_any_word_and_an_unknown_one_is_not_there() {
    let scene = Scene::new().await;
    let found = scene.browse(&Credential::None, "GET", "/styles", "?q=LAWYER").await.text();
    assert!(
        found.contains("/styles/headshot/lawyer") && !found.contains("/styles/headshot/seaside"),
        "{found}"
    );
    let none = scene.browse(&Credential::None, "GET", "/styles", "?q=zebra").await.text();
    assert!(none.contains("No style by these words"));
    let thumbnails = scene.browse(&Credential::None, "GET", "/styles", "?kind=thumbnail").await.text();
    assert!(thumbnails.contains("/styles/thumbnail/podcast"));
    assert_eq!(scene.browse(&Credential::None, "GET", "/styles/headshot/none", "").await.status, 404);
    assert_eq!(scene.browse(&Credential::None, "GET", "/styles/hat/studio-white", "").await.status, 404);
}

#[tokio::test]
async fn a_secret_is_shown_once_and_never_again() {
    let scene = Scene::new().await;
    let form = "name=a+robot&scope=photos&scope=images%3Aread";
    let made = scene.browse(&scene.owner, "POST", "/account/keys", form).await.text();
    let secret = made.split("id=\"secret\" class=\"secret\" value=\"").nth(1).unwrap();
    let secret = Credential::Key(secret.split('"').next().unwrap().to_owned());
    assert_eq!(scene.house.get(&secret, "/api/v1/photos").await.status, 200, "it opens what was ticked");
    assert_eq!(scene.house.get(&secret, "/api/v1/credits").await.problem(), "scope-missing");
    let Credential::Key(secret) = secret else { panic!("a key") };
    let later = scene.browse(&scene.owner, "GET", "/account/keys", "").await.text();
    assert!(later.contains("a robot") && !later.contains(&secret), "{later}");
    let none = scene.browse(&scene.owner, "POST", "/account/keys", "name=idle").await;
    assert!(none.status == 422 && none.text().contains("Choose at least one"), "{}", none.text());
    let told = scene.browse(&scene.owner, "POST", "/account/webhooks", "url=http%3A%2F%2F127.0.0.1%2F").await;
    assert!(told.status == 422 && told.text().contains("id=\"url-wrong\""), "{}", told.text());
}

#[tokio::test]
async fn what_can_t_be_undone_asks_for_the_password_and_a_wrong_one_is_told_at_its_field() {
    let scene = Scene::new().await;
    let wrong = scene.browse(&scene.owner, "POST", "/account/delete", "password=wrong").await;
    assert!(wrong.status == 403 && wrong.text().contains("This is not your password."), "{}", wrong.text());
    let form = "old=wrong&password=four+other+words+now";
    let wrong = scene.browse(&scene.owner, "POST", "/account/password", form).await.text();
    assert!(wrong.contains("id=\"old-wrong\"") && !wrong.contains("four other words"), "{wrong}");
    let gone = scene.browse(&scene.owner, "POST", "/account/delete", "password={password}").await;
    assert!(gone.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"), "{gone:?}");
    let receipt = scene.browse(&Credential::None, "GET", location(&gone), "").await.text();
    assert!(receipt.contains("uploads/ in the storage") && receipt.contains("this receipt"), "{receipt}");
    assert!(
        receipt.contains("The account is deleted") && receipt.contains("Results and previews"),
        "{receipt}"
    );
    assert_eq!(
        scene.browse(&scene.owner, "GET", "/account", "").await.status,
        303,
        "nobody is left to sign in"
    );
}

#[tokio::test]
async fn the_ledger_tells_in_words_where_credits_went() {
    let scene = Scene::new().await;
    let page = scene.browse(&scene.owner, "GET", "/account/credits", "").await.text();
    for words in
        ["Given", "to begin with", "Set aside for pictures", "Spent: every picture was made", "+100", "−2"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn an_admin_finds_somebody_gives_credits_once_and_makes_a_link() {
    let scene = Scene::new().await;
    let found = scene.browse(&scene.admin, "GET", "/admin/accounts", "?email=OWNER%40example.org").await;
    let place = location(&found).to_owned();
    assert!(place.ends_with(&scene.names["{account}"]), "{place}");
    let page = scene.browse(&scene.admin, "GET", &place, "").await.text();
    let key =
        page.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap().replace('/', "%2F");
    let form = format!("amount=7&note=&key={key}");
    for _ in 0..2 {
        assert_eq!(scene.browse(&scene.admin, "POST", &format!("{place}/grant"), &form).await.status, 303);
    }
    let balance = scene.house.get(&scene.owner, "/api/v1/credits").await.json()["balance"].clone();
    assert_eq!(balance, 105, "sent twice by a hasty hand it is given once");
    let wrong = scene.browse(&scene.admin, "POST", &format!("{place}/grant"), "amount=lots&key=x").await;
    assert!(wrong.status == 422 && wrong.text().contains("id=\"amount-wrong\""), "{}", wrong.text());
    let made = scene.browse(&scene.admin, "POST", &format!("{place}/reset"), "").await.text();
    let token = made.split("/reset?token=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = format!("token={token}&password=four+other+words+now");
    assert_eq!(scene.browse(&Credential::None, "POST", "/reset", &form).await.status, 303);
    let wrong = scene.browse(&scene.admin, "POST", &format!("{place}/delete"), "confirm=x").await;
    assert_eq!(wrong.status, 422, "nobody is deleted by a slip");
    let last = scene.house.id_of(&scene.admin).await;
    let last =
        scene.browse(&scene.admin, "POST", &format!("/admin/accounts/{last}/role"), "role=member").await;
    assert!(last.status == 409 && last.text().contains("admin"), "{}", last.text());
}

#[tokio::test]
async fn an_admin_sees_how_it_went_and_never_what_was_wished() {
    let scene = Scene::new().await;
    let note = [("photo", scene.names["{photo}"].as_str()), ("count", "1"), ("note", "my secret wish")];
    assert_eq!(wish(&scene, &note).await.status, 303);
    assert!(scene.house.app.work_once(8).await.unwrap() > 0);
    let page = scene.browse(&scene.admin, "GET", "/admin", "").await.text();
    assert!(page.contains("class=\"bar good\"") && page.contains("studio-white"), "{page}");
    for (path, query, words) in [
        ("/admin/generations", "?state=succeeded", "studio-white"),
        ("/admin/providers", "", "easel"),
        ("/admin/storage", "", "until their owner deletes them"),
        ("/admin/accounts/{account}/generations/{generation}", "", "gave pictures"),
    ] {
        let page = scene.browse(&scene.admin, "GET", path, query).await.text();
        assert!(page.contains(words) && !page.contains("my secret wish"), "{path}: {page}");
    }
}

#[tokio::test]
async fn a_picture_that_is_looked_at_is_not_counted_as_fetched() {
    let scene = Scene::new().await;
    let fetched = async || {
        let styles = scene.house.get(&scene.admin, "/api/v1/admin/styles").await.json();
        let all = styles["items"].as_array().unwrap().iter();
        all.filter(|style| style["what"] == "image_fetched")
            .filter_map(|style| style["count"].as_u64())
            .sum::<u64>()
    };
    let page = scene.browse(&scene.owner, "GET", "/generations/{generation}/images/1", "").await.text();
    assert!(page.contains("/images/1/full 819w"), "{page}");
    let full = scene.browse(&scene.owner, "GET", "/generations/{generation}/images/1/full", "").await;
    assert_eq!(
        (full.status.as_u16(), full.headers["content-disposition"].to_str().unwrap()),
        (200, "inline")
    );
    assert_eq!(fetched().await, 0);
    scene
        .browse(&scene.owner, "GET", &format!("/api/v1/images/{}/1/file", scene.names["{generation}"]), "")
        .await;
    assert_eq!(fetched().await, 1);
}
