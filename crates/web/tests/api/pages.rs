//! Every page against every kind of caller, and what all of them have in common. A page without a row in this table fails the test.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{ACCEPT, CONTENT_TYPE};

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
    #[allow(dead_code, reason = "the first page for admins uses it")]
    Admin,
}

use Door::{Open, Own, Signed};

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
    ("POST", "/theme", Open, "theme=dark", 303),
];

/// An installation with an owner of one of everything, and another account.
pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) owner: Credential,
    pub(crate) other: Credential,
    pub(crate) names: BTreeMap<&'static str, String>,
}

impl Scene {
    pub(crate) async fn new() -> Scene {
        let house = House::new().await;
        house.newcomer("admin").await;
        let (owner, other) = (house.person("owner").await, house.person("other").await);
        let generation = house.generation(&owner).await;
        let photo = house.photo(&owner).await;
        let version = policy().version;
        let names = BTreeMap::from([
            ("{photo}", photo),
            ("{generation}", generation),
            ("{number}", "1".to_owned()),
            ("{kind}", "headshot".to_owned()),
            ("{style}", "studio-white".to_owned()),
            ("{cover}", "business".to_owned()),
            ("{policy}", format!("{}+{}", version.version, version.digest)),
            ("{password}", PASSWORD.replace(' ', "+")),
        ]);
        Scene { house, owner, other, names }
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
async fn the_owner_is_let_in_everywhere() {
    for &(method, path, _, form, expected) in TABLE {
        let scene = Scene::new().await;
        let answer = scene.browse(&scene.owner, method, path, form).await;
        assert_eq!(answer.status, expected, "{method} {path}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_page_runs_nothing_and_loads_nothing_from_elsewhere() {
    let scene = Scene::new().await;
    for who in [&Credential::None, &scene.owner] {
        for &(method, path, ..) in TABLE.iter().filter(|row| row.0 == "GET") {
            let answer = scene.browse(who, method, path, "").await;
            let kind = answer.headers.get(CONTENT_TYPE).map_or("", |kind| kind.to_str().unwrap());
            if !kind.starts_with("text/html") {
                continue;
            }
            let policy = answer.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
            let text = answer.text();
            for inline in [
                "<script>",
                "<style",
                " style=",
                " onclick=",
                " onload=",
                "javascript:",
                "http://",
                "https://",
            ] {
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
