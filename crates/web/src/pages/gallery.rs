//! The gallery: every picture there is, newest first, by its preview. It goes on as one scrolls, and by a link without script. What
//! expired keeps its place with the preview, and says so.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::AspectRatio;
use domain::image::{Image, ImageId};
use domain::page::PageRequest;
use domain::ports::database::ImageFilter;
use domain::time::Timestamp;

use super::Routes;
use super::frame::{Frame, Visitor, part};
use super::generations::Tile;
use super::locale::When;
use crate::Problem;
use crate::extract::{Cursor, RawQuery, Signed, page_request};
use crate::state::Shared;

/// Pictures that are hung at a time: some rows on a wide screen, and a good way to scroll on a phone.
const SHOWN: u32 = 24;
/// Pictures of the first screen, which do not wait until they are scrolled to.
const AT_ONCE: usize = 8;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/gallery", show)
}

/// A picture on the wall.
struct Hung {
    tile: Tile,
    /// Its shape, for the style sheet: "shape-4-5".
    shape: String,
    made: When,
    lazy: bool,
}

impl Hung {
    fn of(image: &Image, place: usize, visitor: &Visitor, now: Timestamp) -> Self {
        let (across, down) = nearest(image.preview.size.width, image.preview.size.height).terms();
        Hung {
            tile: Tile::of(image, now),
            shape: format!("shape-{across}-{down}"),
            made: When::on(visitor.locale, image.created_at),
            lazy: place >= AT_ONCE,
        }
    }
}

/// The shape that comes nearest to so many pixels.
fn nearest(width: u32, height: u32) -> AspectRatio {
    let ratio = f64::from(width.max(1)) / f64::from(height.max(1));
    let distance = |aspect: AspectRatio| {
        let (across, down) = aspect.terms();
        (ratio * f64::from(down) / f64::from(across)).ln().abs()
    };
    let all = AspectRatio::ALL.into_iter();
    all.min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap_or(AspectRatio::Square)
}

#[derive(Template)]
#[template(path = "pages/gallery.html")]
struct GalleryPage {
    frame: Frame,
    pictures: Vec<Hung>,
    /// Where it goes on.
    more: Option<String>,
    /// Only those that are marked.
    favourites: bool,
    /// Whether the list begins here, not at a later page.
    first: bool,
}

impl GalleryPage {
    /// Whether any full resolution is still there.
    fn has_files(&self) -> bool {
        self.pictures.iter().any(|hung| hung.tile.goes.is_some())
    }
}

/// What is put at the end of the list as one scrolls.
#[derive(Template)]
#[template(path = "parts/hung.html")]
struct HungPart {
    pictures: Vec<Hung>,
    more: Option<String>,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let favourites = query.text("show") == "favourites";
    let filter = if favourites { ImageFilter::Favourites } else { ImageFilter::All };
    let after = query.filled("after");
    let page: PageRequest<ImageId> = page_request(after, Some(SHOWN))?;
    let images = web.app.images(&caller, filter, page).await?;
    let now = web.app.ports().clock.now();
    let first = after.is_none();
    // What comes as one scrolls is below the first screen, all of it.
    let place = |place: usize| if first { place } else { place + AT_ONCE };
    let pictures =
        images.items.iter().enumerate().map(|(n, image)| Hung::of(image, place(n), &visitor, now)).collect();
    let more = images.next.map(|next| {
        let show = if favourites { "show=favourites&" } else { "" };
        format!("/gallery?{show}after={}", next.write())
    });
    if visitor.partial {
        return part(&HungPart { pictures, more });
    }
    let frame = visitor.frame(&web, "Gallery", "/gallery").await?;
    visitor.page(&web, &GalleryPage { frame, pictures, more, favourites, first })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_hangs_in_the_shape_that_comes_nearest() {
        for aspect in AspectRatio::ALL {
            let size = aspect.size(512);
            assert_eq!(nearest(size.width, size.height), aspect);
        }
        assert_eq!(nearest(513, 511), AspectRatio::Square);
        assert_eq!(nearest(0, 0), AspectRatio::Square);
        assert_eq!(nearest(5000, 100), AspectRatio::Wide);
    }
}
