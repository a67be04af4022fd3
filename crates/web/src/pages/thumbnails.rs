//! Thumbnails: a title, a style and a photo become three covers that differ by one named thing, shown side by side at the size at which
//! a viewer sees them.

use app::{GenerateRequest, Shape, StyleEntry, ThumbnailRequest};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::brand::BrandKit;
use domain::check::Verdict;
use domain::generation::State as GenerationState;
use domain::ids::{GenerationId, PhotoId};
use domain::page::PageRequest;
use domain::platform::Platform;
use domain::ports::database::WithImages;
use domain::style::thumbnail::Layout;
use domain::thumbnail::{Difference, ThumbnailChoices};
use domain::time::Timestamp;
use domain::StyleKind;
use serde::de::DeserializeOwned;

use super::form::{Mistakes, sentence};
use super::frame::{Frame, Visitor, part};
use super::front::credits;
use super::locale::When;
use super::{Form, Routes};
use crate::Problem;
use crate::extract::{Path, RawQuery, Signed};
use crate::state::Shared;

/// Photos to choose from: the newest.
const PHOTOS: u32 = 12;
/// Generations that are looked through for earlier thumbnails.
const LOOKED_AT: u32 = 40;
/// Earlier sets that are shown.
const SETS: usize = 4;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/thumbnails", show)
        .post("/thumbnails", make)
        .get("/thumbnails/{generation}", show_set)
}

/// A photo to choose.
struct Choice {
    id: PhotoId,
    chosen: bool,
    word: &'static str,
}

/// One thing to choose among others.
struct Pick {
    value: String,
    name: &'static str,
    hint: &'static str,
    chosen: bool,
}

/// A style to choose.
struct StyleChoice {
    entry: StyleEntry,
    picture: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "pages/thumbnails.html")]
struct ThumbnailsPage {
    frame: Frame,
    form: Form,
    mistakes: Mistakes,
    photos: Vec<Choice>,
    styles: Vec<StyleChoice>,
    layouts: Vec<Pick>,
    tests: Vec<Pick>,
    platforms: Vec<(String, String, bool)>,
    /// Whether there is something in the brand kit.
    branded: bool,
    use_brand: bool,
    price: String,
    balance: String,
    sets: Vec<Set>,
}

/// Where everything stands, in words.
const LAYOUTS: [(Layout, &str, &str); 6] = [
    (Layout::PersonRight, "Right", "You at the right, words beside you"),
    (Layout::PersonLeft, "Left", "You at the left, words beside you"),
    (Layout::TitleBelow, "Below", "You in the middle, words over the chest"),
    (Layout::TitleAbove, "Above", "Words along the top, you beneath"),
    (Layout::CloseRight, "Close right", "Your face large at the right"),
    (Layout::CloseLeft, "Close left", "Your face large at the left"),
];

/// By what three covers may differ, in words.
const TESTS: [(Option<Difference>, &str, &str); 4] = [
    (Some(Difference::FaceSide), "Where you are", "Right, left and middle; all else the same"),
    (Some(Difference::Text), "The words", "Three titles; all else the same"),
    (Some(Difference::Colour), "The colours", "Three palettes; all else the same"),
    (None, "Nothing in particular", "Three takes: the style's own layouts in turn"),
];

