//! The privacy policy as a page: the text that consents are given to, word for word.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use serde::Deserialize;

use super::Routes;
use super::frame::{Frame, Visitor};
use super::locale::When;
use crate::Problem;
use crate::extract::Query;
use crate::state::Shared;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/privacy", show)
}

#[derive(Template)]
#[template(path = "pages/privacy.html")]
struct PrivacyPage {
    frame: Frame,
    blocks: Vec<Block>,
    since: When,
    version: String,
    digest: String,
    /// The day on which the text ceased to hold, for one that does no more.
    until: Option<When>,
    others: Vec<Version>,
}

/// A version that the page leads to.
struct Version {
    version: String,
    since: When,
    /// Whether who had agreed to the one before was asked again.
    asked_again: bool,
}

/// Which version; the one in force without.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrivacyQuery {
    version: Option<String>,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Query(query): Query<PrivacyQuery>,
) -> Result<Response, Problem> {
    let known = web.app.policies().await?;
    let in_force = &web.app.settings().policy;
    let wanted = query.version.as_deref().unwrap_or(&in_force.version.version);
    let at = known.iter().position(|policy| policy.version.version == wanted);
    let at = at.ok_or_else(|| Problem::new("not-found", "the policy never had this version"))?;
    let policy = &known[at];
    let is_over = policy.version != in_force.version;
    let after = at.checked_sub(1).and_then(|after| known.get(after)).filter(|_| is_over);
    let others = known.iter().enumerate().filter(|(other, _)| *other != at);
    let others = others.map(|(at, policy)| Version {
        version: policy.version.version.clone(),
        since: When::on(visitor.locale, policy.published_at),
        asked_again: known.get(at + 1).is_some_and(|before| !before.version.covers(&policy.version)),
    });
    let page = PrivacyPage {
        others: others.collect(),
        until: after.map(|after| When::on(visitor.locale, after.published_at)),
        frame: visitor.frame(&web, "Privacy", "/privacy").await?,
        blocks: blocks(&policy.text),
        since: When::on(visitor.locale, policy.published_at),
        version: policy.version.version.clone(),
        digest: policy.version.digest.to_string(),
    };
    visitor.page(&web, &page)
}

/// A part of the text. It is written in the few signs of Markdown that a policy needs.
#[derive(Debug, PartialEq, Eq)]
enum Block {
    /// How deep, and the words.
    Heading(usize, String),
    Paragraph(Vec<Run>),
    List(Vec<Vec<Run>>),
}

/// Words in one manner.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    text: String,
    strong: bool,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for part in text.split("\n\n").map(str::trim).filter(|part| !part.is_empty()) {
        let depth = part.bytes().take_while(|&byte| byte == b'#').count();
        if depth > 0 && !part.contains('\n') {
            blocks.push(Block::Heading(depth, part[depth..].trim().to_owned()));
        } else if let Some(list) = part.strip_prefix("- ") {
            blocks.push(Block::List(list.split("\n- ").map(runs).collect()));
        } else {
            blocks.push(Block::Paragraph(runs(part)));
        }
    }
    blocks
}

fn runs(text: &str) -> Vec<Run> {
    let pieces = text.split("**").enumerate().filter(|(_, piece)| !piece.is_empty());
    pieces.map(|(place, text)| Run { text: text.replace('\n', " "), strong: place % 2 == 1 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_lists_and_strong_words_are_read_and_the_rest_is_text() {
        let run = |text: &str, strong| Run { text: text.to_owned(), strong };
        let read = blocks("# Policy\n\nIn force.\nFrom today.\n\n## Kept\n\n- **Photos** go.\n- <b> stays\n");
        let expected = vec![
            Block::Heading(1, "Policy".into()),
            Block::Paragraph(vec![run("In force. From today.", false)]),
            Block::Heading(2, "Kept".into()),
            Block::List(vec![vec![run("Photos", true), run(" go.", false)], vec![run("<b> stays", false)]]),
        ];
        assert_eq!(read, expected);
        assert_eq!(blocks(""), []);
    }
}
