//! Generations by state, and who tried one and how that went.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::attempt::{Attempt, AttemptOutcome};
use domain::generation::{Generation, State as Stands};
use domain::ids::{AccountId, GenerationId};

use super::{SECTIONS, SHOWN, STATES, dollars};
use crate::Problem;
use crate::extract::{Cursor, Path, RawQuery, Signed, page_request};
use crate::pages::Routes;
use crate::pages::form::sentence;
use crate::pages::frame::{Frame, Visitor};
use crate::pages::locale::When;
use crate::pages::sections::Section;
use crate::state::Shared;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/admin/generations", show)
        .get("/admin/accounts/{account}/generations/{generation}", show_attempts)
}

#[derive(Template)]
#[template(path = "pages/admin/generations.html")]
struct GenerationsPage {
    frame: Frame,
    sections: &'static [Section],
    states: Vec<Choice>,
    chosen: &'static str,
    generations: Vec<Line>,
    later: bool,
    older: Option<String>,
}

/// A state to look at.
struct Choice {
    word: &'static str,
    name: &'static str,
    count: String,
    chosen: bool,
}

/// A generation in the list: nothing of what its owner wrote.
struct Line {
    id: GenerationId,
    account: AccountId,
    style: String,
    count: u8,
    progress: u8,
    reason: Option<String>,
    claims: u32,
    asked: When,
    ended: Option<When>,
}

impl Line {
    fn of(visitor: &Visitor, generation: Generation) -> Self {
        Line {
            id: generation.id,
            account: generation.account,
            style: generation.style.to_string(),
            count: generation.options.count,
            progress: generation.progress,
            reason: generation.reason.as_deref().map(sentence),
            claims: generation.claims,
            asked: When::at(visitor.locale, generation.created_at),
            ended: generation.ended_at.map(|at| When::at(visitor.locale, at)),
        }
    }
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    RawQuery(form): RawQuery,
) -> Result<Response, Problem> {
    let admin = web.app.admin(&caller)?;
    let named = STATES.into_iter().find(|(_, word, _)| *word == form.text("state"));
    let (state, chosen, _) = named.unwrap_or((Stands::Running, "running", ""));
    let mut totals = admin.totals().await?.generations;
    let after = form.filled("after");
    let generations = admin.generations(state, page_request(after, Some(SHOWN))?).await?;
    let states = STATES.map(|(state, word, name)| Choice {
        word,
        name,
        count: visitor.locale.number(*totals.of(state)),
        chosen: word == chosen,
    });
    let page = GenerationsPage {
        frame: visitor.frame(&web, "Generations", "/admin/generations").await?,
        sections: SECTIONS,
        states: states.into(),
        chosen,
        generations: generations.items.into_iter().map(|known| Line::of(&visitor, known)).collect(),
        later: after.is_some(),
        older: generations.next.map(|next| next.write()),
    };
    visitor.page(&web, &page)
}

#[derive(Template)]
#[template(path = "pages/admin/attempts.html")]
struct AttemptsPage {
    frame: Frame,
    sections: &'static [Section],
    account: AccountId,
    generation: GenerationId,
    attempts: Vec<Tried>,
}

/// A provider's try.
struct Tried {
    number: u16,
    provider: String,
    model: String,
    mark: &'static str,
    word: &'static str,
    detail: String,
    began: When,
    millis: Option<String>,
    images: u8,
    fallback: bool,
    tokens: Option<String>,
    cost: Option<String>,
}

impl Tried {
    fn of(visitor: &Visitor, attempt: Attempt) -> Self {
        let (mark, word) = match attempt.outcome {
            Some(AttemptOutcome::Succeeded) => ("good", "gave pictures"),
            Some(AttemptOutcome::Unavailable) => ("bad", "not available"),
            Some(AttemptOutcome::Refused) => ("fair", "refused"),
            Some(AttemptOutcome::Invalid) => ("bad", "our request was wrong"),
            None => ("", "runs, or was lost"),
        };
        let number = |number: u64| visitor.locale.number(number);
        let took = |end: domain::time::Timestamp| end.since(attempt.started_at).as_millis();
        let (read, written) = (attempt.cost.tokens_in, attempt.cost.tokens_out);
        Tried {
            number: attempt.number,
            provider: attempt.provider,
            model: attempt.model,
            mark,
            word,
            detail: attempt.detail,
            began: When::at(visitor.locale, attempt.started_at),
            millis: attempt.ended_at.map(|end| number(u64::try_from(took(end)).unwrap_or(u64::MAX))),
            images: attempt.images,
            fallback: attempt.fallback,
            tokens: (read + written > 0).then(|| format!("{} in, {} out", number(read), number(written))),
            cost: (attempt.cost.micro_dollars > 0).then(|| dollars(attempt.cost.micro_dollars)),
        }
    }
}

async fn show_attempts(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path((account, generation)): Path<(AccountId, GenerationId)>,
) -> Result<Response, Problem> {
    let attempts = web.app.admin(&caller)?.attempts(account, generation).await?;
    let page = AttemptsPage {
        frame: visitor.frame(&web, "Who tried it", "/admin/generations").await?,
        sections: SECTIONS,
        account,
        generation,
        attempts: attempts.into_iter().map(|attempt| Tried::of(&visitor, attempt)).collect(),
    };
    visitor.page(&web, &page)
}