/// The word of a choice as forms send it.
fn word<T: serde::Serialize>(choice: &T) -> String {
    serde_json::to_value(choice).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Reads it back; nothing for nothing.
fn choice<T: DeserializeOwned>(form: &Form, name: &'static str) -> Result<Option<T>, Problem> {
    let text = form.text(name);
    if text.is_empty() || text == "none" {
        return Ok(None);
    }
    let value = serde_json::Value::String(text.to_owned());
    let read = serde_json::from_value(value).map_err(|_| Problem::invalid(name, "choose one of those that are shown"));
    read.map(Some)
}

async fn page(
    web: &Shared,
    visitor: &Visitor,
    caller: &app::Caller,
    form: Form,
    mistakes: Mistakes,
) -> Result<ThumbnailsPage, Problem> {
    let now = web.app.ports().clock.now();
    let photos = web.app.photos(caller, PageRequest::first(PHOTOS)).await?.items;
    let usable: Vec<_> = photos.iter().filter(|photo| photo.check.verdict != Verdict::Unusable).collect();
    let wanted = form.text("photo").parse().ok().filter(|wanted| usable.iter().any(|photo| photo.id == *wanted));
    let wanted = wanted.or(usable.first().map(|photo| photo.id));
    let styles = web.app.styles(Some(StyleKind::Thumbnail));
    let style = styles.iter().find(|style| style.id.as_str() == form.text("style")).or(styles.first());
    let style = style.map(|style| style.id.clone());
    let price = styles.first().map_or(domain::credit::Credits::ZERO, |style| style.price);
    let kit = web.app.brand_kit(caller).await?;
    let known = web.app.generations(caller, PageRequest::first(LOOKED_AT)).await?.items;
    let is_ours = |known: &&WithImages| styles.iter().any(|style| style.id == known.generation.style);
    let sets = known.iter().filter(is_ours).filter(|known| !known.images.is_empty()).take(SETS);
    let platform = if form.text("platform").is_empty() { "youtube" } else { form.text("platform") };
    let test = if form.text("test").is_empty() { "face-side" } else { form.text("test") };
    Ok(ThumbnailsPage {
        frame: visitor.frame(web, "Thumbnails", "/thumbnails").await?,
        photos: usable
            .iter()
            .map(|photo| Choice {
                id: photo.id,
                chosen: Some(photo.id) == wanted,
                word: if photo.check.verdict == Verdict::Good { "great" } else { "good enough" },
            })
            .collect(),
        layouts: LAYOUTS
            .iter()
            .map(|(layout, name, hint)| {
                let value = word(layout);
                Pick { chosen: form.text("layout") == value, value, name, hint }
            })
            .collect(),
        tests: TESTS
            .iter()
            .map(|(test_of, name, hint)| {
                let value = test_of.map_or("none".to_owned(), |test| word(&test));
                Pick { chosen: test == value, value, name, hint }
            })
            .collect(),
        platforms: Platform::all()
            .iter()
            .filter(|place| place.kind == StyleKind::Thumbnail)
            .map(|place| (place.id.clone(), place.name.clone(), place.id == platform))
            .collect(),
        branded: kit != BrandKit::default(),
        use_brand: form.text("title").is_empty() || form.text("brand") == "on",
        price: credits(visitor, price.times(u32::from(ThumbnailChoices::VARIANTS)).unwrap_or(price)),
        balance: credits(visitor, web.app.credits(caller).await?.balance),
        sets: sets.map(|known| Set::of(known, visitor, now)).collect(),
        styles: styles
            .into_iter()
            .map(|entry| StyleChoice {
                picture: crate::assets::url(&format!("pictures/styles/thumbnail/{}-320.webp", entry.id)),
                chosen: Some(&entry.id) == style.as_ref(),
                entry,
            })
            .collect(),
        form,
        mistakes,
    })
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    RawQuery(form): RawQuery,
) -> Result<Response, Problem> {
    let page = page(&web, &visitor, &caller, form, Mistakes::default()).await?;
    visitor.page(&web, &page)
}

/// What the form wishes for.
fn wish(form: &Form) -> Result<GenerateRequest, Problem> {
    let photo: PhotoId =
        form.text("photo").parse().map_err(|_| Problem::invalid("photo", "choose a photo of yourself first"))?;
    let text = |name: &str| Some(form.text(name).trim().to_owned()).filter(|text| !text.is_empty());
    let test: Option<Difference> = choice(form, "test")?;
    let titles = if test == Some(Difference::Text) {
        ["title-2", "title-3"].into_iter().filter_map(text).collect()
    } else {
        Vec::new()
    };
    let thumbnail =
        ThumbnailRequest { layout: choice(form, "layout")?, test, titles, brand: form.text("brand") == "on" };
    Ok(GenerateRequest {
        kind: StyleKind::Thumbnail,
        style: form.text("style").to_owned(),
        photos: vec![photo],
        count: ThumbnailChoices::VARIANTS,
        shape: Shape::Platform(form.text("platform").to_owned()),
        title: text("title"),
        note: None,
        background: None,
        seed: None,
        thumbnail: Some(thumbnail),
        idempotency_key: None,
    })
}

async fn make(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    form: Form,
) -> Result<Response, Problem> {
    let started = match wish(&form) {
        Ok(wish) => web.app.generate(&caller, wish).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match started {
        Ok(started) => Ok(Redirect::to(&format!("/thumbnails/{}", started.generation.id)).into_response()),
        Err(problem) if problem.name() == "consent-missing" => Err(problem),
        Err(problem) => {
            let page = page(&web, &visitor, &caller, form, Mistakes::of(&problem)).await?;
            visitor.page_with(&web, problem.status(), &page)
        }
    }
}

/// A generation of thumbnails.
struct Set {
    id: GenerationId,
    title: String,
    style: String,
    /// What its pictures differ by.
    differ: &'static str,
    made: When,
    /// Whether more is to come.
    waits: bool,
    progress: u8,
    /// Why there is nothing, and what became of the credits.
    trouble: Option<String>,
    covers: Vec<Cover>,
    width: u32,
    height: u32,
    platform: Option<&'static str>,
}

/// One of its pictures.
struct Cover {
    number: u8,
    /// What it is among the others: "You at the right".
    name: String,
    /// Whether the full resolution is still there.
    full: bool,
}

impl Set {
    fn of(known: &WithImages, visitor: &Visitor, now: Timestamp) -> Self {
        let generation = &known.generation;
        let nothing = ThumbnailChoices::default();
        let choices = generation.options.thumbnail.as_ref().unwrap_or(&nothing);
        let size = generation.options.aspect.size(generation.options.long_side);
        let trouble = match generation.state {
            GenerationState::Refused | GenerationState::Failed => {
                let reason = generation.reason.as_deref().unwrap_or("It did not work");
                Some(format!("{} The credits came back.", sentence(reason)))
            }
            GenerationState::Cancelled => Some("Cancelled. What was not made came back as credits.".to_owned()),
            _ => None,
        };
        let platform = Platform::all().iter().find(|place| place.kind == StyleKind::Thumbnail && place.size() == size);
        Set {
            id: generation.id,
            title: generation.options.title.clone().unwrap_or_else(|| "Without words".to_owned()),
            style: generation.style.to_string(),
            differ: TESTS.iter().find(|(test, ..)| *test == choices.test).map_or("", |(_, name, _)| name),
            made: When::on(visitor.locale, generation.created_at),
            waits: !generation.state.is_ended(),
            progress: generation.progress,
            trouble,
            covers: known
                .images
                .iter()
                .map(|image| Cover {
                    number: image.id.number,
                    name: name(choices, image.id.number),
                    full: image.is_served(now),
                })
                .collect(),
            width: size.width,
            height: size.height,
            platform: platform.map(|place| place.id.as_str()),
        }
    }
}

/// What a picture is among those of its set, in words.
fn name(choices: &ThumbnailChoices, number: u8) -> String {
    match choices.variant(number) {
        Some("face-right") => "You at the right".to_owned(),
        Some("face-left") => "You at the left".to_owned(),
        Some("face-middle") => "You in the middle".to_owned(),
        Some(variant) if variant.starts_with("text") => format!("Words {number}"),
        Some(variant) if variant.starts_with("colour") => format!("Colours {number}"),
        _ => format!("Take {number}"),
    }
}

#[derive(Template)]
#[template(path = "pages/thumbnail_set.html")]
struct SetPage {
    frame: Frame,
    set: Set,
}

#[derive(Template)]
#[template(path = "parts/thumbnail_set.html")]
struct SetPart {
    set: Set,
}

async fn show_set(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path(generation): Path<GenerationId>,
) -> Result<Response, Problem> {
    let known = web.app.generation(&caller, generation).await?;
    let set = Set::of(&known, &visitor, web.app.ports().clock.now());
    if visitor.partial {
        return part(&SetPart { set });
    }
    let frame = visitor.frame(&web, &set.title, "/thumbnails").await?;
    visitor.page(&web, &SetPage { frame, set })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_and_every_test_has_words() {
        for layout in Layout::ALL {
            assert!(LAYOUTS.iter().any(|(known, ..)| *known == layout), "{layout:?}");
        }
        for test in Difference::ALL {
            assert!(TESTS.iter().any(|(known, ..)| *known == Some(test)), "{test:?}");
            let choices = ThumbnailChoices { test: Some(test), ..Default::default() };
            assert!(!name(&choices, 1).starts_with("Take"));
        }
        assert_eq!(name(&ThumbnailChoices::default(), 2), "Take 2");
    }

    #[test]
    fn a_form_is_read_as_it_is_sent() {
        let photo = PhotoId::new(Timestamp::EPOCH, [1; 10]);
        let form = |text: &str| Form::parse(format!("photo={photo}&style=podcast&platform=youtube&{text}").as_bytes());
        let wished = wish(&form("title=I+quit+coffee&test=text&title-2=Tea&title-3=&brand=on&layout=close-left")).unwrap();
        let thumbnail = wished.thumbnail.unwrap();
        assert_eq!(wished.title.as_deref(), Some("I quit coffee"));
        assert_eq!((thumbnail.test, thumbnail.layout), (Some(Difference::Text), Some(Layout::CloseLeft)));
        assert_eq!((thumbnail.titles, thumbnail.brand), (vec!["Tea".to_owned()], true));
        let plain = wish(&form("test=none&layout=&title-2=ignored")).unwrap();
        assert_eq!(plain.thumbnail, Some(ThumbnailRequest::default()));
        assert_eq!(wish(&form("test=magic")).unwrap_err().field(), Some("test"));
        assert_eq!(wish(&Form::parse(b"style=podcast")).unwrap_err().field(), Some("photo"));
    }
}
