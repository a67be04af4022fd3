//! You: what one is called, the address one signs in with, and how long pictures are kept.

use app::Caller;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::retention::Period;

use super::{SECTIONS, mistakes};
use crate::Problem;
use crate::extract::{Client, Signed};
use crate::pages::Routes;
use crate::pages::flash::Flash;
use crate::pages::form::{Form, Mistakes};
use crate::pages::frame::{Frame, Visitor};
use crate::pages::locale::When;
use crate::pages::sections::Section;
use crate::state::Shared;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/account", show)
        .post("/account/name", change_name)
        .post("/account/email", change_email)
        .post("/account/retention", choose_retention)
}

#[derive(Template)]
#[template(path = "pages/account/profile.html")]
struct ProfilePage {
    frame: Frame,
    sections: &'static [Section],
    form: Form,
    mistakes: Mistakes,
    since: When,
    choices: Vec<Choice>,
    /// Whether somebody else vouches for people: then there is no password here.
    vouched: bool,
}

/// A time that pictures may be kept.
struct Choice {
    value: String,
    label: String,
    detail: &'static str,
    chosen: bool,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
) -> Result<Response, Problem> {
    let account = web.app.account(&caller).await?;
    let known =
        vec![("name".to_owned(), account.name), ("email".to_owned(), account.email.as_str().to_owned())];
    let page = page(&web, &visitor, &caller, known.into(), Mistakes::default()).await?;
    visitor.page(&web, &page)
}

async fn page(
    web: &Shared,
    visitor: &Visitor,
    caller: &Caller,
    form: Form,
    mistakes: Mistakes,
) -> Result<ProfilePage, Problem> {
    let account = web.app.account(caller).await?;
    Ok(ProfilePage {
        frame: visitor.frame(web, "You", "/account").await?,
        sections: SECTIONS,
        form,
        mistakes,
        since: When::on(visitor.locale, account.created_at),
        choices: choices(web, account.retention),
        vouched: web.app.outside().is_some(),
    })
}

/// As the policy says, and each shorter time.
fn choices(web: &Shared, chosen: Option<Period>) -> Vec<Choice> {
    let rules = web.app.settings().retention;
    let longest = rules.uploads.max(rules.results);
    let usual = Choice {
        value: String::new(),
        label: format!("{longest}, as the policy says"),
        detail: "Time to come back and fetch another size.",
        chosen: chosen.is_none(),
    };
    let shorter = Period::CHOICES.into_iter().filter(|period| *period < longest);
    let shorter = shorter.map(|period| Choice {
        value: period.get().to_string(),
        label: period.to_string(),
        detail: if period.get() == 1 {
            "Fetch them today: tomorrow they are gone."
        } else {
            "Long enough for most."
        },
        chosen: chosen == Some(period),
    });
    std::iter::once(usual).chain(shorter).collect()
}

async fn change_name(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    form: Form,
) -> Result<Response, Problem> {
    let changed = web.app.change_name(&caller, form.text("name")).await.map_err(Problem::from);
    answer(&web, &visitor, &caller, form, changed.map(drop), Flash::NameChanged).await
}

async fn change_email(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Client(client): Client,
    form: Form,
) -> Result<Response, Problem> {
    let changed = web.app.change_email(&caller, form.text("email"), &form.secret("password"), client).await;
    let changed = changed.map(drop).map_err(Problem::from);
    answer(&web, &visitor, &caller, form, changed, Flash::EmailChanged).await
}

async fn choose_retention(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    form: Form,
) -> Result<Response, Problem> {
    let none = || Problem::invalid("days", "choose one of those that are offered");
    let days = form.filled("days");
    let period = days.map(|days| days.parse().ok().and_then(Period::days).ok_or_else(none));
    let chosen = match period.transpose() {
        Ok(period) => web.app.choose_retention(&caller, period).await.map(drop).map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    answer(&web, &visitor, &caller, form, chosen, Flash::RetentionChosen).await
}

/// Back to the page with a word, or the form again with what is wrong.
async fn answer(
    web: &Shared,
    visitor: &Visitor,
    caller: &Caller,
    form: Form,
    done: Result<(), Problem>,
    flash: Flash,
) -> Result<Response, Problem> {
    let Err(problem) = done else { return Ok(flash.redirect(web, "/account")) };
    let page = page(web, visitor, caller, form, mistakes(&problem, "password")).await?;
    visitor.page_with(web, problem.status(), &page)
}
