//! Photos: they come in by drop, paste, picker or camera, several at once, and each is told at once what it is good for.
//!
//! With script every file is a request of its own, with its own progress, and its card takes its place in the list. Without, the form
//! brings all of them in one request, and the page says of each what became of it.

use app::{NewUpload, UploadPurpose};
use askama::Template;
use axum::RequestExt;
use axum::extract::multipart::Multipart;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use domain::check::{FindingKind, Verdict};
use domain::consent::Purpose;
use domain::ids::PhotoId;
use domain::page::PageRequest;
use domain::photo::Photo;
use domain::ports::database::MAX_PHOTOS;
use domain::time::Timestamp;

use super::Routes;
use super::flash::Flash;
use super::form::sentence;
use super::frame::{Frame, Visitor, html, part};
use super::locale::When;
use super::show::next_query;
use crate::Problem;
use crate::api::upload::unhurried;
use crate::extract::{Path, Signed};
use crate::reading::serve_small;
use crate::state::{Shared, turn};

/// Photos on a page: as many as one may keep, usually.
const SHOWN: u32 = 200;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/photos", show)
        .post("/photos", upload)
        .get("/photos/{photo}/small", small)
        .post("/photos/{photo}/delete", delete)
        .post("/photos/delete", delete_all)
}

/// A photo as its card shows it.
pub(crate) struct Card {
    pub(crate) id: PhotoId,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// `good`, `fair` or `bad`.
    pub(crate) mark: &'static str,
    /// "Great" or what would be better.
    pub(crate) word: &'static str,
    pub(crate) advice: Vec<String>,
    pub(crate) goes: When,
}

impl Card {
    pub(crate) fn of(photo: &Photo, now: Timestamp) -> Self {
        let (mark, word) = match photo.check.verdict {
            Verdict::Good => ("good", "Great"),
            Verdict::Usable => ("fair", "Good enough"),
            Verdict::Unusable => ("bad", "Not a portrait"),
        };
        Card {
            id: photo.id,
            width: photo.size.width,
            height: photo.size.height,
            mark,
            word,
            advice: photo.check.findings.iter().map(|finding| finding.advice.clone()).collect(),
            goes: When::until(now, photo.expires_at),
        }
    }
}

/// A file of which no photo came, and why.
struct Failure {
    name: String,
    text: String,
}

#[derive(Template)]
#[template(path = "pages/photos.html")]
struct PhotosPage {
    frame: Frame,
    cards: Vec<Card>,
    failures: Vec<Failure>,
    next: String,
    usable: bool,
    /// The largest file, in words and in bytes.
    largest: String,
    largest_bytes: u64,
    most: usize,
    /// Whether photos may come in.
    allowed: bool,
}

#[derive(Template)]
#[template(path = "parts/photo.html")]
struct CardPart {
    card: Card,
}

/// A file that could not be taken, in the place of its card.
#[derive(Template)]
#[template(path = "parts/photo_failure.html")]
struct FailurePart {
    failure: Failure,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
) -> Result<Response, Problem> {
    let page = photos_page(&web, &visitor, &caller, Vec::new()).await?;
    visitor.page(&web, &page).map(with_camera)
}

async fn photos_page(
    web: &Shared,
    visitor: &Visitor,
    caller: &app::Caller,
    failures: Vec<Failure>,
) -> Result<PhotosPage, Problem> {
    let photos = web.app.photos(caller, PageRequest::first(SHOWN)).await?.items;
    let consents = web.app.consents(caller).await?;
    let largest_bytes = web.app.settings().uploads.max_bytes;
    let allowed = consents.purposes.iter().any(|state| state.purpose == Purpose::KeepPhotos && state.given);
    Ok(PhotosPage {
        frame: visitor.frame(web, "Photos", "/photos").await?,
        next: advice(&photos).to_owned(),
        usable: photos.iter().any(|photo| photo.check.verdict != Verdict::Unusable),
        cards: photos.iter().map(|photo| Card::of(photo, web.app.ports().clock.now())).collect(),
        failures,
        largest: visitor.locale.bytes(largest_bytes),
        largest_bytes,
        most: MAX_PHOTOS,
        allowed,
    })
}

