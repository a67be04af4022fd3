//! API keys: how programs act in one's name, and how far.

use app::{Caller, NewApiKey};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::api_key::{ApiKey, Scope, Scopes};
use domain::ids::ApiKeyId;
use domain::time::{DAY, Timestamp};

use super::SECTIONS;
use crate::Problem;
use crate::extract::{Path, Signed};
use crate::pages::Routes;
use crate::pages::flash::Flash;
use crate::pages::form::{Form, Mistakes};
use crate::pages::frame::{Frame, Visitor};
use crate::pages::locale::When;
use crate::pages::sections::Section;
use crate::state::Shared;

/// Where it is.
const HERE: &str = "/account/keys";
/// Days after which a key may end by itself.
const LIVES: [u32; 3] = [30, 90, 365];

pub(crate) fn routes() -> Routes {
    Routes::default().get(HERE, show).post(HERE, create).post("/account/keys/{key}/revoke", revoke)
}

#[derive(Template)]
#[template(path = "pages/account/keys.html")]
struct KeysPage {
    frame: Frame,
    sections: &'static [Section],
    form: Form,
    mistakes: Mistakes,
    /// The secret of the key that was just made.
    secret: Option<String>,
    keys: Vec<Key>,
    scopes: Vec<Reach>,
    lives: [u32; 3],
}

/// A key as its line shows it.
struct Key {
    id: ApiKeyId,
    name: String,
    hint: String,
    scopes: String,
    made: When,
    used: Option<When>,
    ends: Option<When>,
    live: bool,
    revoked: bool,
}

/// A thing that a key may do.
struct Reach {
    scope: &'static str,
    label: &'static str,
    ticked: bool,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
) -> Result<Response, Problem> {
    let page = page(&web, &visitor, &caller, Form::default(), Mistakes::default()).await?;
    visitor.page(&web, &page)
}

async fn page(
    web: &Shared,
    visitor: &Visitor,
    caller: &Caller,
    form: Form,
    mistakes: Mistakes,
) -> Result<KeysPage, Problem> {
    let now = web.app.ports().clock.now();
    let keys = web.app.api_keys(caller).await?;
    Ok(KeysPage {
        frame: visitor.frame(web, "API keys", HERE).await?,
        sections: SECTIONS,
        secret: None,
        keys: keys.into_iter().map(|key| Key::of(visitor, key, now)).collect(),
        scopes: Scope::ALL.map(|scope| reach(scope, &form)).into(),
        lives: LIVES,
        form,
        mistakes,
    })
}

impl Key {
    fn of(visitor: &Visitor, key: ApiKey, now: Timestamp) -> Self {
        let live = key.is_live(now);
        Key {
            id: key.id,
            name: key.name,
            hint: key.hint,
            scopes: key.scopes.to_string().replace(' ', ", "),
            made: When::on(visitor.locale, key.created_at),
            used: key.used_at.map(|at| When::at(visitor.locale, at)),
            ends: key.expires_at.map(|at| When::on(visitor.locale, at)),
            live,
            revoked: key.revoked_at.is_some(),
        }
    }
}

fn reach(scope: Scope, form: &Form) -> Reach {
    let label = match scope {
        Scope::Photos => "See, add and delete photos",
        Scope::ImagesRead => "See and fetch results",
        Scope::GenerationsWrite => "Make pictures, which spends credits",
        Scope::AccountRead => "See the account and its credits",
        Scope::Webhooks => "Change webhooks",
    };
    Reach { scope: scope.as_str(), label, ticked: form.all("scope").any(|ticked| ticked == scope.as_str()) }
}

async fn create(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    form: Form,
) -> Result<Response, Problem> {
    let ticked = |scope: &Scope| form.all("scope").any(|ticked| ticked == scope.as_str());
    let lives = LIVES.into_iter().find(|days| form.text("days") == days.to_string());
    let new = NewApiKey {
        name: form.text("name").to_owned(),
        scopes: Scope::ALL.into_iter().filter(ticked).collect::<Scopes>(),
        expires_at: lives.map(|days| web.app.ports().clock.now() + days * DAY),
    };
    match web.app.create_api_key(&caller, new).await.map_err(Problem::from) {
        Ok(issued) => {
            let mut page = page(&web, &visitor, &caller, Form::default(), Mistakes::default()).await?;
            page.secret = Some(issued.secret.expose().to_owned());
            visitor.page_with(&web, StatusCode::CREATED, &page)
        }
        Err(problem) => {
            let page = page(&web, &visitor, &caller, form, Mistakes::of(&problem)).await?;
            visitor.page_with(&web, problem.status(), &page)
        }
    }
}

async fn revoke(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(key): Path<ApiKeyId>,
) -> Result<Response, Problem> {
    web.app.revoke_api_key(&caller, key).await?;
    Ok(Flash::KeyRevoked.redirect(&web, HERE))
}
