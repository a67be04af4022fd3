//! The whole way: from the front page to pictures, a ZIP of them, everything taken along, and a deleted account.

use std::io::{Cursor, Read};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use browser::{Look, Tour, tour};
use imaging::Resizable;
use serde_json::json;

use crate::scene::{Scene, photos};

/// WebDriver's keys.
const ENTER: &str = "\u{e007}";
const RIGHT: &str = "\u{e014}";
const DELETE: &str = "\u{e017}";

#[tokio::test]
async fn from_sign_up_to_a_zip_and_a_deleted_account_at_a_desk() {
    let scene = Scene::new().await;
    scene.browser.look(Look::DESKTOP).await.unwrap();
    let mut tour = comes(&scene).await;
    picture_by_keyboard(&scene, &tour.made[0]).await;
    one_thing_is_changed(&scene, &mut tour).await;
    without_the_photo(&scene, &tour.made[0]).await;
    drops_and_pastes(&scene, &tour).await;
    takes_along_and_leaves(&scene, &tour).await;
}

#[tokio::test]
async fn from_sign_up_to_a_zip_and_a_deleted_account_on_a_phone() {
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("film.mjpeg");
    std::fs::write(&film, frame()).unwrap();
    let scene = Scene::with_camera(&film).await;
    scene.browser.look(Look::PHONE).await.unwrap();
    let tour = comes(&scene).await;
    takes_a_photo_here(&scene, &tour).await;
    takes_along_and_leaves(&scene, &tour).await;
}

/// From the front page to two pictures.
async fn comes(scene: &Scene) -> Tour<'_> {
    let browser = &scene.browser;
    scene.go("/").await;
    browser.click(".hero a.button.first").await.unwrap();
    browser.read("in a minute").await.unwrap();
    let mut tour = Tour::sign_up(browser, &scene.studio).await.unwrap();
    tour.add_photos(&photos(&["astronaut.png", "obama.jpg"])).await.unwrap();
    browser.read("Great").await.unwrap();
    browser.click("[data-go-on] a").await.unwrap();
    browser.fill("[name=q]", "linkedin").await.unwrap();
    browser.press(ENTER).await.unwrap();
    let found =
        "return location.search.includes('q=linkedin') && document.querySelectorAll('.style').length < 9;";
    browser.wait("the styles by that word", found, json!([])).await.unwrap();
    browser.click(".style[href*='linkedin-blue']").await.unwrap();
    tour.look_at_oneself().await.unwrap();
    browser.click("[name=count][value='2']").await.unwrap();
    browser.read("2 credits, of the 20 you have").await.unwrap();
    browser.click("[data-create-button]").await.unwrap();
    tour.arrive().await.unwrap();
    assert_eq!(browser.count(".tile img").await.unwrap(), 2);
    assert_eq!(scene.balance().await, "18");
    tour
}

/// Large, compared with the photo, marked, turned, fetched, deleted: each by a key.
async fn picture_by_keyboard(scene: &Scene, made: &str) {
    let browser = &scene.browser;
    browser.click(".tile a").await.unwrap();
    browser.see("[data-compare].ready").await.unwrap();
    browser.press("f").await.unwrap();
    browser.see("[data-favourite][aria-pressed=true]").await.unwrap();
    browser.script("document.querySelector('[data-compare-handle]').focus();", json!([])).await.unwrap();
    browser.press(RIGHT).await.unwrap();
    let compared = "return document.querySelector('[data-compare]').style.getPropertyValue('--at') !== '0%';";
    browser.wait("the photo beside the picture", compared, json!([])).await.unwrap();
    browser.script("document.activeElement.blur();", json!([])).await.unwrap();
    browser.press("d").await.unwrap();
    assert!(browser.downloaded(".jpg").await.unwrap().starts_with(&[0xff, 0xd8]), "a JPEG is fetched");
    browser.press(RIGHT).await.unwrap();
    browser.read("2 of 2").await.unwrap();
    browser.press(DELETE).await.unwrap();
    browser.accept().await.unwrap();
    browser.read("The picture is deleted").await.unwrap();
    assert_eq!(browser.url().await.unwrap(), scene.studio.at(made));
    assert_eq!(browser.count(".tile img").await.unwrap(), 1);
}

/// Another crop, without a new face and for nothing.
async fn one_thing_is_changed(scene: &Scene, tour: &mut Tour<'_>) {
    let browser = &scene.browser;
    browser.click(".tile a").await.unwrap();
    browser.click("[name=to][value=close]").await.unwrap();
    tour.arrive().await.unwrap();
    browser.read("it cost nothing").await.unwrap();
    assert_eq!(scene.balance().await, "18");
}