/// The page may ask for the camera; no other may.
fn with_camera(mut answer: Response) -> Response {
    let value = axum::http::HeaderValue::from_static(
        "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    );
    answer.headers_mut().insert("permissions-policy", value);
    answer
}

/// What to add next, by what is there already.
fn advice(photos: &[Photo]) -> &'static str {
    let has = |kind: FindingKind| {
        photos.iter().any(|photo| photo.check.findings.iter().any(|finding| finding.kind == kind))
    };
    let good = photos.iter().filter(|photo| photo.check.verdict == Verdict::Good).count();
    match (photos.len(), good) {
        (0, _) => "One good photo is enough: face a window, hold the phone at eye level, look into the lens.",
        (_, 0) if has(FindingKind::TooDark) || has(FindingKind::UnevenLight) => {
            "Next: one facing a window, so that the light falls evenly on your face."
        }
        (_, 0) if has(FindingKind::FaceTooSmall) => {
            "Next: one from closer, head and shoulders filling the frame."
        }
        (_, 0) if has(FindingKind::Blurred) => "Next: one with the phone held still, or leant on something.",
        (_, 0) => "Next: one straight into the lens, in even light, with nothing before your face.",
        (1, _) => "This is enough. For more choice add one from the left, with your shoulders turned.",
        (2, _) => "Now one from the right, or with a smile if the others have none.",
        (3..=5, _) => "A good set. Another with other clothes gives other pictures.",
        _ => "That is plenty. Choose a style.",
    }
}

/// Takes one file or several in.
async fn upload(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    request: Request,
) -> Result<Response, Problem> {
    let _turn = turn(&web.uploads).await?;
    let until = tokio::time::Instant::now() + web.settings.limits.upload_within;
    let form = request.extract::<Multipart, _>().await;
    let mut form = form.map_err(|error| Problem::new("wrong-media-type", error.body_text()))?;
    let (mut taken, mut failures) = (Vec::new(), Vec::new());
    let broken = || Problem::new("upload-broken", "the upload broke off before its end: send it again");
    loop {
        let field = tokio::time::timeout_at(until, form.next_field()).await;
        let field = field.map_err(|_| Problem::new("too-slow", "the files took too long to arrive"))?;
        let Some(field) = field.map_err(|_| broken())? else { break };
        let name = field.file_name().unwrap_or_default().to_owned();
        if field.name() != Some("photo") || name.is_empty() {
            continue;
        }
        if taken.len() + failures.len() >= MAX_PHOTOS {
            return Err(Problem::invalid("photo", format!("send at most {MAX_PHOTOS} files at once")));
        }
        let upload = NewUpload { purpose: UploadPurpose::Person, bytes: None, body: unhurried(field, until) };
        match web.app.upload_photo(&caller, upload).await.map_err(Problem::from) {
            Ok(photo) => taken.push(photo),
            Err(problem) if problem.name() == "consent-missing" => return Err(problem),
            Err(problem) => {
                let text = if looks_like_heic(&name) { HEIC.to_owned() } else { sentence(problem.detail()) };
                failures.push(Failure { name, text });
                if visitor.partial {
                    let failure = failures.remove(0);
                    return html(problem.status(), &FailurePart { failure });
                }
            }
        }
    }
    let now = web.app.ports().clock.now();
    if visitor.partial {
        let photo = taken.pop().ok_or_else(|| Problem::invalid("photo", "choose a file first"))?;
        return part(&CardPart { card: Card::of(&photo, now) });
    }
    if failures.is_empty() {
        let mut answer = Redirect::to("/photos").into_response();
        Flash::PhotosAdded.leave(&web, &mut answer);
        return Ok(answer);
    }
    let page = photos_page(&web, &visitor, &caller, failures).await?;
    visitor.page_with(&web, StatusCode::UNPROCESSABLE_ENTITY, &page).map(with_camera)
}

/// What to do about a file that phones of one make write and few others read.
const HEIC: &str = "This HEIC file can't be read here. On an iPhone choose Settings → Camera → Formats → Most Compatible, or send the \
                    photo to yourself by mail: that makes a JPEG of it.";

fn looks_like_heic(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".heic") || name.ends_with(".heif")
}

/// The photo, small.
async fn small(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(photo): Path<PhotoId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let known = web.app.photo(&caller, photo).await?;
    let digest = known.digest.to_string();
    if let Some(unchanged) = serve_small(&headers, &digest, None) {
        return Ok(unchanged);
    }
    let picture = web.app.small_photo(&caller, photo).await?;
    serve_small(&headers, &digest, Some(picture)).ok_or_else(|| Problem::new("internal", "no picture came"))
}

async fn delete(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path(photo): Path<PhotoId>,
) -> Result<Response, Problem> {
    web.app.delete_photo(&caller, photo).await?;
    if visitor.partial {
        // Its card goes from the list.
        return Ok(StatusCode::OK.into_response());
    }
    let mut answer = Redirect::to("/photos").into_response();
    Flash::PhotoDeleted.leave(&web, &mut answer);
    Ok(answer)
}

async fn delete_all(State(web): State<Shared>, Signed(caller): Signed) -> Result<Response, Problem> {
    web.app.delete_photos(&caller).await?;
    let mut answer = Redirect::to("/photos").into_response();
    Flash::PhotosDeleted.leave(&web, &mut answer);
    Ok(answer)
}

/// Where a consent that is missing is given, and the way back.
pub(crate) fn consents_first() -> String {
    format!("/consents?{}", next_query("/photos"))
}
