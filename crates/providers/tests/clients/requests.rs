//! What is sent is taken by a stand-in that is as strict as the vendor, whatever was asked for; and what comes back is what was asked
//! for, marked as what it is.

use domain::ports::provider::{Background, Picture, Provider, Request};
use domain::style::StyleKind;
use domain::{AspectRatio, Colour, MediaType};
use imaging::provenance::{self, Source};
use imaging::{Limits, decode, decode::probe};

use crate::support::*;

/// A wish of every kind.
fn wishes() -> Vec<Request> {
    let mut wishes = Vec::new();
    for aspect in AspectRatio::ALL {
        for long_side in [256, 1024] {
            let mut wish = headshot();
            (wish.options.aspect, wish.options.long_side) = (aspect, long_side);
            wishes.push(wish);
        }
    }
    let mut large = headshot();
    large.options.long_side = 4096;
    let mut noted = headshot();
    noted.options.note = Some("no tie, \"please\"\r\n--boundary <b>é 🙂</b>".into());
    let mut coloured = headshot();
    coloured.options.background = Some(Background::Colour(Colour::new(1, 2, 3)));
    let mut placed = headshot();
    placed.options.background = Some(Background::Picture(photo()));
    let mut cover = request(StyleKind::Thumbnail, "interview");
    cover.options.aspect = AspectRatio::Wide;
    cover.options.title = Some("Quantum leaps".into());
    wishes.extend([large, noted, coloured, placed, cover]);
    wishes
}

fn is_as_asked(made: &[Picture], wish: &Request) {
    assert_eq!(made.len(), 1);
    let file = made[0].bytes();
    assert_eq!(made[0].media_type, MediaType::Jpeg);
    let read = decode(file, &Limits::default()).unwrap();
    assert_eq!(read.size(), wish.options.aspect.size(wish.options.long_side));
    assert_eq!(provenance::read(file), Some(Source::TrainedAlgorithmicMedia));
}

/// No photo leaves with more than its pixels, or with more of these than are of use.
fn are_bare(pictures: &[Vec<u8>]) {
    for file in pictures {
        let size = probe(file, &Limits::default()).unwrap().size;
        assert!(size.width.max(size.height) <= 1536);
        let has = |word: &[u8]| file.windows(word.len()).any(|part| part == word);
        assert!(!has(b"Exif") && !has(b"ICC_PROFILE") && !has(b"http://ns.adobe.com"));
    }
}

#[tokio::test]
async fn gemini_takes_every_wish_and_gives_what_was_asked_for() {
    let (_server, standin, client) = gemini().await;
    let wishes = wishes();
    for wish in &wishes {
        let answer = make(&client, wish).await.unwrap();
        is_as_asked(&answer.pictures, wish);
        assert!(answer.cost.micro_dollars > 60_000 && answer.made_by.reference.is_some());
        assert_eq!(answer.made_by.model, "gemini-3.1-flash-image");
    }
    for (seen, wish) in standin.seen().iter().zip(&wishes) {
        assert_eq!(
            Some(&seen.prompt),
            client.prompt(wish).as_ref(),
            "what is sent is what is told for the record"
        );
        let own = usize::from(matches!(wish.options.background, Some(Background::Picture(_))));
        assert_eq!(seen.pictures.len(), 2 + own);
        are_bare(&seen.pictures);
        assert_eq!(seen.aspect.as_deref(), Some(wish.options.aspect.to_string().as_str()));
    }
}

#[tokio::test]
async fn openai_takes_every_wish_and_gives_what_was_asked_for() {
    let (_server, standin, client) = openai().await;
    let wishes = wishes();
    for wish in &wishes {
        let answer = make(&client, wish).await.unwrap();
        is_as_asked(&answer.pictures, wish);
        assert!(answer.cost.micro_dollars > 47_000);
        assert!(answer.made_by.reference.unwrap().starts_with("req_standin"));
    }
    for (seen, wish) in standin.seen().iter().zip(&wishes) {
        assert_eq!(seen.field("prompt").map(str::to_owned), client.prompt(wish));
        let own = usize::from(matches!(wish.options.background, Some(Background::Picture(_))));
        assert_eq!(seen.pictures.len(), 2 + own);
        are_bare(&seen.pictures);
        assert_eq!(seen.field("input_fidelity"), None, "a word that this model refuses");
    }
}

#[tokio::test]
async fn each_model_is_asked_in_words_that_it_takes() {
    for model in [
        "gpt-image-1.5",
        "gpt-image-1-mini",
        "gpt-image-2",
        "gpt-image-2.6-flare",
        "chatgpt-image-latest",
        "gpt-image-2.5-flare-2026-09-08",
    ] {
        let (_server, standin, client) = openai_with(|settings| settings.model = model.into()).await;
        for aspect in [AspectRatio::Wide, AspectRatio::Portrait2x3] {
            let mut wish = headshot();
            wish.options.aspect = aspect;
            is_as_asked(&make(&client, &wish).await.unwrap().pictures, &wish);
        }
        let fidelity = (model == "gpt-image-1.5").then_some("high");
        assert_eq!(standin.seen()[0].field("input_fidelity"), fidelity, "{model}");
    }
    for model in ["gemini-3-pro-image", "gemini-2.5-flash-image", "gemini-3.1-flash-lite-image"] {
        let (_server, _standin, client) = gemini_with(|settings| settings.model = model.into()).await;
        is_as_asked(&make(&client, &headshot()).await.unwrap().pictures, &headshot());
        assert_eq!(client.model(), model);
    }
}

#[tokio::test]
async fn more_photos_than_a_model_looks_at_stay_at_home() {
    let mut wish = headshot();
    wish.photos = vec![photo(); 9];
    let (_server, standin, client) = gemini().await;
    wish.photos.truncate(client.capabilities().max_photos);
    make(&client, &wish).await.unwrap();
    assert_eq!(standin.seen()[0].pictures.len(), 4);
    let (_server, standin, client) = openai().await;
    wish.photos = vec![photo(); 9];
    make(&client, &wish).await.unwrap();
    assert_eq!(standin.seen()[0].pictures.len(), 4);
}

#[tokio::test]
async fn a_check_costs_nothing_and_says_what_is_wrong() {
    let (server, _, client) = gemini().await;
    client.check().await.unwrap();
    let (other, _, wrong) =
        gemini_with(|settings| settings.key = domain::secret::Secret::new("another")).await;
    assert!(wrong.check().await.unwrap_err().to_string().contains("the operator's account"));
    assert!(server.asked().iter().chain(&other.asked()).all(|asked| asked.method == "GET"));
    let (server, _, client) = openai().await;
    client.check().await.unwrap();
    let (_other, _, wrong) =
        openai_with(|settings| settings.key = domain::secret::Secret::new("another")).await;
    assert!(wrong.check().await.unwrap_err().to_string().contains("invalid_api_key"));
    assert!(server.asked().iter().all(|asked| asked.method == "GET"));
}
