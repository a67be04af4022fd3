//! What the storage holds and can still take, and for how long things are kept.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::SECTIONS;
use crate::Problem;
use crate::extract::Signed;
use crate::pages::Routes;
use crate::pages::charts::Share;
use crate::pages::frame::{Frame, Visitor};
use crate::pages::sections::Section;
use crate::state::Shared;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/admin/storage", show)
}

#[derive(Template)]
#[template(path = "pages/admin/storage.html")]
struct StoragePage {
    frame: Frame,
    sections: &'static [Section],
    held: Vec<Share>,
    whole: String,
    free: Option<String>,
    pending: String,
    /// How long each class is kept, in words.
    rules: Vec<(&'static str, String)>,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
) -> Result<Response, Problem> {
    let held = web.app.admin(&caller)?.storage().await?;
    let rules = web.app.settings().retention;
    let bytes = |bytes| visitor.locale.bytes(bytes);
    let classes = [
        ("Photos", held.photo_bytes),
        ("Full-size results", held.result_bytes),
        ("Previews", held.preview_bytes),
    ];
    let previews = rules.previews.map(|period| period.to_string());
    let page = StoragePage {
        frame: visitor.frame(&web, "Storage", "/admin/storage").await?,
        sections: SECTIONS,
        whole: bytes(classes.iter().map(|(_, bytes)| bytes).sum()),
        held: Share::of(classes.map(|(name, bytes)| (name.to_owned(), bytes)).into(), bytes),
        free: held.free_bytes.map(bytes),
        pending: visitor.locale.number(held.pending_deletions),
        rules: vec![
            ("Photos", rules.uploads.to_string()),
            ("Full-size results", rules.results.to_string()),
            ("Previews", previews.unwrap_or_else(|| "until their owner deletes them".to_owned())),
        ],
    };
    visitor.page(&web, &page)
}