/// A picture whose photo was deleted can't be compared with it, and is used as before.
async fn without_the_photo(scene: &Scene, made: &str) {
    let browser = &scene.browser;
    scene.go("/photos").await;
    browser.click(".after-photos .danger").await.unwrap();
    browser.accept().await.unwrap();
    browser.read("All photos are deleted").await.unwrap();
    scene.go(&format!("{made}/images/1")).await;
    browser.see_no("[data-compare-handle]").await.unwrap();
    browser.press("f").await.unwrap();
    browser.see("[data-favourite][aria-pressed=false]").await.unwrap();
}

/// With the camera in the page.
async fn takes_a_photo_here(scene: &Scene, tour: &Tour<'_>) {
    let browser = &scene.browser;
    scene.go("/photos").await;
    browser.click("[data-camera-open]").await.unwrap();
    let plays = "return document.querySelector('[data-camera] video').videoWidth > 0;";
    browser.wait("the camera", plays, json!([])).await.unwrap();
    browser.see("[data-camera] .oval").await.unwrap();
    let before = browser.count(".photo").await.unwrap();
    browser.click("[data-camera-take]").await.unwrap();
    browser.see_no("[data-camera]").await.unwrap();
    tour.looked_at(usize::try_from(before).unwrap() + 1).await.unwrap();
}

/// What a camera sees that somebody sits before: 640 × 480.
fn frame() -> Vec<u8> {
    let photo = std::fs::read(&photos(&["obama.jpg"])[0]).unwrap();
    let photo = imaging::decode(&photo, &imaging::Limits::default()).unwrap();
    let height = photo.width() * 3 / 4;
    imaging::encode::jpeg(&photo.crop(0, 0, photo.width(), height).resized(640, 480), 90).unwrap().bytes
}

/// Files that are let fall on the page, and one from the clipboard.
async fn drops_and_pastes(scene: &Scene, tour: &Tour<'_>) {
    let browser = &scene.browser;
    scene.go("/photos").await;
    let [first, second] = ["astronaut.png", "obama.jpg"]
        .map(|name| STANDARD.encode(std::fs::read(&photos(&[name])[0]).unwrap()));
    let carried = "const bytes = Uint8Array.from(atob(arguments[1]), letter => letter.charCodeAt(0)); \
                   const held = new DataTransfer(); \
                   held.items.add(new File([bytes], 'me', { type: arguments[2] })); \
                   const event = arguments[0] === 'drop' \
                     ? new DragEvent('drop', { dataTransfer: held, bubbles: true, cancelable: true }) \
                     : new ClipboardEvent('paste', { clipboardData: held, bubbles: true }); \
                   document.body.dispatchEvent(event);";
    browser.script(carried, json!(["drop", first, "image/png"])).await.unwrap();
    tour.looked_at(1).await.unwrap();
    browser.script(carried, json!(["paste", second, "image/jpeg"])).await.unwrap();
    tour.looked_at(2).await.unwrap();
}

/// A ZIP of the pictures, a ZIP of everything, and the end.
async fn takes_along_and_leaves(scene: &Scene, tour: &Tour<'_>) {
    let browser = &scene.browser;
    scene.go(&tour.made[0]).await;
    browser.click(".sizes > summary").await.unwrap();
    browser.click(".size-list a[href$='/archive']").await.unwrap();
    let pictures = names(browser.downloaded(".zip").await.unwrap());
    assert!(!pictures.is_empty() && pictures.iter().all(|name| name.ends_with(".jpg")), "{pictures:?}");
    scene.go("/account/data").await;
    browser.click("a[href$='/account/export']").await.unwrap();
    let everything = names(browser.downloaded(".zip").await.unwrap());
    for folder in ["account.json", "images/", "previews/"] {
        assert!(everything.iter().any(|name| name.starts_with(folder)), "{folder}: {everything:?}");
    }
    browser.fill("#password", tour::PASSWORD).await.unwrap();
    browser.click(".leaving button").await.unwrap();
    browser.accept().await.unwrap();
    browser.read("The account is deleted").await.unwrap();
    browser.read("Results and previews").await.unwrap();
    let left = files(&scene.studio.data().join("objects"));
    assert_eq!(left, Vec::<String>::new(), "nothing of the person is left in the storage");
    scene.go("/photos").await;
    browser.read("Welcome back").await.unwrap();
    scene.all_was_well().await;
}

/// The names in an archive, each of whose files can be read whole.
fn names(zip: Vec<u8>) -> Vec<String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut names = Vec::new();
    for place in 0..archive.len() {
        let mut file = archive.by_index(place).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let name = file.name().unwrap().into_owned();
        assert!(!bytes.is_empty(), "{name} is empty");
        names.push(name);
    }
    names
}

/// Every file under a folder.
fn files(folder: &Path) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.display().to_string());
            }
        }
    }
    found
}
