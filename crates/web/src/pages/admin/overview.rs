//! At a glance: how many, how it went in the last days, and whether somebody has to do something.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::attempt::AttemptOutcome;
use domain::ports::database::Spending;
use domain::time::Timestamp;
use domain::usage::UsageKind;

use super::{DAYS, SECTIONS, STATES, dollars, span};
use crate::Problem;
use crate::extract::Signed;
use crate::pages::Routes;
use crate::pages::charts::{DayChart, Series, Share};
use crate::pages::frame::{Frame, Visitor};
use crate::pages::sections::Section;
use crate::state::Shared;

/// Styles in the list of those that are liked.
const STYLES: usize = 10;

const OUTCOMES: &[Series] = &[
    Series { name: "made", colour: "good" },
    Series { name: "refused", colour: "fair" },
    Series { name: "not available or wrong", colour: "bad" },
];
const MONEY: &[Series] = &[Series { name: "spent", colour: "plain" }];

pub(crate) fn routes() -> Routes {
    Routes::default().get("/admin", show)
}

#[derive(Template)]
#[template(path = "pages/admin/overview.html")]
struct OverviewPage {
    frame: Frame,
    sections: &'static [Section],
    figures: Vec<(&'static str, String)>,
    states: Vec<StateCount>,
    /// What somebody has to look after, in words.
    alarms: Vec<String>,
    tries: DayChart,
    /// Only where money was spent.
    money: Option<DayChart>,
    styles: Vec<Share>,
}

struct StateCount {
    word: &'static str,
    name: &'static str,
    count: String,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
) -> Result<Response, Problem> {
    let admin = web.app.admin(&caller)?;
    let now = web.app.ports().clock.now();
    let (from, until) = span(now);
    let locale = visitor.locale;
    let mut totals = admin.totals().await?;
    let spent = admin.spending(from, until).await?;
    let usage = admin.style_usage(from, until).await?;
    let chosen = usage.into_iter().filter(|usage| usage.kind == UsageKind::StyleChosen).take(STYLES);
    let chosen = chosen.map(|usage| (usage.style.to_string(), usage.count)).collect();
    let alarms = admin.makers().into_iter().filter_map(|maker| {
        let alarm = maker.health.alarm?;
        Some(format!("{}: {alarm}", maker.provider))
    });
    let states = STATES.map(|(state, word, name)| StateCount {
        word,
        name,
        count: locale.number(*totals.generations.of(state)),
    });
    let number = |number: u64| locale.number(number);
    let cost: u64 = spent.iter().map(|spent| spent.cost.micro_dollars).sum();
    let money = by_day(&spent, 1, |spent, values| values[0] += spent.cost.micro_dollars);
    let page = OverviewPage {
        frame: visitor.frame(&web, "This installation", "/admin").await?,
        sections: SECTIONS,
        figures: vec![
            ("Accounts", number(totals.accounts)),
            ("Photos", number(totals.photos)),
            ("Images", number(totals.images)),
            ("Credits to spend", number(totals.credits_outstanding)),
            ("Credits owed", number(totals.credits_owed)),
        ],
        states: states.into(),
        alarms: alarms.collect(),
        tries: DayChart::new("Tries by day", OUTCOMES, DAYS, now, &outcomes(&spent), locale, number),
        money: (cost > 0).then(|| DayChart::new("Money by day", MONEY, DAYS, now, &money, locale, dollars)),
        styles: Share::of(chosen, number),
    };
    visitor.page(&web, &page)
}

/// Tries by day and by how they ended, in the order of [`OUTCOMES`].
fn outcomes(spent: &[Spending]) -> BTreeMap<Timestamp, Vec<u64>> {
    by_day(spent, OUTCOMES.len(), |spent, values| {
        let place = match spent.outcome {
            AttemptOutcome::Succeeded => 0,
            AttemptOutcome::Refused => 1,
            AttemptOutcome::Unavailable | AttemptOutcome::Invalid => 2,
        };
        values[place] += spent.attempts;
    })
}

fn by_day(
    spent: &[Spending],
    series: usize,
    add: impl Fn(&Spending, &mut Vec<u64>),
) -> BTreeMap<Timestamp, Vec<u64>> {
    let mut days = BTreeMap::new();
    for spent in spent {
        add(spent, days.entry(spent.day).or_insert_with(|| vec![0; series]));
    }
    days
}
