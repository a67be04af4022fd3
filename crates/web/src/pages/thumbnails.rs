//! Thumbnails: a title, a style and a photo become three covers that differ by one named thing. A free look shows what the first of
//! them comes to before anything is paid.

use app::{GenerateRequest, LookRequest, Shape, StyleEntry, ThumbnailRequest};
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use domain::brand::{BrandColours, BrandKit};
use domain::check::Verdict;
use domain::credit::Credits;
use domain::ids::PhotoId;
use domain::page::PageRequest;
use domain::platform::Platform;
use domain::style::thumbnail::Layout;
use domain::thumbnail::{Difference, ThumbnailChoices};
use domain::{Colour, StyleKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::create::cost;
use super::form::{Mistakes, sentence};
use super::frame::{Frame, Visitor};
use super::photos::Card;
use super::styles::Sample;
use super::thumbnail_set::{Set, latest};
use super::{Form, Routes};
use crate::Problem;
use crate::extract::{RawQuery, Signed};
use crate::reading::serve_small;
use crate::state::Shared;

/// Photos to choose from: the newest.
const PHOTOS: u32 = 24;
/// The words of a look as long as there is no title: a cover without any says little.
const SPECIMEN: &str = "Your *title* here";
/// Fields that show what is wrong with them.
const FIELDS: [&str; 4] = ["photo", "title", "titles", "style"];

pub(crate) fn routes() -> Routes {
    Routes::default().get("/thumbnails", show).post("/thumbnails", make).get("/thumbnails/look", look)
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
pub(super) const TESTS: [(Option<Difference>, &str, &str); 4] = [
    (Some(Difference::FaceSide), "Where you are", "Right, left and middle; all else the same"),
    (Some(Difference::Text), "The words", "Three titles; all else the same"),
    (Some(Difference::Colour), "The colours", "Three palettes; all else the same"),
    (None, "Nothing in particular", "Three takes: the style’s own layouts in turn"),
];

/// A photo to choose.
struct Choice {
    card: Card,
    chosen: bool,
}

/// One thing to choose among others.
pub(super) struct Pick {
    pub(super) value: String,
    pub(super) name: &'static str,
    pub(super) hint: &'static str,
    pub(super) chosen: bool,
}

/// A style to choose.
struct StyleChoice {
    sample: Sample,
    chosen: bool,
}

/// A place that a cover is for.
struct Place {
    platform: &'static Platform,
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
    places: Vec<Place>,
    /// Whether there is something in the brand kit.
    branded: bool,
    use_brand: bool,
    /// The address of a first look.
    look: Option<String>,
    cost: String,
    sets: Vec<Set>,
}

/// The word of a choice as forms send it.
pub(super) fn word<T: Serialize>(choice: &T) -> String {
    serde_json::to_value(choice).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Reads it back; nothing for nothing.
pub(super) fn choice<T: DeserializeOwned>(form: &Form, name: &'static str) -> Result<Option<T>, Problem> {
    let text = form.text(name);
    if text.is_empty() || text == "none" {
        return Ok(None);
    }
    let read = serde_json::from_value(serde_json::Value::String(text.to_owned()));
    read.map(Some).map_err(|_| Problem::invalid(name, "choose one of those that are offered"))
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

async fn page(
    web: &Shared,
    visitor: &Visitor,
    caller: &app::Caller,
    form: Form,
    mistakes: Mistakes,
) -> Result<ThumbnailsPage, Problem> {
    let photos = photos(web, caller, form.text("photo")).await?;
    let styles = styles(web.app.styles(Some(StyleKind::Thumbnail)), form.text("style"));
    let price = styles.first().map_or(Credits::ZERO, |style| style.sample.entry.price);
    let branded = web.app.brand_kit(caller).await? != BrandKit::default();
    // A kit that is there is put to use unless a form that came back says otherwise.
    let use_brand = branded && (form.text("style").is_empty() || form.text("brand") == "on");
    let test = if form.text("test").is_empty() { "face-side" } else { form.text("test") };
    let platform = if form.text("platform").is_empty() { "youtube" } else { form.text("platform") };
    Ok(ThumbnailsPage {
        frame: visitor.frame(web, "Thumbnails", "/thumbnails").await?,
        layouts: LAYOUTS
            .iter()
            .map(|(layout, name, hint)| {
                let value = word(layout);
                Pick { chosen: form.text("layout") == value, value, name, hint }
            })
            .collect(),
        tests: TESTS
            .iter()
            .map(|(difference, name, hint)| {
                let value = difference.map_or("none".to_owned(), |difference| word(&difference));
                Pick { chosen: test == value, value, name, hint }
            })
            .collect(),
        places: Platform::all()
            .iter()
            .filter(|place| place.kind == StyleKind::Thumbnail)
            .map(|place| Place { platform: place, chosen: place.id == platform })
            .collect(),
        look: first_look(&form, &photos, &styles, use_brand),
        cost: cost(visitor, price, ThumbnailChoices::VARIANTS, web.app.credits(caller).await?.balance),
        sets: latest(web, visitor, caller).await?,
        branded,
        use_brand,
        photos,
        styles,
        form,
        mistakes,
    })
}

/// The photos that will do, the best of them chosen unless another is wanted.
async fn photos(web: &Shared, caller: &app::Caller, wanted: &str) -> Result<Vec<Choice>, Problem> {
    let known = web.app.photos(caller, PageRequest::first(PHOTOS)).await?.items;
    let mut usable: Vec<_> = known.iter().filter(|photo| photo.check.verdict != Verdict::Unusable).collect();
    usable.sort_by_key(|photo| std::cmp::Reverse(photo.check.score));
    let wanted = wanted.parse().ok().filter(|wanted| usable.iter().any(|photo| photo.id == *wanted));
    let wanted: Option<PhotoId> = wanted.or(usable.first().map(|photo| photo.id));
    let now = web.app.ports().clock.now();
    let all = usable.into_iter();
    Ok(all.map(|photo| Choice { card: Card::of(photo, now), chosen: Some(photo.id) == wanted }).collect())
}

fn styles(all: Vec<StyleEntry>, wanted: &str) -> Vec<StyleChoice> {
    let place = all.iter().position(|style| style.id.as_str() == wanted).unwrap_or(0);
    let all = all.into_iter().enumerate();
    all.map(|(n, entry)| StyleChoice { sample: Sample::from(entry), chosen: n == place }).collect()
}

/// What a first look needs to know.
fn first_look(form: &Form, photos: &[Choice], styles: &[StyleChoice], brand: bool) -> Option<String> {
    let photo = photos.iter().find(|photo| photo.chosen)?;
    let style = styles.iter().find(|style| style.chosen)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("photo", &photo.card.id.to_string());
    query.append_pair("style", style.sample.entry.id.as_str());
    for name in ["title", "layout", "platform"] {
        if !form.text(name).is_empty() {
            query.append_pair(name, form.text(name));
        }
    }
    if brand {
        query.append_pair("brand", "on");
    }
    Some(format!("/thumbnails/look?{}", query.finish()))
}

/// The place that a form names.
fn platform(form: &Form) -> Result<&'static Platform, Problem> {
    let named = if form.text("platform").is_empty() { "youtube" } else { form.text("platform") };
    Platform::find(StyleKind::Thumbnail, named)
        .map_err(|unknown| Problem::invalid("platform", unknown.to_string()))
}

/// The photo that a form names.
fn photo(form: &Form) -> Result<PhotoId, Problem> {
    form.text("photo").parse().map_err(|_| Problem::invalid("photo", "choose a photo of yourself first"))
}

/// What the form wishes for.
fn wish(form: &Form) -> Result<GenerateRequest, Problem> {
    let text = |name: &str| Some(form.text(name).trim().to_owned()).filter(|text| !text.is_empty());
    let test: Option<Difference> = choice(form, "test")?;
    let titles = match test {
        Some(Difference::Text) => ["title-2", "title-3"].into_iter().filter_map(text).collect(),
        _ => Vec::new(),
    };
    let brand = form.text("brand") == "on";
    let thumbnail = ThumbnailRequest { layout: choice(form, "layout")?, test, titles, brand };
    Ok(GenerateRequest {
        kind: StyleKind::Thumbnail,
        style: form.text("style").to_owned(),
        photos: vec![photo(form)?],
        count: ThumbnailChoices::VARIANTS,
        shape: Shape::Platform(platform(form)?.id.clone()),
        title: text("title"),
        note: None,
        background: None,
        seed: None,
        thumbnail: Some(thumbnail),
        // A form that is sent twice by a hasty hand is one wish.
        idempotency_key: text("key"),
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
        Err(problem) if ["consent-missing", "not-found"].contains(&problem.name()) => Err(problem),
        Err(problem) => {
            let page = page(&web, &visitor, &caller, form, mistakes(&problem)).await?;
            visitor.page_with(&web, problem.status(), &page)
        }
    }
}

/// What is wrong, at a field that can show it or above the whole form.
fn mistakes(problem: &Problem) -> Mistakes {
    match problem.field() {
        Some(field) if !FIELDS.contains(&field) => Mistakes::whole(&sentence(problem.detail())),
        _ => Mistakes::of(problem),
    }
}

/// The first cover of a form as it stands, small, made now and kept nowhere. The brand page shows colours and a font in it that are
/// not kept yet.
async fn look(
    State(web): State<Shared>,
    Signed(caller): Signed,
    RawQuery(form): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let photo =
        form.text("photo").parse().map_err(|_| Problem::new("not-found", "there is no such photo"))?;
    let known = web.app.photo(&caller, photo).await?;
    let kit =
        if form.text("brand") == "on" { web.app.brand_kit(&caller).await? } else { BrandKit::default() };
    let mark = kit.logo.as_ref().map(|logo| logo.digest.to_string()).unwrap_or_default();
    // "style" leaves to the style what the kit has.
    let choices = ThumbnailChoices {
        layout: choice(&form, "layout")?,
        colours: match form.text("colours") {
            "style" => None,
            _ => colours(&form)?.or(kit.colours),
        },
        font: match form.text("font") {
            "style" => None,
            _ => choice(&form, "font")?.or(kit.font),
        },
        logo: kit.logo.is_some(),
        ..ThumbnailChoices::default()
    };
    let title = form.text("title").trim();
    let title = if title.is_empty() { SPECIMEN } else { title };
    let style = form.text("style");
    let aspect = platform(&form)?.aspect();
    let what = format!("{} {style} {aspect} {choices:?} {mark} {title}", known.digest);
    let digest: String = Sha256::digest(what).iter().map(|byte| format!("{byte:02x}")).collect();
    if let Some(unchanged) = serve_small(&headers, &digest, None) {
        return Ok(unchanged);
    }
    let look = LookRequest {
        kind: StyleKind::Thumbnail,
        style: style.to_owned(),
        photo,
        aspect,
        title: Some(title.to_owned()),
        background: None,
        thumbnail: Some(choices),
    };
    let made = web.app.look(&caller, look).await?;
    serve_small(&headers, &digest, Some(made)).ok_or_else(|| Problem::new("internal", "no picture came"))
}

/// The two colours of a form; nothing unless it names both.
pub(super) fn colours(form: &Form) -> Result<Option<BrandColours>, Problem> {
    let colour = |name: &'static str| {
        let text = form.filled(name);
        let read = text.map(str::parse::<Colour>).transpose();
        read.map_err(|error| Problem::invalid(name, error.to_string()))
    };
    let both = colour("primary")?.zip(colour("accent")?);
    Ok(both.map(|(primary, accent)| BrandColours { primary, accent }))
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    #[test]
    fn every_layout_and_every_test_has_words() {
        for layout in Layout::ALL {
            assert!(LAYOUTS.iter().any(|(known, ..)| *known == layout), "{layout:?}");
        }
        for test in Difference::ALL {
            assert!(TESTS.iter().any(|(known, ..)| *known == Some(test)), "{test:?}");
        }
    }

    #[test]
    fn a_form_is_read_as_it_is_sent() {
        let photo = PhotoId::new(Timestamp::EPOCH, [1; 10]);
        let form = |text: &str| {
            Form::parse(format!("photo={photo}&style=podcast&platform=youtube&{text}").as_bytes())
        };
        let wished =
            wish(&form("title=I+quit+coffee&test=text&title-2=Tea&title-3=&brand=on&layout=close-left"));
        let wished = wished.ok().unwrap();
        let thumbnail = wished.thumbnail.unwrap();
        assert_eq!(wished.title.as_deref(), Some("I quit coffee"));
        assert_eq!((thumbnail.test, thumbnail.layout), (Some(Difference::Text), Some(Layout::CloseLeft)));
        assert_eq!((thumbnail.titles, thumbnail.brand), (vec!["Tea".to_owned()], true));
        let plain = wish(&form("test=none&layout=&title-2=ignored")).ok().unwrap();
        assert_eq!(plain.thumbnail, Some(ThumbnailRequest::default()));
        let wrong = |form: &Form| wish(form).err().unwrap().field().map(str::to_owned);
        assert_eq!(wrong(&form("test=magic")).as_deref(), Some("test"));
        assert_eq!(wrong(&Form::parse(b"style=podcast")).as_deref(), Some("photo"));
    }

    #[test]
    fn colours_come_in_pairs() {
        let read = |text: &str| colours(&Form::parse(text.as_bytes()));
        let pair = BrandColours { primary: Colour::new(1, 2, 3), accent: Colour::WHITE };
        assert_eq!(read("primary=%23010203&accent=%23ffffff").ok().unwrap(), Some(pair));
        assert_eq!(read("primary=%23010203").ok().unwrap(), None);
        assert_eq!(read("primary=red&accent=%23ffffff").err().unwrap().field(), Some("primary"));
    }

    #[test]
    fn what_is_wrong_where_no_field_says_it_stands_above_the_form() {
        assert_eq!(mistakes(&Problem::invalid("title", "too long")).field("title"), "Too long.");
        assert_eq!(mistakes(&Problem::invalid("platform", "which one")).whole.as_deref(), Some("Which one."));
    }
}
