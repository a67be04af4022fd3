//! The style chooser: every style with a real example, by product, category and word. Open to everybody.

use app::StyleEntry;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::StyleKind;

use super::Routes;
use super::form::Form;
use super::frame::{Frame, Visitor};
use crate::Problem;
use crate::assets;
use crate::extract::RawQuery;
use crate::state::Shared;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/styles", show)
}

#[derive(Template)]
#[template(path = "pages/styles.html")]
struct StylesPage {
    frame: Frame,
    kind: StyleKind,
    query: String,
    chosen: String,
    categories: Vec<String>,
    styles: Vec<Sample>,
    /// What a link to a style carries on: the photos that were chosen already.
    carried: String,
}

/// A style with its example.
pub(crate) struct Sample {
    pub(crate) entry: StyleEntry,
    pub(crate) picture: Picture,
}

/// An example's addresses; `None` for a style of the installation's own, which has none.
pub(crate) struct Picture {
    pub(crate) small: Option<&'static str>,
    pub(crate) large: Option<&'static str>,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Picture {
    pub(crate) fn of(entry: &StyleEntry) -> Self {
        let named =
            |width| assets::find(&format!("pictures/styles/{}/{}-{width}.webp", entry.kind, entry.id));
        let (width, height) = match entry.kind {
            StyleKind::Headshot => (320, 400),
            StyleKind::Thumbnail => (320, 180),
        };
        Picture { small: named(320), large: named(640), width, height }
    }
}

/// The product that a query or a path names.
pub(crate) fn kind_of(word: &str) -> Option<StyleKind> {
    match word {
        "headshot" => Some(StyleKind::Headshot),
        "thumbnail" => Some(StyleKind::Thumbnail),
        _ => None,
    }
}

impl From<StyleEntry> for Sample {
    fn from(entry: StyleEntry) -> Self {
        Sample { picture: Picture::of(&entry), entry }
    }
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    RawQuery(form): RawQuery,
) -> Result<Response, Problem> {
    let kind = kind_of(form.text("kind")).unwrap_or(StyleKind::Headshot);
    let all = web.app.styles(Some(kind));
    let mut categories: Vec<String> = Vec::new();
    for style in &all {
        if !categories.contains(&style.category) {
            categories.push(style.category.clone());
        }
    }
    let (query, chosen) = (form.text("q").trim().to_owned(), form.text("category").to_owned());
    let wanted = |style: &StyleEntry| {
        (chosen.is_empty() || style.category == chosen) && matches(style, &query.to_lowercase())
    };
    let page = StylesPage {
        frame: visitor.frame(&web, "Styles", "/styles").await?,
        kind,
        styles: all.into_iter().filter(wanted).map(Sample::from).collect(),
        query,
        chosen,
        categories,
        carried: carried(&form),
    };
    visitor.page(&web, &page)
}

/// Every word is somewhere in what is said of the style.
fn matches(style: &StyleEntry, query: &str) -> bool {
    let text = format!("{} {} {} {}", style.id, style.name, style.category, style.description).to_lowercase();
    query.split_whitespace().all(|word| text.contains(word))
}

/// The photos of a query, as a query.
fn carried(form: &Form) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(form.all("photo").map(|photo| ("photo", photo)));
    let query = query.finish();
    if query.is_empty() { query } else { format!("?{query}") }
}
