//! What a model makes is looked at: a cover gets its title here, and a face that is not the person's is asked for once more.

use imaging::provenance::{self, Source};
use imaging::{Limits, Rgb8, decode, encode};
use serde_json::json;
use standins::{Server, gemini, openai};

use crate::house::{House, KEY};

/// A file among the example photos.
fn example(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/photos");
    std::fs::read(folder.join(name)).unwrap()
}

async fn house() -> (House, gemini::Gemini, [Server; 2]) {
    let played = gemini::Gemini::new(KEY);
    let servers =
        [Server::start(played.routes()).await, Server::start(openai::OpenAi::new(KEY).routes()).await];
    let house = House::open(&servers[0], &servers[1]).await;
    house.consent("keep-photos").await;
    house.consent("send-to:gemini").await;
    (house, played, servers)
}

/// Obama at the right of a wide scene.
fn scene() -> Vec<u8> {
    let photo = decode(&example("obama.jpg"), &Limits::default()).unwrap();
    let (w, h) = (photo.width(), photo.height());
    let (wide, high) = (h * 16 / 9, h);
    let scene = Rgb8::from_fn(wide, high, |x, y| {
        if x >= wide - w { photo.get(x - (wide - w), y) } else { [70, (90 + x * 40 / wide) as u8, 120] }
    });
    encode::png(&scene).unwrap().bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cover_s_scene_comes_from_the_model_and_its_title_from_here() {
    let (house, played, _servers) = house().await;
    let photo = house.upload().await;
    let mut made = Vec::new();
    for title in [None, Some("Quantum leaps"), Some("Quantum leeks")] {
        played.show([("image/png", scene())]);
        let wish = json!({
            "kind": "thumbnail", "style": "interview", "photos": [photo], "count": 1, "title": title,
            "aspect": "16:9", "long_side": 1280,
        });
        let ended = house.made(wish).await;
        assert_eq!(ended["state"], "succeeded", "{ended}");
        let id = ended["id"].as_str().unwrap();
        assert_eq!(house.tries(id).await, ["gemini succeeded"]);
        let file = house.file(id, 1, "").await;
        made.push((decode(&file, &Limits::default()).unwrap(), provenance::read(&file)));
    }
    let told: Vec<String> = played.seen().iter().map(|seen| seen.prompt.clone()).collect();
    assert!(told.iter().all(|prompt| !prompt.contains("Quantum")), "nobody else is told what to spell");
    assert!(told[1].contains("the title is not yours to write"));
    assert_eq!(made[0].1, Some(Source::TrainedAlgorithmicMedia));
    assert_eq!(made[1].1, Some(Source::CompositeWithTrainedAlgorithmicMedia));

    let (bare, titled, other) = (&made[0].0, &made[1].0, &made[2].0);
    let differ = |a: &Rgb8, b: &Rgb8, within: imaging::Rect| {
        let (left, right) = (within.x as usize, within.right() as usize);
        let (top, bottom) = (within.y as usize, within.bottom() as usize);
        let places = (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
        places.filter(|&(x, y)| a.get(x, y).iter().zip(b.get(x, y)).any(|(a, b)| a.abs_diff(b) > 40)).count()
    };
    let whole = imaging::Rect::new(0.0, 0.0, bare.width() as f32, bare.height() as f32);
    let face = engine::Engine::default().faces_in(bare).unwrap().remove(0).bounds;
    assert!(differ(bare, titled, whole) > bare.width() * bare.height() / 100, "the title is there");
    assert_eq!(differ(bare, titled, face), 0, "the face is untouched");
    assert!(differ(titled, other, whole) > 100, "each letter is the one that was asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_face_that_is_not_the_person_s_is_asked_for_once_more() {
    let (house, played, _servers) = house().await;
    let photo = house.upload().await;
    let headshot = async || {
        let wish = json!({ "kind": "headshot", "style": "corporate", "photos": [photo], "count": 1, "long_side": 640 });
        let ended = house.made(wish).await;
        assert_eq!(ended["state"], "succeeded", "{ended}");
        let tries = house.tries(ended["id"].as_str().unwrap()).await;
        (ended["images"][0]["likeness"].as_f64().unwrap(), tries.len())
    };
    played.show([("image/jpeg", example("biden.jpg")), ("image/jpeg", example("obama.jpg"))]);
    let (likeness, tries) = headshot().await;
    assert!(likeness > 0.7 && tries == 2, "the second one is the person: {likeness}, {tries}");
    played.show([("image/png", example("astronaut.png")), ("image/jpeg", example("biden.jpg"))]);
    let (likeness, tries) = headshot().await;
    assert!(likeness < 0.5 && tries == 2, "neither is, and the better one is kept: {likeness}, {tries}");
    played.show([("image/jpeg", example("obama.jpg"))]);
    let (likeness, tries) = headshot().await;
    assert!(likeness > 0.7 && tries == 1, "{likeness}, {tries}");
}
