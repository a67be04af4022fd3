//! One style: a large example, and for whoever is signed in the wish itself, with a free look at themselves in it and what it costs
//! before the button.

use app::{GenerateRequest, LookRequest, NewUpload, Shape, StyleEntry, UploadPurpose};
use askama::Template;
use axum::RequestExt;
use axum::extract::multipart::Multipart;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use domain::aspect::AspectRatioError;
use domain::check::Verdict;
use domain::credit::Credits;
use domain::generation::OwnBackground;
use domain::ids::PhotoId;
use domain::page::PageRequest;
use domain::platform::Platform;
use domain::{AspectRatio, Colour, StyleKind};
use sha2::{Digest, Sha256};

use super::Routes;
use super::form::{Form, Mistakes};
use super::frame::{Frame, Visitor};
use super::front::credits;
use super::photos::Card;
use super::styles::{Picture, kind_of};
use crate::Problem;
use crate::api::upload::unhurried;
use crate::extract::{Path, RawQuery, Signed};
use crate::reading::serve_small;
use crate::state::{Shared, turn};

/// How many pictures are offered.
const COUNTS: [u8; 4] = [1, 2, 4, 8];
/// Photos to choose among.
const SHOWN: u32 = 48;
/// The longer side of a picture that goes nowhere in particular.
const LONG_SIDE: u32 = 1600;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/styles/{kind}/{style}", show)
        .post("/styles/{kind}/{style}", create)
        .get("/styles/{kind}/{style}/look", look)
}

#[derive(Template)]
#[template(path = "pages/create.html")]
struct CreatePage {
    frame: Frame,
    form: Form,
    mistakes: Mistakes,
    entry: StyleEntry,
    picture: Picture,
    /// The person's photos; `None` when nobody is signed in.
    photos: Option<Vec<Choice>>,
    counts: Vec<Count>,
    shapes: Vec<Offer>,
    places: Vec<Offer>,
    look: Option<String>,
    price: u32,
    balance: u32,
    /// What it costs, in words.
    cost: String,
    here: String,
}

/// A photo to choose.
struct Choice {
    card: Card,
    chosen: bool,
}

/// A number of pictures to choose, with what it costs.
struct Count {
    number: u8,
    chosen: bool,
}

/// A shape or a place to choose.
struct Offer {
    value: String,
    name: String,
    chosen: bool,
}

/// The style that a path names.
fn style(web: &Shared, kind: &str, style: &str) -> Result<StyleEntry, Problem> {
    let kind = kind_of(kind).ok_or_else(|| Problem::new("not-found", "there is no such product"))?;
    web.app.style(kind, style).map_err(|unknown| Problem::new("not-found", unknown.to_string()))
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Path((kind, id)): Path<(String, String)>,
    RawQuery(form): RawQuery,
) -> Result<Response, Problem> {
    let entry = style(&web, &kind, &id)?;
    let page = page(&web, &visitor, entry, form, Mistakes::default()).await?;
    visitor.page(&web, &page)
}

async fn page(
    web: &Shared,
    visitor: &Visitor,
    entry: StyleEntry,
    form: Form,
    mistakes: Mistakes,
) -> Result<CreatePage, Problem> {
    let here = format!("/styles/{}/{}", entry.kind, entry.id);
    let mut balance = Credits::ZERO;
    let mut photos = None;
    if let Some(caller) = &visitor.caller {
        balance = web.app.credits(caller).await?.balance;
        let known = web.app.photos(caller, PageRequest::first(SHOWN)).await?.items;
        let now = web.app.ports().clock.now();
        let usable = known.iter().filter(|photo| photo.check.verdict != Verdict::Unusable);
        let asked: Vec<&str> = form.all("photo").collect();
        let choice = |(place, photo): (usize, &domain::photo::Photo)| {
            let named = asked.contains(&photo.id.to_string().as_str());
            Choice { card: Card::of(photo, now), chosen: named || asked.is_empty() && place == 0 }
        };
        let mut best: Vec<_> = usable.collect();
        best.sort_by_key(|photo| std::cmp::Reverse(photo.check.score));
        photos = Some(best.into_iter().enumerate().map(choice).collect::<Vec<_>>());
    }
    let chosen = photos.iter().flatten().find(|choice| choice.chosen);
    let look = chosen.map(|choice| format!("{here}/look?{}", look_query(&form, choice.card.id)));
    let count = form.text("count").parse().unwrap_or(4);
    Ok(CreatePage {
        frame: visitor.frame(web, &entry.name, "/styles").await?,
        picture: Picture::of(&entry),
        counts: COUNTS.map(|number| Count { number, chosen: number == count }).into(),
        shapes: shapes(entry.kind, form.text("shape")),
        places: places(entry.kind, form.text("shape")),
        look,
        price: entry.price.get(),
        balance: balance.get(),
        cost: cost(visitor, entry.price, count, balance),
        here,
        photos,
        form,
        mistakes,
        entry,
    })
}

