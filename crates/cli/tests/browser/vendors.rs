//! The studio with vendors that are played: the way through the pages is the same whoever makes the pictures, and what does not come
//! to a picture says why and costs nothing.

use browser::tour::Stop;
use browser::{Look, Tour};
use standins::{Fault, Server, gemini, openai};

use crate::audit::look_at;
use crate::scene::{Scene, photos};

const KEY: &str = "a-key-of-the-test";

/// Both vendors.
struct Vendors {
    gemini: gemini::Gemini,
    openai: openai::OpenAi,
    gemini_server: Server,
    openai_server: Server,
}

impl Vendors {
    async fn new() -> Vendors {
        web::listen::install_crypto_provider();
        let (gemini, openai) = (gemini::Gemini::new(KEY), openai::OpenAi::new(KEY));
        let gemini_server = Server::start(gemini.routes()).await;
        let openai_server = Server::start(openai.routes()).await;
        Vendors { gemini, openai, gemini_server, openai_server }
    }

    async fn scene(&self) -> Scene {
        let (gemini, openai) = (self.gemini_server.url(), self.openai_server.url());
        let configuration = format!(
            "[gemini]\nkey = \"{KEY}\"\nbase_url = \"{gemini}\"\n[openai]\nkey = \"{KEY}\"\nbase_url = \"{openai}\"\n\
             [worker]\nleast_likeness = 0\n"
        );
        let scene = Scene::at("127.0.0.1:0", &configuration).await;
        scene.browser.look(Look::DESKTOP).await.unwrap();
        scene
    }

    /// How many pictures each has been asked for.
    fn asked(&self) -> (usize, usize) {
        (self.gemini.seen().len(), self.openai.seen().len())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_is_the_same_with_gemini_with_gemini_down_and_with_both_down() {
    let vendors = Vendors::new().await;
    let scene = vendors.scene().await;
    let mut tour = Tour::sign_up(&scene.browser, &scene.studio).await.unwrap();
    tour.add_photos(&photos(&["obama.jpg"])).await.unwrap();

    tour.make("headshot/linkedin-blue", 1).await.unwrap();
    assert_eq!(vendors.asked(), (1, 0), "Gemini made it");
    vendors.gemini_server.faults().always(gemini::error(403, "PERMISSION_DENIED", "Suspended.", &[]));
    tour.make("headshot/linkedin-blue", 1).await.unwrap();
    assert_eq!(vendors.asked(), (1, 1), "OpenAI made it");
    vendors.openai_server.faults().always(openai::spent());
    tour.make("headshot/linkedin-blue", 1).await.unwrap();
    assert_eq!(vendors.asked(), (1, 1), "this machine made it");
    assert_eq!(scene.balance().await, "17", "each costs what it costs");

    scene.go("/admin/providers").await;
    scene.browser.read("Gemini").await.unwrap();
    let stops: Vec<_> =
        tour.made.iter().map(|path| Stop { name: "generation", path: path.clone() }).collect();
    assert_eq!(look_at(&scene, stops).await, Vec::<String>::new());
    scene.all_was_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_to_no_picture_says_why_and_costs_nothing() {
    let vendors = Vendors::new().await;
    let scene = vendors.scene().await;
    let browser = &scene.browser;
    let tour = Tour::sign_up(browser, &scene.studio).await.unwrap();
    tour.add_photos(&photos(&["obama.jpg"])).await.unwrap();
    let mut stops = Vec::new();

    // Declined: nobody else is asked.
    vendors.gemini_server.faults().always(gemini::blocked("PROHIBITED_CONTENT"));
    tour.wish("headshot/linkedin-blue", 2).await.unwrap();
    browser.read("declined for its safety rules").await.unwrap();
    browser.read("2 credits came back to you").await.unwrap();
    stops.push(Stop { name: "refused", path: path_of(&scene).await });
    assert_eq!(vendors.asked().1, 0);

    // Cancelled while somebody takes for ever.
    vendors.gemini_server.faults().always(Fault::Hang);
    tour.wish("headshot/linkedin-blue", 1).await.unwrap();
    browser.click("form[action$='/cancel'] button").await.unwrap();
    browser.read("It was cancelled before a picture was made").await.unwrap();
    browser.read("1 credit came back to you").await.unwrap();
    stops.push(Stop { name: "cancelled", path: path_of(&scene).await });

    // Failed: the photo was damaged in the storage.
    vendors.gemini_server.faults().clear();
    damage(&scene.studio.data().join("objects/objects/uploads"));
    tour.wish("headshot/linkedin-blue", 1).await.unwrap();
    browser.read("It costs nothing; upload it again").await.unwrap();
    browser.read("1 credit came back to you").await.unwrap();
    stops.push(Stop { name: "failed", path: path_of(&scene).await });

    scene.go("/generations").await;
    assert_eq!(scene.balance().await, "20");
    stops.push(Stop { name: "results", path: "/generations".to_owned() });
    assert_eq!(look_at(&scene, stops).await, Vec::<String>::new());
    scene.nothing_was_breached().await;
}

async fn path_of(scene: &Scene) -> String {
    scene.browser.url().await.unwrap().trim_start_matches(&scene.studio.at("")).to_owned()
}

/// Writes over every file in a folder.
fn damage(folder: &std::path::Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            damage(&path);
        } else {
            let length = std::fs::metadata(&path).unwrap().len();
            std::fs::write(&path, vec![0; usize::try_from(length).unwrap()]).unwrap();
        }
    }
}
