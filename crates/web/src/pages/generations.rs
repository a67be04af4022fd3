//! What was asked for, as it comes and when it is there: progress picture by picture, then the pictures themselves.

use app::StyleEntry;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::StyleKind;
use domain::generation::State as Stands;
use domain::ids::GenerationId;
use domain::image::{Image, ImageId};
use domain::page::PageRequest;
use domain::platform::Platform;
use domain::ports::database::WithImages;
use domain::time::Timestamp;

use super::Routes;
use super::flash::Flash;
use super::form::{Form, sentence};
use super::frame::{Frame, Visitor, part};
use super::front::credits;
use super::locale::When;
use crate::Problem;
use crate::extract::{Path, Signed};
use crate::state::{Shared, State as Web};

/// Generations on a page.
const SHOWN: u32 = 24;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/generations", list)
        .get("/generations/{generation}", show)
        .post("/generations/{generation}/cancel", cancel)
        .post("/generations/{generation}/more", more)
        .post("/generations/{generation}/delete", delete)
}

/// A picture as a tile shows it.
pub(crate) struct Tile {
    pub(crate) generation: GenerationId,
    pub(crate) number: u8,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) favourite: bool,
    /// When the full resolution goes; `None` when it has gone.
    pub(crate) goes: Option<When>,
    /// Whether the preview is still there.
    pub(crate) seen: bool,
    /// How alike the face is to the person's photos, in percent, where that was looked at.
    pub(crate) likeness: Option<u8>,
}

impl Tile {
    pub(crate) fn of(image: &Image, now: Timestamp) -> Self {
        let ImageId { generation, number } = image.id;
        Tile {
            generation,
            number,
            width: image.preview.size.width,
            height: image.preview.size.height,
            favourite: image.favourite,
            goes: image.is_served(now).then(|| When::until(now, image.expires_at)),
            likeness: image.likeness.map(|likeness| (likeness.clamp(0.0, 1.0) * 100.0).round() as u8),
            seen: image.preview_expires_at.is_none_or(|end| now < end),
        }
    }
}

/// A generation as a page shows it.
pub(crate) struct Shown {
    pub(crate) id: GenerationId,
    pub(crate) name: String,
    pub(crate) kind: StyleKind,
    pub(crate) style: String,
    pub(crate) state: Stands,
    /// The state in a word.
    pub(crate) word: &'static str,
    pub(crate) reason: Option<String>,
    /// What came back, in words, when it did not succeed.
    pub(crate) returned: Option<String>,
    pub(crate) progress: u8,
    pub(crate) count: u8,
    /// What is missing yet.
    pub(crate) missing: Vec<u8>,
    pub(crate) aspect: (u32, u32),
    pub(crate) asked: When,
    pub(crate) tiles: Vec<Tile>,
    /// Of which image it is a change.
    pub(crate) change_of: Option<ImageId>,
}

