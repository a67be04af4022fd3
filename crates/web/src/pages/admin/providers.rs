//! Who makes pictures, how each stands now, and how their tries went in the last days.

use app::MakerState;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::attempt::AttemptOutcome;
use domain::ports::database::AttemptSummary;
use domain::ports::provider::Circuit;

use super::{DAYS, SECTIONS, dollars, span};
use crate::Problem;
use crate::extract::Signed;
use crate::pages::Routes;
use crate::pages::frame::{Frame, Visitor};
use crate::pages::locale::When;
use crate::pages::sections::Section;
use crate::state::Shared;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/admin/providers", show)
}

#[derive(Template)]
#[template(path = "pages/admin/providers.html")]
struct ProvidersPage {
    frame: Frame,
    sections: &'static [Section],
    makers: Vec<Maker>,
    tries: Vec<Tries>,
    days: u32,
}

/// Who makes pictures.
struct Maker {
    provider: String,
    model: String,
    sends_to: Option<String>,
    mark: &'static str,
    word: &'static str,
    since: Option<When>,
    alarm: Option<String>,
}

impl Maker {
    fn of(visitor: &Visitor, state: MakerState) -> Self {
        let (mark, word) = match (state.health.circuit, &state.health.alarm) {
            (_, Some(_)) => ("bad", "needs you"),
            (Circuit::Closed, None) => ("good", "is asked"),
            (Circuit::HalfOpen, None) => ("fair", "is tried again"),
            (Circuit::Open, None) => ("bad", "rests after failures"),
        };
        Maker {
            provider: state.provider,
            model: state.model,
            sends_to: state.send_to.map(|service| service.as_str().to_owned()),
            mark,
            word,
            since: state.health.since.map(|at| When::at(visitor.locale, at)),
            alarm: state.health.alarm,
        }
    }
}

/// The tries of one provider and model that ended in one way.
struct Tries {
    provider: String,
    model: String,
    outcome: &'static str,
    mark: &'static str,
    count: String,
    images: String,
    fallbacks: String,
    p50: String,
    p90: String,
    p99: String,
    cost: String,
}

impl Tries {
    fn of(visitor: &Visitor, summary: AttemptSummary) -> Self {
        let number = |number: u64| visitor.locale.number(number);
        let (mark, outcome) = match summary.outcome {
            Some(AttemptOutcome::Succeeded) => ("good", "gave pictures"),
            Some(AttemptOutcome::Unavailable) => ("bad", "not available"),
            Some(AttemptOutcome::Refused) => ("fair", "refused"),
            Some(AttemptOutcome::Invalid) => ("bad", "our request was wrong"),
            None => ("", "run, or were lost"),
        };
        Tries {
            provider: summary.provider,
            model: summary.model,
            outcome,
            mark,
            count: number(summary.attempts),
            images: number(summary.images),
            fallbacks: number(summary.fallbacks),
            p50: number(summary.latency.p50),
            p90: number(summary.latency.p90),
            p99: number(summary.latency.p99),
            cost: dollars(summary.cost.micro_dollars),
        }
    }
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
) -> Result<Response, Problem> {
    let admin = web.app.admin(&caller)?;
    let (from, until) = span(web.app.ports().clock.now());
    let tries = admin.provider_summary(from, until).await?;
    let page = ProvidersPage {
        frame: visitor.frame(&web, "Providers", "/admin/providers").await?,
        sections: SECTIONS,
        makers: admin.makers().into_iter().map(|maker| Maker::of(&visitor, maker)).collect(),
        tries: tries.into_iter().map(|tries| Tries::of(&visitor, tries)).collect(),
        days: DAYS,
    };
    visitor.page(&web, &page)
}
