//! Your data: taking everything along, and leaving with everything deleted. What stays is a receipt, which anybody who has its number
//! can read: there is no account left to sign in to.

use app::{Caller, Gathered, Receipt, Stay};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::ErasureId;

use super::{SECTIONS, mistakes};
use crate::api::take_along;
use crate::extract::{Client, Path, Signed};
use crate::pages::Routes;
use crate::pages::flash::Flash;
use crate::pages::form::{Form, Mistakes};
use crate::pages::frame::{Frame, Visitor};
use crate::pages::locale::{Locale, When};
use crate::pages::sections::Section;
use crate::state::Shared;
use crate::{Problem, cookies};

/// Where it is.
const HERE: &str = "/account/data";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get(HERE, show)
        .post("/account/archive", gather)
        .post("/account/delete", delete)
        .get("/receipts/{erasure}", show_receipt)
}

#[derive(Template)]
#[template(path = "pages/account/data.html")]
struct DataPage {
    frame: Frame,
    sections: &'static [Section],
    form: Form,
    mistakes: Mistakes,
    /// Whether somebody else vouches for people: then their word is asked for in the place of a password.
    vouched: bool,
    archive: Archive,
}

/// How the archive of everything stands, for the page.
enum Archive {
    Nothing,
    Making,
    /// Its size, and when it goes.
    Ready(String, When),
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
) -> Result<Response, Problem> {
    let page = page(&web, &visitor, &caller, Mistakes::default()).await?;
    visitor.page(&web, &page)
}

/// Has everything gathered, in the background.
async fn gather(State(web): State<Shared>, Signed(caller): Signed) -> Result<Response, Problem> {
    take_along::begin(&web, &caller).await?;
    Ok(Flash::Gathering.redirect(&web, HERE))
}

async fn page(
    web: &Shared,
    visitor: &Visitor,
    caller: &Caller,
    mistakes: Mistakes,
) -> Result<DataPage, Problem> {
    let archive = match web.app.gathered(caller).await? {
        Gathered::Nothing => Archive::Nothing,
        Gathered::Making { .. } => Archive::Making,
        Gathered::Ready { bytes, expires_at, .. } => {
            let kilobytes = visitor.locale.number(bytes.div_ceil(1000));
            Archive::Ready(format!("{kilobytes} kB"), When::on(visitor.locale, expires_at))
        }
    };
    let frame = visitor.frame(web, "Your data", HERE).await?;
    Ok(DataPage {
        frame,
        sections: SECTIONS,
        form: Form::default(),
        mistakes,
        vouched: web.app.outside().is_some(),
        archive,
    })
}

async fn delete(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    Client(client): Client,
    form: Form,
) -> Result<Response, Problem> {
    let erased = match web.app.outside() {
        Some(_) => web.app.erase_vouched(&caller, &form.secret("token")).await,
        None => web.app.erase(&caller, &form.secret("password"), client).await,
    };
    match erased.map_err(Problem::from) {
        Ok(receipt) => {
            let mut answer = Redirect::to(&format!("/receipts/{}", receipt.id)).into_response();
            cookies::forget_session(&web, &mut answer);
            Ok(answer)
        }
        Err(problem) => {
            let page = page(&web, &visitor, &caller, mistakes(&problem, "password")).await?;
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
    /// What was looked through afterwards, and showed nothing.
    searched: Vec<String>,
    stays: Vec<Stay>,
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
        searched: receipt.searched,
        stays: receipt.stays,
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
