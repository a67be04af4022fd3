//! Signing up, and what a person allows: what is kept, for how long and who gets it, made from the settings, and one tick a purpose.

use app::{AppError, Caller, Credential, SignUp, SignUpPolicy};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::consent::{Consent, Purpose};
use domain::credit::Credits;
use domain::policy::PolicyVersion;

use super::Routes;
use super::account;
use super::flash::Flash;
use super::form::{Form, Mistakes};
use super::frame::{Frame, Visitor};
use super::locale::When;
use super::outside::{Gate, gate};
use super::sections::Section;
use super::sign_in::go_on;
use crate::api::sessions::device;
use crate::extract::{Client, RawQuery, Signed};
use crate::state::{Shared, State as Web};
use crate::{Problem, cookies};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/sign-up", show)
        .post("/sign-up", sign_up)
        .get("/consents", show_consents)
        .post("/consents", keep_consents)
}

/// One thing that is good to know before a photo comes in.
pub(crate) struct Fact {
    pub(crate) icon: &'static str,
    pub(crate) title: String,
    pub(crate) text: String,
}

/// One purpose to be ticked.
pub(crate) struct Tick {
    purpose: String,
    label: String,
    detail: String,
    given: bool,
}

/// What this installation keeps, for how long, and who gets it.
pub(crate) fn facts(web: &Web) -> Vec<Fact> {
    let retention = web.app.settings().retention;
    let sent = receivers(web);
    let fact = |icon, title: String, text: String| Fact { icon, title, text };
    let previews = match retention.previews {
        Some(period) => format!("Small previews follow after {period}."),
        None => "Small previews stay in your gallery until you delete them.".to_owned(),
    };
    vec![
        fact(
            "clock",
            format!("Photos are deleted after {}", retention.uploads),
            format!(
                "Full-resolution results after {}, or sooner if you choose so. {previews}",
                retention.results
            ),
        ),
        match sent.as_slice() {
            [] => fact(
                "lock",
                "No photo leaves this machine".into(),
                "Pictures are made here, by the studio's own engine. No other company gets to see you.".into(),
            ),
            sent => fact(
                "lock",
                format!("Sent to {} only if you tick it", sent.join(" or ")),
                "Your photos go there to make pictures of them, over an encrypted line, and for nothing else."
                    .into(),
            ),
        },
        fact(
            "delete",
            "Deleted when you say so".into(),
            "One picture, all of them, or the whole account, with a receipt. Nothing is trained on your face.".into(),
        ),
    ]
}

/// The outside services that photos may go to.
fn receivers(web: &Web) -> Vec<String> {
    let service = |purpose| match purpose {
        Purpose::SendTo(service) => Some(service_name(service.as_str())),
        Purpose::KeepPhotos => None,
    };
    web.app.purposes().into_iter().filter_map(service).collect()
}

/// A service's id as a name: `some-service` is Some service.
pub(crate) fn service_name(id: &str) -> String {
    super::form::sentence(&id.replace('-', " ")).trim_end_matches('.').to_owned()
}

/// The ticks, each as it stands.
fn ticks(web: &Web, given: impl Fn(&Purpose) -> bool) -> Vec<Tick> {
    let retention = web.app.settings().retention;
    let tick = |purpose: Purpose| {
        let (label, detail) = match &purpose {
            Purpose::KeepPhotos => (
                "Keep my photos here to make pictures of me".to_owned(),
                format!(
                    "My face is looked at to check and cut out a photo; measurements live in memory only. Deleted after {}.",
                    retention.uploads
                ),
            ),
            Purpose::SendTo(service) => {
                let name = service_name(service.as_str());
                let detail = "For styles that this service makes. Without it they are made here, where that can be done.";
                (format!("Send my photos to {name} to make pictures of me"), detail.to_owned())
            }
        };
        Tick { given: given(&purpose), purpose: purpose.to_string(), label, detail }
    };
    web.app.purposes().into_iter().map(tick).collect()
}

#[derive(Template)]
#[template(path = "pages/sign_up.html")]
struct SignUpPage {
    frame: Frame,
    form: Form,
    mistakes: Mistakes,
    closed: bool,
    /// What a new account begins with, in words; empty when that is nothing.
    welcome: String,
    facts: Vec<Fact>,
    ticks: Vec<Tick>,
    policy: String,
    version: String,
}

impl SignUpPage {
    async fn new(web: &Shared, visitor: &Visitor, form: Form, mistakes: Mistakes) -> Result<Self, Problem> {
        let closed = web.app.settings().sign_up == SignUpPolicy::Closed && !web.app.is_new().await?;
        Ok(SignUpPage {
            frame: visitor.frame(web, "Make an account", "/sign-up").await?,
            closed,
            welcome: welcome(web, visitor),
            facts: facts(web),
            ticks: ticks(web, |purpose| form.all("consent").any(|ticked| ticked == purpose.to_string())),
            policy: policy_text(&web.app.settings().policy.version),
            version: web.app.settings().policy.version.version.clone(),
            form,
            mistakes,
        })
    }
}

/// "20 credits", or nothing where nothing is given or pictures cost nothing.
fn welcome(web: &Web, visitor: &Visitor) -> String {
    let settings = web.app.settings();
    let free = settings.prices.headshot == Credits::ZERO;
    match settings.welcome.get() {
        0 => String::new(),
        _ if free => String::new(),
        1 => "1 credit".to_owned(),
        credits => format!("{} credits", visitor.locale.number(credits)),
    }
}

