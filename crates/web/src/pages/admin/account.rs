//! One account: its credits, giving some, its role, a link to set a new password, and deleting it.

use app::Caller;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::account::Role;
use domain::credit::Credits;
use domain::ids::AccountId;
use domain::page::PageRequest;

use super::SECTIONS;
use crate::Problem;
use crate::extract::{Path, Signed};
use crate::pages::Routes;
use crate::pages::account::Entry;
use crate::pages::flash::Flash;
use crate::pages::form::{Form, Mistakes};
use crate::pages::frame::{Frame, Visitor};
use crate::pages::front::credits;
use crate::pages::locale::When;
use crate::pages::sections::Section;
use crate::state::Shared;

/// Lines of the ledger that are shown.
const LINES: u32 = 20;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/admin/accounts/{account}", show)
        .post("/admin/accounts/{account}/grant", grant)
        .post("/admin/accounts/{account}/role", set_role)
        .post("/admin/accounts/{account}/reset", reset)
        .post("/admin/accounts/{account}/delete", delete)
}

#[derive(Template)]
#[template(path = "pages/admin/account.html")]
struct AccountPage {
    frame: Frame,
    sections: &'static [Section],
    form: Form,
    mistakes: Mistakes,
    id: AccountId,
    email: String,
    admin: bool,
    /// Whether it is the one who looks.
    own: bool,
    since: When,
    kept: Option<String>,
    balance: String,
    debt: Option<String>,
    entries: Vec<Entry>,
    /// The link that was just made, and until when it is good.
    link: Option<(String, When)>,
    /// Names this very form, so that sent twice it gives once.
    key: String,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path(account): Path<AccountId>,
) -> Result<Response, Problem> {
    let page = page(&web, &visitor, &caller, account, Form::default(), Mistakes::default()).await?;
    visitor.page(&web, &page)
}

async fn page(
    web: &Shared,
    visitor: &Visitor,
    caller: &Caller,
    id: AccountId,
    form: Form,
    mistakes: Mistakes,
) -> Result<AccountPage, Problem> {
    let admin = web.app.admin(caller)?;
    let account = admin.account(id).await?;
    let position = admin.credits(id).await?;
    let entries = admin.ledger(id, PageRequest::first(LINES)).await?.items;
    let last = entries.first().map_or(0, |entry| entry.sequence);
    let title = if account.name.is_empty() { account.email.as_str() } else { account.name.as_str() };
    Ok(AccountPage {
        frame: visitor.frame(web, title, "/admin/accounts").await?,
        sections: SECTIONS,
        email: account.email.as_str().to_owned(),
        admin: account.role == Role::Admin,
        own: caller.id() == id,
        since: When::on(visitor.locale, account.created_at),
        kept: account.retention.map(|period| period.to_string()),
        balance: visitor.locale.number(position.balance.get()),
        debt: (position.debt.get() > 0).then(|| credits(visitor, position.debt)),
        entries: entries.into_iter().map(|entry| Entry::of(visitor, entry)).collect(),
        link: None,
        // The ledger only grows: the same place in it is the same form.
        key: format!("page/{id}/{last}"),
        form,
        mistakes,
        id,
    })
}

async fn grant(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path(account): Path<AccountId>,
    form: Form,
) -> Result<Response, Problem> {
    let admin = web.app.admin(&caller)?;
    let amount = form.text("amount").trim().parse().map(Credits::new);
    let given = match amount {
        Ok(amount) => {
            let given = admin.grant(account, amount, form.text("key"), form.text("note")).await;
            given.map(drop).map_err(Problem::from)
        }
        Err(_) => Err(Problem::invalid("amount", "write a whole number of credits")),
    };
    answer(&web, &visitor, &caller, account, form, given, Flash::Granted).await
}

async fn set_role(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path(account): Path<AccountId>,
    form: Form,
) -> Result<Response, Problem> {
    let admin = web.app.admin(&caller)?;
    let role = if form.text("role") == "admin" { Role::Admin } else { Role::Member };
    let set = admin.set_role(account, role).await.map(drop).map_err(Problem::from);
    answer(&web, &visitor, &caller, account, form, set, Flash::RoleSet).await
}

/// Back to the page with a word, or the form again with what is wrong.
async fn answer(
    web: &Shared,
    visitor: &Visitor,
    caller: &Caller,
    account: AccountId,
    form: Form,
    done: Result<(), Problem>,
    flash: Flash,
) -> Result<Response, Problem> {
    let problem = match done {
        Ok(()) => return Ok(flash.redirect(web, &format!("/admin/accounts/{account}"))),
        Err(problem) if problem.name() == "not-found" => return Err(problem),
        Err(problem) => problem,
    };
    let page = page(web, visitor, caller, account, form, Mistakes::of(&problem)).await?;
    visitor.page_with(web, problem.status(), &page)
}

async fn reset(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path(account): Path<AccountId>,
) -> Result<Response, Problem> {
    let (token, until) = web.app.admin(&caller)?.issue_reset_link(account).await?;
    let mut page = page(&web, &visitor, &caller, account, Form::default(), Mistakes::default()).await?;
    let place = web.settings.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("token", token.expose()).finish();
    let until = When::until(web.app.ports().clock.now(), until);
    page.link = Some((format!("{place}/reset?{query}"), until));
    visitor.page_with(&web, StatusCode::CREATED, &page)
}

async fn delete(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Path(account): Path<AccountId>,
    form: Form,
) -> Result<Response, Problem> {
    let admin = web.app.admin(&caller)?;
    let known = admin.account(account).await?;
    if form.text("confirm").trim() != known.email.as_str() {
        let mistakes = Mistakes::at("confirm", "Write the address of this account.");
        let page = page(&web, &visitor, &caller, account, form, mistakes).await?;
        return visitor.page_with(&web, StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    match admin.erase(account).await.map_err(Problem::from) {
        Ok(_) => Ok(Flash::AccountErased.redirect(&web, "/admin/accounts")),
        Err(problem) => {
            let page = page(&web, &visitor, &caller, account, form, Mistakes::of(&problem)).await?;
            visitor.page_with(&web, problem.status(), &page)
        }
    }
}
