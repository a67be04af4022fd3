//! The accounts, newest first, and finding one by its address.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::account::Role;
use domain::generation::State as Stands;
use domain::ids::AccountId;
use domain::ports::database::AccountSummary;

use super::{SECTIONS, SHOWN};
use crate::Problem;
use crate::extract::{Cursor, RawQuery, Signed, page_request};
use crate::pages::Routes;
use crate::pages::form::{Form, Mistakes};
use crate::pages::frame::{Frame, Visitor};
use crate::pages::locale::When;
use crate::pages::sections::Section;
use crate::state::Shared;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/admin/accounts", show)
}

#[derive(Template)]
#[template(path = "pages/admin/accounts.html")]
struct AccountsPage {
    frame: Frame,
    sections: &'static [Section],
    form: Form,
    mistakes: Mistakes,
    accounts: Vec<Line>,
    later: bool,
    older: Option<String>,
}

/// An account in the list.
struct Line {
    id: AccountId,
    email: String,
    name: String,
    admin: bool,
    since: When,
    credits: String,
    made: String,
    stored: String,
}

impl Line {
    fn of(visitor: &Visitor, summary: AccountSummary) -> Self {
        let AccountSummary { account, credits, mut generations, stored_bytes } = summary;
        Line {
            id: account.id,
            email: account.email.as_str().to_owned(),
            name: account.name,
            admin: account.role == Role::Admin,
            since: When::on(visitor.locale, account.created_at),
            credits: visitor.locale.number(credits.balance.get()),
            made: visitor.locale.number(*generations.of(Stands::Succeeded)),
            stored: visitor.locale.bytes(stored_bytes),
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
    let mut mistakes = Mistakes::default();
    let wanted = form.text("email").trim().to_owned();
    if !wanted.is_empty() {
        match admin.find_account(&wanted).await.map_err(Problem::from) {
            Ok(account) => {
                return Ok(Redirect::to(&format!("/admin/accounts/{}", account.id)).into_response());
            }
            Err(problem) if problem.name() == "not-found" => {
                mistakes = Mistakes::at("email", "Nobody has this address.");
            }
            Err(problem) => mistakes = Mistakes::of(&problem),
        }
    }
    let after = form.filled("after");
    let accounts = admin.accounts(page_request(after, Some(SHOWN))?).await?;
    let page = AccountsPage {
        frame: visitor.frame(&web, "Accounts", "/admin/accounts").await?,
        sections: SECTIONS,
        accounts: accounts.items.into_iter().map(|summary| Line::of(&visitor, summary)).collect(),
        later: after.is_some(),
        older: accounts.next.map(|next| next.write()),
        form,
        mistakes,
    };
    visitor.page(&web, &page)
}