/// What so many pictures cost, in words.
pub(super) fn cost(visitor: &Visitor, price: Credits, count: u8, balance: Credits) -> String {
    if price == Credits::ZERO {
        return "This costs nothing here.".to_owned();
    }
    let whole = price.times(u32::from(count)).unwrap_or(price);
    let (whole, have) = (credits(visitor, whole), visitor.locale.number(balance.get()));
    format!("{whole}, of the {have} you have. What fails comes back.")
}

fn shapes(kind: StyleKind, chosen: &str) -> Vec<Offer> {
    let usual = if kind == StyleKind::Headshot { AspectRatio::Portrait4x5 } else { AspectRatio::Wide };
    let offer = |aspect: AspectRatio| {
        let value = aspect.to_string();
        let named = value == chosen || chosen.is_empty() && aspect == usual;
        Offer { name: value.replace(':', " : "), chosen: named, value }
    };
    AspectRatio::ALL.map(offer).into()
}

fn places(kind: StyleKind, chosen: &str) -> Vec<Offer> {
    let places = Platform::all().iter().filter(|platform| platform.kind == kind);
    let offer = |platform: &Platform| {
        let value = format!("for-{}", platform.id);
        Offer { name: platform.name.clone(), chosen: value == chosen, value }
    };
    places.map(offer).collect()
}

/// What a look needs to know of a form.
fn look_query(form: &Form, photo: PhotoId) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("photo", &photo.to_string());
    for name in ["shape", "background", "colour", "title"] {
        if !form.text(name).is_empty() {
            query.append_pair(name, form.text(name));
        }
    }
    query.finish()
}

/// A small picture of the person in the style, made now and kept nowhere.
async fn look(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path((kind, id)): Path<(String, String)>,
    RawQuery(form): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let entry = style(&web, &kind, &id)?;
    let photo =
        form.text("photo").parse().map_err(|_| Problem::new("not-found", "there is no such photo"))?;
    let known = web.app.photo(&caller, photo).await?;
    let (aspect, _) = shape_of(&form, entry.kind)?.size()?;
    let what = format!("{} {} {} {}", known.digest, entry.kind, entry.id, look_query(&form, photo));
    let digest: String = Sha256::digest(what).iter().map(|byte| format!("{byte:02x}")).collect();
    if let Some(unchanged) = serve_small(&headers, &digest, None) {
        return Ok(unchanged);
    }
    let look = LookRequest {
        kind: entry.kind,
        style: entry.id.to_string(),
        photo,
        aspect,
        title: Some(form.text("title").to_owned()),
        background: background_of(&form, None)?,
        thumbnail: None,
    };
    let made = web.app.look(&caller, look).await?;
    serve_small(&headers, &digest, Some(made)).ok_or_else(|| Problem::new("internal", "no picture came"))
}

