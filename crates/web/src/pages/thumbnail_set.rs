//! The covers of one wish, side by side: large, and at the sizes and on the grounds on which a viewer sees them.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::StyleKind;
use domain::ids::GenerationId;
use domain::page::PageRequest;
use domain::platform::Platform;
use domain::ports::database::WithImages;
use domain::thumbnail::ThumbnailChoices;
use domain::time::Timestamp;

use super::Routes;
use super::frame::{Frame, Visitor, part};
use super::generations::Shown;
use super::thumbnails::TESTS;
use crate::Problem;
use crate::extract::{Path, Signed};
use crate::state::{Shared, State as Web};

/// Pixels across at which video sites show covers: beside other videos, and on a phone.
const SEEN_AT: [u32; 2] = [168, 138];
/// Generations that are looked through for earlier covers.
const LOOKED_THROUGH: u32 = 40;
/// Earlier sets that are shown.
const SETS: usize = 6;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/thumbnails/{generation}", show)
}

/// A generation of thumbnails.
pub(super) struct Set {
    /// What every page shows of a generation.
    pub(super) shown: Shown,
    pub(super) title: String,
    /// What its covers differ by.
    pub(super) differ: &'static str,
    pub(super) covers: Vec<Cover>,
    pub(super) width: u32,
    pub(super) height: u32,
    /// The place that its size is for.
    platform: Option<&'static Platform>,
}

/// One of its covers.
pub(super) struct Cover {
    pub(super) number: u8,
    /// What it is among the others: "You at the right".
    name: String,
    /// Whether the full resolution is still there.
    full: bool,
    /// Pixels of its preview.
    pub(super) preview: (u32, u32),
}

/// A size at which a cover is seen.
struct Seen {
    width: u32,
    height: u32,
}

impl Set {
    fn of(web: &Web, visitor: &Visitor, known: WithImages, now: Timestamp) -> Self {
        let options = &known.generation.options;
        let nothing = ThumbnailChoices::default();
        let choices = options.thumbnail.as_ref().unwrap_or(&nothing);
        let size = options.aspect.size(options.long_side);
        let mut places = Platform::all().iter().filter(|place| place.kind == StyleKind::Thumbnail);
        let cover = |image: &domain::image::Image| Cover {
            number: image.id.number,
            name: name(choices, image.id.number),
            full: image.is_served(now),
            preview: (image.preview.size.width, image.preview.size.height),
        };
        let there = |image: &&domain::image::Image| image.preview_expires_at.is_none_or(|end| now < end);
        Set {
            title: options.title.as_deref().map_or_else(|| "Without words".to_owned(), plain),
            differ: TESTS.iter().find(|(test, ..)| *test == choices.test).map_or("", |(_, name, _)| name),
            covers: known.images.iter().filter(there).map(cover).collect(),
            width: size.width,
            height: size.height,
            platform: places.find(|place| place.size() == size),
            shown: Shown::of(web, visitor, known),
        }
    }

    fn seen_at(&self) -> [Seen; 2] {
        SEEN_AT
            .map(|width| Seen { width, height: (width * self.height + self.width / 2) / self.width.max(1) })
    }
}

/// A title as it is read: without the stars around what is coloured.
fn plain(title: &str) -> String {
    title.replace("\\*", "\u{0}").replace('*', "").replace('\u{0}', "*")
}

/// What a cover is among those of its set, in words.
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

/// The latest sets of the caller's.
pub(super) async fn latest(web: &Web, visitor: &Visitor, caller: &app::Caller) -> Result<Vec<Set>, Problem> {
    let now = web.app.ports().clock.now();
    let known = web.app.generations(caller, PageRequest::first(LOOKED_THROUGH)).await?.items;
    let sets = known.into_iter().filter(|known| known.generation.options.change.is_none());
    let sets = sets.map(|known| Set::of(web, visitor, known, now));
    let sets = sets.filter(|set| set.shown.kind == StyleKind::Thumbnail && !set.covers.is_empty());
    Ok(sets.take(SETS).collect())
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

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path(generation): Path<GenerationId>,
) -> Result<Response, Problem> {
    let known = web.app.generation(&caller, generation).await?;
    let set = Set::of(&web, &visitor, known, web.app.ports().clock.now());
    if visitor.partial {
        return part(&SetPart { set });
    }
    let title = format!("{}: {}", set.title, set.shown.word.to_lowercase());
    let frame = visitor.frame(&web, &title, "/thumbnails").await?;
    visitor.page(&web, &SetPage { frame, set })
}

#[cfg(test)]
mod tests {
    use domain::thumbnail::Difference;

    use super::*;

    #[test]
    fn every_cover_of_a_test_is_named_by_what_it_differs_by() {
        for test in Difference::ALL {
            let choices = ThumbnailChoices { test: Some(test), ..Default::default() };
            for number in 1..=ThumbnailChoices::VARIANTS {
                assert!(!name(&choices, number).starts_with("Take"), "{test:?} {number}");
            }
        }
        assert_eq!(name(&ThumbnailChoices::default(), 2), "Take 2");
    }

    #[test]
    fn a_title_is_read_without_its_stars() {
        assert_eq!(plain(r"I *quit* coffee \*really\*"), "I quit coffee *really*");
    }
}
