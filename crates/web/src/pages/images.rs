//! One picture: large, beside the photo it was made of, to be kept, thrown away, or made again with one thing different.

use app::Different;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use domain::generation::{Lighting, OwnBackground};
use domain::ids::GenerationId;
use domain::image::ImageId;
use domain::platform::Platform;
use domain::style::headshot::Frame as Crop;
use domain::{AspectRatio, Colour, Size, StyleKind};

use super::Routes;
use super::flash::Flash;
use super::form::{Form, Mistakes};
use super::frame::{Frame, Visitor, part};
use super::generations::{Shown, Tile};
use crate::Problem;
use crate::extract::{Path, Signed};
use crate::files::hand_over;
use crate::reading::{Disposition, serve_small};
use crate::state::Shared;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/generations/{generation}/images/{number}", show)
        .get("/generations/{generation}/images/{number}/full", full)
        .get("/generations/{generation}/images/{number}/beside", beside)
        .post("/generations/{generation}/images/{number}/favourite", favour)
        .post("/generations/{generation}/images/{number}/change", change)
        .post("/generations/{generation}/images/{number}/delete", delete)
}

type ImagePath = Path<(GenerationId, u8)>;

#[derive(Template)]
#[template(path = "pages/image.html")]
struct ImagePage {
    frame: Frame,
    mistakes: Mistakes,
    tile: Tile,
    full: Size,
    name: String,
    kind: StyleKind,
    title: String,
    count: usize,
    before: Option<u8>,
    after: Option<u8>,
    places: Vec<&'static Platform>,
    /// Whether it can be compared with the photo.
    compares: bool,
    /// Whether one thing of it can be changed.
    changes: bool,
}

#[derive(Template)]
#[template(path = "parts/favourite.html")]
struct FavouritePart {
    tile: Tile,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path((generation, number)): ImagePath,
) -> Result<Response, Problem> {
    let image = ImageId { generation, number };
    let page = page(&web, &visitor, &caller, image, Mistakes::default()).await?;
    visitor.page(&web, &page)
}

async fn page(
    web: &Shared,
    visitor: &Visitor,
    caller: &app::Caller,
    id: ImageId,
    mistakes: Mistakes,
) -> Result<ImagePage, Problem> {
    let image = web.app.image(caller, id).await?;
    let known = web.app.generation(caller, id.generation).await?;
    let changes = web.app.can_change(caller, id).await?;
    let title = known.generation.options.title.clone().unwrap_or_default();
    let numbers: Vec<u8> = known.images.iter().map(|image| image.id.number).collect();
    let shown = Shown::of(web, visitor, known);
    let tile = Tile::of(&image, web.app.ports().clock.now());
    Ok(ImagePage {
        frame: visitor.frame(web, &format!("{}, picture {}", shown.name, id.number), "/generations").await?,
        mistakes,
        full: image.full.size,
        before: numbers.iter().copied().rfind(|&number| number < id.number),
        after: numbers.iter().copied().find(|&number| number > id.number),
        count: numbers.len(),
        places: Platform::all().iter().filter(|platform| platform.kind == shown.kind).collect(),
        compares: shown.kind == StyleKind::Headshot
            && tile.goes.is_some()
            && web.app.has_photos(caller, id).await?,
        changes: changes && tile.goes.is_some(),
        kind: shown.kind,
        name: shown.name,
        tile,
        title,
    })
}

/// The picture in full, to be looked at on a large screen.
async fn full(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path((generation, number)): ImagePath,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let delivery = web.app.view_image(&caller, ImageId { generation, number }).await?;
    Ok(hand_over(delivery, None, &headers, Disposition::Inline))
}

/// The photo, laid beneath the picture.
async fn beside(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path((generation, number)): ImagePath,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = ImageId { generation, number };
    let image = web.app.image(&caller, id).await?;
    let digest = format!("beside-{}", image.full.digest);
    // It is asked first whether the photo is still there: what was deleted is not to come out of a cache.
    let there = web.app.has_photos(&caller, id).await?;
    if let Some(unchanged) = serve_small(&headers, &digest, None).filter(|_| there) {
        return Ok(unchanged);
    }
    let picture = web.app.beside_image(&caller, id).await?;
    serve_small(&headers, &digest, Some(picture)).ok_or_else(|| Problem::new("internal", "no picture came"))
}

async fn favour(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path((generation, number)): ImagePath,
) -> Result<Response, Problem> {
    let id = ImageId { generation, number };
    let image = web.app.image(&caller, id).await?;
    let image = web.app.set_favourite(&caller, id, !image.favourite).await?;
    if visitor.partial {
        return part(&FavouritePart { tile: Tile::of(&image, web.app.ports().clock.now()) });
    }
    Ok(Redirect::to(&format!("/generations/{generation}/images/{number}")).into_response())
}

async fn change(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path((generation, number)): ImagePath,
    form: Form,
) -> Result<Response, Problem> {
    let id = ImageId { generation, number };
    let different = different(&form)?;
    match web.app.change_image(&caller, id, different).await.map_err(Problem::from) {
        Ok(started) => Ok(Redirect::to(&format!("/generations/{}", started.generation.id)).into_response()),
        Err(problem) if problem.field() == Some("change") => {
            let mistakes = Mistakes::whole(&super::form::sentence(problem.detail()));
            let page = page(&web, &visitor, &caller, id, mistakes).await?;
            visitor.page_with(&web, problem.status(), &page)
        }
        Err(problem) => Err(problem),
    }
}

/// The one thing that a form names.
fn different(form: &Form) -> Result<Different, Problem> {
    let to = form.text("to");
    let unknown = || Problem::invalid("to", "choose one of those that are offered");
    Ok(match form.text("what") {
        "light" => {
            let named = Lighting::ALL.into_iter().find(|light| word(*light) == to);
            Different::Light(named.ok_or_else(unknown)?)
        }
        "frame" => {
            let crops = [Crop::Close, Crop::HeadAndShoulders, Crop::Chest];
            let named = crops.into_iter().zip(["close", "head-and-shoulders", "chest"]);
            Different::Frame(named.into_iter().find(|(_, name)| *name == to).ok_or_else(unknown)?.0)
        }
        "aspect" => Different::Aspect(to.parse::<AspectRatio>().map_err(|_| unknown())?),
        "background" if to.is_empty() => Different::Background(None),
        "background" => {
            Different::Background(Some(OwnBackground::Colour(to.parse::<Colour>().map_err(|_| unknown())?)))
        }
        "title" => Different::Title(to.to_owned()),
        _ => return Err(unknown()),
    })
}

/// A light as a form names it.
fn word(light: Lighting) -> &'static str {
    match light {
        Lighting::Softer => "softer",
        Lighting::Stronger => "stronger",
        Lighting::OtherSide => "other-side",
        Lighting::Warmer => "warmer",
        Lighting::Cooler => "cooler",
        Lighting::Brighter => "brighter",
        Lighting::Darker => "darker",
    }
}

async fn delete(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path((generation, number)): ImagePath,
) -> Result<Response, Problem> {
    web.app.delete_image(&caller, ImageId { generation, number }).await?;
    let mut answer = Redirect::to(&format!("/generations/{generation}")).into_response();
    Flash::ImageDeleted.leave(&web, &mut answer);
    Ok(answer)
}