impl Shown {
    pub(crate) fn of(web: &Web, visitor: &Visitor, known: WithImages) -> Self {
        let WithImages { generation, images } = known;
        let now = web.app.ports().clock.now();
        let styles = web.app.styles(None);
        let style: Option<&StyleEntry> = styles.iter().find(|style| generation.is_of(style.kind, &style.id));
        let count = generation.options.count;
        let running = !generation.state.is_ended();
        let made = images.len();
        let unmade = u32::from(count).saturating_sub(u32::try_from(made).unwrap_or(u32::MAX));
        let back = match generation.state {
            Stands::Refused | Stands::Failed => generation.price.times(u32::from(count)),
            Stands::Cancelled => generation.price.times(unmade),
            _ => None,
        };
        Shown {
            id: generation.id,
            name: style.map_or_else(|| generation.style.to_string(), |style| style.name.clone()),
            kind: style.map_or(StyleKind::Headshot, |style| style.kind),
            style: generation.style.to_string(),
            state: generation.state,
            word: word(generation.state),
            reason: generation.reason.as_deref().map(sentence),
            returned: back.filter(|back| back.get() > 0).map(|back| credits(visitor, back)),
            progress: generation.progress,
            count,
            missing: if running {
                (1..=count).filter(|n| !images.iter().any(|i| i.id.number == *n)).collect()
            } else {
                vec![]
            },
            aspect: generation.options.aspect.terms(),
            asked: When::on(visitor.locale, generation.created_at),
            tiles: images.iter().map(|image| Tile::of(image, now)).collect(),
            change_of: generation.options.change.map(|change| change.of),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        !self.state.is_ended()
    }

    /// The first pictures that can still be seen.
    fn first_tiles(&self) -> Vec<&Tile> {
        self.tiles.iter().filter(|tile| tile.seen).take(4).collect()
    }

    /// Whether any full resolution is still there.
    fn has_files(&self) -> bool {
        self.tiles.iter().any(|tile| tile.goes.is_some())
    }
}

fn word(state: Stands) -> &'static str {
    match state {
        Stands::Queued => "Waiting for its turn",
        Stands::Running => "Being made",
        Stands::Succeeded => "Ready",
        Stands::Refused => "Refused",
        Stands::Failed => "It did not work",
        Stands::Cancelled => "Cancelled",
    }
}

#[derive(Template)]
#[template(path = "pages/generation.html")]
struct GenerationPage {
    frame: Frame,
    shown: Shown,
    places: Vec<&'static Platform>,
}

#[derive(Template)]
#[template(path = "parts/generation.html")]
struct GenerationPart {
    shown: Shown,
    places: Vec<&'static Platform>,
}

#[derive(Template)]
#[template(path = "pages/generations.html")]
struct GenerationsPage {
    frame: Frame,
    all: Vec<Shown>,
}

async fn list(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
) -> Result<Response, Problem> {
    let known = web.app.generations(&caller, PageRequest::first(SHOWN)).await?.items;
    let page = GenerationsPage {
        frame: visitor.frame(&web, "Results", "/generations").await?,
        all: known.into_iter().map(|known| Shown::of(&web, &visitor, known)).collect(),
    };
    visitor.page(&web, &page)
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path(generation): Path<GenerationId>,
) -> Result<Response, Problem> {
    let known = web.app.generation(&caller, generation).await?;
    let shown = Shown::of(&web, &visitor, known);
    let places = Platform::all().iter().filter(|platform| platform.kind == shown.kind).collect();
    if visitor.partial {
        return part(&GenerationPart { shown, places });
    }
    let title = format!("{}: {}", shown.name, shown.word.to_lowercase());
    let frame = visitor.frame(&web, &title, "/generations").await?;
    visitor.page(&web, &GenerationPage { frame, shown, places })
}

async fn cancel(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(generation): Path<GenerationId>,
) -> Result<Response, Problem> {
    let answer = Redirect::to(&format!("/generations/{generation}")).into_response();
    match web.app.cancel_generation(&caller, generation).await.map_err(Problem::from) {
        Ok(_) => Ok(left(&web, answer, Flash::GenerationCancelled)),
        // It has ended meanwhile: the page says how.
        Err(problem) if problem.name() == "ended" => Ok(answer),
        Err(problem) => Err(problem),
    }
}

fn left(web: &Web, mut answer: Response, flash: Flash) -> Response {
    flash.leave(web, &mut answer);
    answer
}

async fn more(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(generation): Path<GenerationId>,
    form: Form,
) -> Result<Response, Problem> {
    let count = form.text("count").parse().ok();
    let started = web.app.generate_more(&caller, generation, count, None).await?;
    Ok(Redirect::to(&format!("/generations/{}", started.generation.id)).into_response())
}

async fn delete(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(generation): Path<GenerationId>,
) -> Result<Response, Problem> {
    web.app.delete_generation(&caller, generation).await?;
    Ok(left(&web, Redirect::to("/generations").into_response(), Flash::GenerationDeleted))
}