/// A shape that a form names: one of the ratios, or a place.
enum Named {
    Ratio(AspectRatio),
    Place(&'static Platform),
}

impl Named {
    fn size(&self) -> Result<(AspectRatio, u32), Problem> {
        Ok(match self {
            Named::Ratio(aspect) => (*aspect, LONG_SIDE),
            Named::Place(platform) => (platform.aspect(), platform.width.max(platform.height)),
        })
    }
}

fn shape_of(form: &Form, kind: StyleKind) -> Result<Named, Problem> {
    let text = form.text("shape");
    if let Some(place) = text.strip_prefix("for-") {
        let platform = Platform::find(kind, place);
        return Ok(Named::Place(platform.map_err(|unknown| Problem::invalid("shape", unknown.to_string()))?));
    }
    let usual = if kind == StyleKind::Headshot { "4:5" } else { "16:9" };
    let aspect = if text.is_empty() { usual } else { text }.parse();
    Ok(Named::Ratio(aspect.map_err(|error: AspectRatioError| Problem::invalid("shape", error.to_string()))?))
}

/// The background that a form names; a picture that came with it is its own.
fn background_of(form: &Form, picture: Option<PhotoId>) -> Result<Option<OwnBackground>, Problem> {
    match form.text("background") {
        "colour" => {
            let colour = form.text("colour").parse::<Colour>();
            let colour = colour.map_err(|error| Problem::invalid("colour", error.to_string()))?;
            Ok(Some(OwnBackground::Colour(colour)))
        }
        "picture" => match picture {
            Some(photo) => Ok(Some(OwnBackground::Photo(photo))),
            None => Err(Problem::invalid("picture", "choose the picture that is to stand behind you")),
        },
        _ => Ok(None),
    }
}

async fn create(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path((kind, id)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let entry = style(&web, &kind, &id)?;
    let (form, picture) = read(&web, &caller, request).await?;
    let picture = match picture {
        None => None,
        Some(Ok(photo)) => Some(photo),
        Some(Err(problem)) => return again(&web, &visitor, entry, form, problem).await,
    };
    match wish(&form, &entry, picture) {
        Ok(wish) => match web.app.generate(&caller, wish).await.map_err(Problem::from) {
            Ok(started) => {
                Ok(Redirect::to(&format!("/generations/{}", started.generation.id)).into_response())
            }
            Err(problem) if problem.name() == "consent-missing" => Err(problem),
            Err(problem) => again(&web, &visitor, entry, form, problem).await,
        },
        Err(problem) => again(&web, &visitor, entry, form, problem).await,
    }
}

async fn again(
    web: &Shared,
    visitor: &Visitor,
    entry: StyleEntry,
    form: Form,
    problem: Problem,
) -> Result<Response, Problem> {
    let page = page(web, visitor, entry, form, Mistakes::of(&problem)).await?;
    visitor.page_with(web, problem.status(), &page)
}

/// The form as a wish.
fn wish(form: &Form, entry: &StyleEntry, picture: Option<PhotoId>) -> Result<GenerateRequest, Problem> {
    let photos: Vec<PhotoId> = form.all("photo").filter_map(|photo| photo.parse().ok()).collect();
    if photos.is_empty() {
        return Err(Problem::invalid("photo", "choose at least one photo"));
    }
    let shape = match shape_of(form, entry.kind)? {
        Named::Ratio(aspect) => Shape::Free { aspect, long_side: LONG_SIDE },
        Named::Place(platform) => Shape::Platform(platform.id.clone()),
    };
    let text = |name: &str| Some(form.text(name).to_owned()).filter(|text| !text.trim().is_empty());
    let count = form.text("count").parse();
    Ok(GenerateRequest {
        kind: entry.kind,
        style: entry.id.to_string(),
        photos,
        count: count.map_err(|_| Problem::invalid("count", "choose how many pictures"))?,
        shape,
        title: text("title").filter(|_| entry.kind == StyleKind::Thumbnail),
        note: text("note"),
        background: background_of(form, picture)?,
        seed: None,
        thumbnail: None,
        // A form that is sent twice by a hasty hand is one wish.
        idempotency_key: text("key"),
    })
}

/// The fields of a form, and what became of the picture that came with it.
async fn read(
    web: &Shared,
    caller: &app::Caller,
    request: Request,
) -> Result<(Form, Option<Result<PhotoId, Problem>>), Problem> {
    let until = tokio::time::Instant::now() + web.settings.limits.upload_within;
    let form = request.extract::<Multipart, _>().await;
    let mut form = form.map_err(|error| Problem::new("wrong-media-type", error.body_text()))?;
    let (mut fields, mut picture, mut room) = (Vec::new(), None, web.settings.limits.json_bytes);
    let broken = || Problem::new("upload-broken", "the form broke off before its end: send it again");
    loop {
        let field = tokio::time::timeout_at(until, form.next_field()).await;
        let field = field.map_err(|_| Problem::new("too-slow", "the form took too long to arrive"))?;
        let Some(mut field) = field.map_err(|_| broken())? else { break };
        let name = field.name().unwrap_or_default().to_owned();
        if name == "picture" {
            if !field.file_name().unwrap_or_default().is_empty() && picture.is_none() {
                let _turn = turn(&web.uploads).await?;
                let body = unhurried(field, until);
                let upload = NewUpload { purpose: UploadPurpose::Background, bytes: None, body };
                let taken = web.app.upload_photo(caller, upload).await;
                picture = Some(taken.map(|photo| photo.id).map_err(Problem::from));
            }
            continue;
        }
        let mut text = Vec::new();
        while let Some(piece) = field.chunk().await.map_err(|_| broken())? {
            room = room
                .checked_sub(piece.len())
                .ok_or_else(|| Problem::new("too-large", "the form is too large"))?;
            text.extend_from_slice(&piece);
        }
        fields.push((name, String::from_utf8_lossy(&text).into_owned()));
    }
    Ok((Form::from(fields), picture))
}