/// Which text was shown, as a form sends it back.
fn policy_text(policy: &PolicyVersion) -> String {
    format!("{} {}", policy.version, policy.digest)
}

/// Reads it back: a text that is not in force is told from one that can't be read by nobody.
fn policy_of(form: &Form) -> Result<PolicyVersion, AppError> {
    let (version, digest) = form.text("policy").split_once(' ').ok_or(AppError::PolicyOutdated)?;
    let digest = digest.parse().map_err(|_| AppError::PolicyOutdated)?;
    Ok(PolicyVersion { version: version.to_owned(), digest })
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    RawQuery(form): RawQuery,
) -> Result<Response, Problem> {
    if visitor.caller.is_some() {
        return Ok(go_on(&form));
    }
    if web.app.outside().is_some() {
        return gate(&web, &visitor, &form, Gate::SignUp, StatusCode::OK).await;
    }
    let page = SignUpPage::new(&web, &visitor, form, Mistakes::default()).await?;
    visitor.page(&web, &page)
}

async fn sign_up(
    State(web): State<Shared>,
    visitor: Visitor,
    Client(client): Client,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let new = SignUp {
        email: form.text("email").to_owned(),
        name: form.text("name").to_owned(),
        password: form.secret("password"),
        device: device(&headers),
        client,
    };
    let shown = policy_of(&form);
    let opened = match shown.as_ref() {
        Ok(shown) if *shown == web.app.settings().policy.version => web.app.sign_up(new).await,
        // Before there is an account: nobody is to have agreed to a text that they did not see.
        _ => Err(AppError::PolicyOutdated),
    };
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let problem = Problem::from(error);
            if web.app.outside().is_some() {
                return gate(&web, &visitor, &form, Gate::SignUp, problem.status()).await;
            }
            let page = SignUpPage::new(&web, &visitor, form, Mistakes::of(&problem)).await?;
            return visitor.page_with(&web, problem.status(), &page);
        }
    };
    let session = Credential::Session(opened.session.id);
    let caller = Caller { account: opened.account.clone(), credential: session };
    for purpose in form.all("consent") {
        web.app.give_consent(&caller, purpose.parse().map_err(AppError::from)?, &policy_of(&form)?).await?;
    }
    let mut answer = go_on(&form);
    cookies::open_session(&web, &mut answer, &opened);
    Flash::Welcome.leave(&web, &mut answer);
    Ok(answer)
}

#[derive(Template)]
#[template(path = "pages/consents.html")]
struct ConsentsPage {
    frame: Frame,
    sections: &'static [Section],
    form: Form,
    mistakes: Mistakes,
    facts: Vec<Fact>,
    ticks: Vec<Tick>,
    policy: String,
    version: String,
    history: Vec<Given>,
}

/// A tick that was made once.
struct Given {
    what: String,
    version: String,
    from: When,
    until: Option<When>,
}

impl Given {
    fn of(visitor: &Visitor, consent: Consent) -> Self {
        let what = match &consent.purpose {
            Purpose::KeepPhotos => "Keep my photos".to_owned(),
            Purpose::SendTo(service) => format!("Send my photos to {}", service_name(service.as_str())),
        };
        Given {
            what,
            version: consent.policy.version,
            from: When::at(visitor.locale, consent.given_at),
            until: consent.withdrawn_at.map(|at| When::at(visitor.locale, at)),
        }
    }
}

async fn consents_page(
    web: &Shared,
    visitor: &Visitor,
    caller: &Caller,
    form: Form,
    mistakes: Mistakes,
) -> Result<ConsentsPage, Problem> {
    let state = web.app.consents(caller).await?;
    let given =
        |purpose: &Purpose| state.purposes.iter().any(|state| state.purpose == *purpose && state.given);
    Ok(ConsentsPage {
        frame: visitor.frame(web, "What you allow", "/consents").await?,
        sections: account::SECTIONS,
        form,
        mistakes,
        facts: facts(web),
        ticks: ticks(web, given),
        policy: policy_text(&state.policy),
        version: state.policy.version.clone(),
        history: state.history.into_iter().map(|consent| Given::of(visitor, consent)).collect(),
    })
}

async fn show_consents(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    RawQuery(form): RawQuery,
) -> Result<Response, Problem> {
    let page = consents_page(&web, &visitor, &caller, form, Mistakes::default()).await?;
    visitor.page(&web, &page)
}

/// What is ticked is allowed, what is not ticked is taken back.
async fn keep_consents(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    form: Form,
) -> Result<Response, Problem> {
    match keep(&web, &caller, &form).await.map_err(Problem::from) {
        Ok(()) => {
            let mut answer = go_on(&form);
            Flash::ConsentKept.leave(&web, &mut answer);
            Ok(answer)
        }
        Err(problem) => {
            let page = consents_page(&web, &visitor, &caller, form, Mistakes::of(&problem)).await?;
            visitor.page_with(&web, problem.status(), &page)
        }
    }
}

async fn keep(web: &Web, caller: &Caller, form: &Form) -> Result<(), AppError> {
    let shown = policy_of(form)?;
    let state = web.app.consents(caller).await?;
    if shown != state.policy {
        return Err(AppError::PolicyOutdated);
    }
    for known in state.purposes {
        let ticked = form.all("consent").any(|ticked| ticked == known.purpose.to_string());
        if ticked {
            web.app.give_consent(caller, known.purpose, &shown).await?;
        } else if known.given {
            web.app.withdraw_consent(caller, known.purpose).await?;
        }
    }
    Ok(())
}
