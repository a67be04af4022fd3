//! Your data: taking everything along, and leaving with everything deleted. What stays is a receipt, which anybody who has its number
//! can read: there is no account left to sign in to.

use app::Receipt;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::ErasureId;

use super::{SECTIONS, mistakes};
use crate::extract::{Client, Path, Signed};
use crate::pages::Routes;
use crate::pages::form::{Form, Mistakes};
use crate::pages::frame::{Frame, Visitor};
use crate::pages::locale::{Locale, When};
use crate::pages::sections::Section;
use crate::state::Shared;
use crate::{Problem, cookies};

/// Where it is.
const HERE: &str = "/account/data";

pub(crate) fn routes() -> Routes {
    Routes::default().get(HERE, show).post("/account/delete", delete).get("/receipts/{erasure}", show_receipt)
}

#[derive(Template)]
#[template(path = "pages/account/data.html")]
struct DataPage {
    frame: Frame,
    sections: &'static [Section],
    form: Form,
    mistakes: Mistakes,
    /// Whether somebody else vouches for people: then there is no password here.
    vouched: bool,
}

async fn show(State(web): State<Shared>, visitor: Visitor, Signed(_): Signed) -> Result<Response, Problem> {
    let page = page(&web, &visitor, Mistakes::default()).await?;
    visitor.page(&web, &page)
}

async fn page(web: &Shared, visitor: &Visitor, mistakes: Mistakes) -> Result<DataPage, Problem> {
    let frame = visitor.frame(web, "Your data", HERE).await?;
    Ok(DataPage {
        frame,
        sections: SECTIONS,
        form: Form::default(),
        mistakes,
        vouched: web.app.outside().is_some(),
    })
}

async fn delete(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Client(client): Client,
    form: Form,
) -> Result<Response, Problem> {
    match web.app.erase(&caller, &form.secret("password"), client).await.map_err(Problem::from) {
        Ok(receipt) => {
            let mut answer = Redirect::to(&format!("/receipts/{}", receipt.id)).into_response();
            cookies::forget_session(&web, &mut answer);
            Ok(answer)
        }
        Err(problem) => {
            let page = page(&web, &visitor, mistakes(&problem, "password")).await?;
            visitor.page_with(&web, problem.status(), &page)
        }
    }
}

#[derive(Template)]
#[template(path = "pages/receipt.html")]
struct ReceiptPage {
    frame: Frame,
    id: ErasureId,
    begun: When,
    completed: Option<When>,
    counts: Vec<(&'static str, String)>,
}

async fn show_receipt(
    State(web): State<Shared>,
    visitor: Visitor,
    Path(erasure): Path<ErasureId>,
) -> Result<Response, Problem> {
    let receipt = web.app.receipt(erasure).await?;
    let page = ReceiptPage {
        frame: visitor.frame(&web, "The account is deleted", "").await?,
        id: receipt.id,
        begun: When::at(visitor.locale, receipt.begun_at),
        completed: receipt.completed_at.map(|at| When::at(visitor.locale, at)),
        counts: counts(visitor.locale, &receipt),
    };
    visitor.page(&web, &page)
}

/// How much was deleted, of what there was any.
fn counts(locale: Locale, receipt: &Receipt) -> Vec<(&'static str, String)> {
    let counts = &receipt.counts;
    let all = [
        ("Photos", counts.photos),
        ("Results and previews", counts.images),
        ("Wishes and what was done for them", counts.generations),
        ("Files in the storage", counts.objects),
        ("Consents", counts.consents),
        ("Lines of the credit history", counts.entries),
        ("Sign-ins and API keys", counts.credentials),
        ("Webhooks and their log", counts.webhooks),
        ("Notes on which styles were chosen", counts.usage),
        ("Payments kept in the books, without a name", counts.payments_kept),
    ];
    all.into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| (what, locale.number(count)))
        .collect()
}
