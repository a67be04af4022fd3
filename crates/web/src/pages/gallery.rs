//! The gallery: every picture there is, newest first, by its preview. It goes on as one scrolls, and by a link without script. What
//! expired keeps its place with the preview, and says so.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::GenerationId;
use domain::image::{Image, ImageId};
use domain::page::PageRequest;
use domain::ports::database::ImageFilter;
use domain::time::Timestamp;

use super::flash::Flash;
use super::frame::{Frame, Visitor, part};
use super::locale::When;
use super::{Form, Routes};
use crate::Problem;
use crate::extract::{Cursor, Path, RawQuery, Signed};
use crate::state::Shared;

/// Pictures of one page: three rows on a wide screen.
const SHOWN: u32 = 24;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/gallery", show)
        .post("/gallery/{generation}/{number}/favourite", set_favourite)
        .post("/gallery/{generation}/{number}/delete", delete)
}

/// A picture as its card shows it.
struct Tile {
    generation: GenerationId,
    number: u8,
    width: u32,
    height: u32,
    made: When,
    /// When the full resolution goes; `None` when it has.
    goes: Option<When>,
    favourite: bool,
}

impl Tile {
    fn of(image: &Image, visitor: &Visitor, now: Timestamp) -> Self {
        Tile {
            generation: image.id.generation,
            number: image.id.number,
            width: image.preview.size.width,
            height: image.preview.size.height,
            made: When::on(visitor.locale, image.created_at),
            goes: image.is_served(now).then(|| When::until(now, image.expires_at)),
            favourite: image.favourite,
        }
    }
}

#[derive(Template)]
#[template(path = "pages/gallery.html")]
struct GalleryPage {
    frame: Frame,
    tiles: Vec<Tile>,
    more: Option<String>,
    /// Only those that are marked.
    favourites: bool,
    /// Whether the list begins here, not at a later page.
    first: bool,
}

/// What is put at the end of the list as one scrolls.
#[derive(Template)]
#[template(path = "parts/tiles.html")]
struct Tiles {
    tiles: Vec<Tile>,
    more: Option<String>,
}

#[derive(Template)]
#[template(path = "parts/tile_favourite.html")]
struct Favourite {
    tile: Tile,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let favourites = query.text("show") == "favourites";
    let filter = if favourites { ImageFilter::Favourites } else { ImageFilter::All };
    let after = query.text("after");
    let page = match after {
        "" => PageRequest::first(SHOWN),
        after => PageRequest::after(place(after)?, SHOWN),
    };
    let images = web.app.images(&caller, filter, page).await?;
    let now = web.app.ports().clock.now();
    let tiles = images.items.iter().map(|image| Tile::of(image, &visitor, now)).collect();
    let more = images.next.map(|next| {
        let show = if favourites { "show=favourites&" } else { "" };
        format!("/gallery?{show}after={}", next.write())
    });
    if visitor.partial {
        return part(&Tiles { tiles, more });
    }
    let frame = visitor.frame(&web, "Gallery", "/gallery").await?;
    visitor.page(&web, &GalleryPage { frame, tiles, more, favourites, first: after.is_empty() })
}

fn place(text: &str) -> Result<ImageId, Problem> {
    ImageId::read(text).ok_or_else(|| Problem::bad_parameter("after", "use the link to the next page as it is"))
}

async fn set_favourite(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path((generation, number)): Path<(GenerationId, u8)>,
    form: Form,
) -> Result<Response, Problem> {
    let id = ImageId { generation, number };
    let image = web.app.set_favourite(&caller, id, form.text("favourite") == "true").await?;
    if visitor.partial {
        return part(&Favourite { tile: Tile::of(&image, &visitor, web.app.ports().clock.now()) });
    }
    Ok(Redirect::to("/gallery").into_response())
}

async fn delete(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path((generation, number)): Path<(GenerationId, u8)>,
) -> Result<Response, Problem> {
    web.app.delete_image(&caller, ImageId { generation, number }).await?;
    if visitor.partial {
        // Its tile goes from the list.
        return Ok(StatusCode::OK.into_response());
    }
    let mut answer = Redirect::to("/gallery").into_response();
    Flash::ImageDeleted.leave(&web, &mut answer);
    Ok(answer)
}
