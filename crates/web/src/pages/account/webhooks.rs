//! Webhooks: where one's own server is told, what was posted, and posting it again.

use app::{Caller, DeliveryCursor};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::ids::EndpointId;
use domain::webhook::{Delivery, DeliveryState, EventId, WebhookEndpoint};

use super::{SECTIONS, SHOWN};
use crate::Problem;
use crate::extract::{Cursor, Path, RawQuery, Signed, page_request};
use crate::pages::Routes;
use crate::pages::flash::Flash;
use crate::pages::form::{Form, Mistakes};
use crate::pages::frame::{Frame, Visitor};
use crate::pages::locale::When;
use crate::pages::sections::Section;
use crate::state::Shared;

/// Where it is.
const HERE: &str = "/account/webhooks";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get(HERE, show)
        .post(HERE, add)
        .post("/account/webhooks/{endpoint}/delete", delete)
        .post("/account/webhooks/{endpoint}/{event}/replay", replay)
}

#[derive(Template)]
#[template(path = "pages/account/webhooks.html")]
struct WebhooksPage {
    frame: Frame,
    sections: &'static [Section],
    form: Form,
    mistakes: Mistakes,
    /// What the endpoint that was just added signs with.
    secret: Option<String>,
    endpoints: Vec<Endpoint>,
    full: bool,
    log: Vec<Posted>,
    later: bool,
    older: Option<String>,
}

struct Endpoint {
    id: EndpointId,
    url: String,
    made: When,
}

/// One event on its way to one endpoint.
struct Posted {
    endpoint: EndpointId,
    url: String,
    event: String,
    /// `good`, `fair` or `bad`.
    mark: &'static str,
    word: &'static str,
    tries: String,
    status: Option<u16>,
    next: Option<When>,
    at: When,
    body: String,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    RawQuery(form): RawQuery,
) -> Result<Response, Problem> {
    let page = page(&web, &visitor, &caller, form, Mistakes::default()).await?;
    visitor.page(&web, &page)
}

async fn page(
    web: &Shared,
    visitor: &Visitor,
    caller: &Caller,
    form: Form,
    mistakes: Mistakes,
) -> Result<WebhooksPage, Problem> {
    let after = form.filled("after");
    let known = web.app.endpoints(caller).await?;
    let log = web.app.deliveries(caller, page_request::<DeliveryCursor>(after, Some(SHOWN))?).await?;
    Ok(WebhooksPage {
        frame: visitor.frame(web, "Webhooks", HERE).await?,
        sections: SECTIONS,
        secret: None,
        full: known.len() >= web.app.settings().webhooks.max_endpoints,
        log: log.items.into_iter().map(|delivery| posted(web, visitor, &known, delivery)).collect(),
        endpoints: known.into_iter().map(|endpoint| shown(visitor, endpoint)).collect(),
        later: after.is_some(),
        older: log.next.map(|next| next.write()),
        form,
        mistakes,
    })
}

fn shown(visitor: &Visitor, endpoint: WebhookEndpoint) -> Endpoint {
    let made = When::on(visitor.locale, endpoint.created_at);
    Endpoint { id: endpoint.id, url: endpoint.url, made }
}

fn posted(web: &Shared, visitor: &Visitor, known: &[WebhookEndpoint], delivery: Delivery) -> Posted {
    let (mark, word) = match delivery.state {
        DeliveryState::Delivered => ("good", "Delivered"),
        DeliveryState::Pending if delivery.tries == 0 => ("", "On its way"),
        DeliveryState::Pending => ("fair", "Tried again"),
        DeliveryState::Dead => ("bad", "Given up"),
    };
    let waits = delivery.state == DeliveryState::Pending && delivery.tries > 0;
    let endpoint = known.iter().find(|endpoint| endpoint.id == delivery.endpoint);
    Posted {
        endpoint: delivery.endpoint,
        url: endpoint.map(|endpoint| endpoint.url.clone()).unwrap_or_default(),
        event: delivery.event.as_str().to_owned(),
        mark,
        word,
        tries: visitor.locale.number(delivery.tries),
        status: delivery.status,
        next: waits.then(|| When::until(web.app.ports().clock.now(), delivery.next_at)),
        at: When::at(visitor.locale, delivery.created_at),
        body: delivery.body,
    }
}

async fn add(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    form: Form,
) -> Result<Response, Problem> {
    match web.app.add_endpoint(&caller, form.text("url").trim()).await.map_err(Problem::from) {
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

async fn delete(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(endpoint): Path<EndpointId>,
) -> Result<Response, Problem> {
    web.app.delete_endpoint(&caller, endpoint).await?;
    Ok(Flash::EndpointDeleted.redirect(&web, HERE))
}

async fn replay(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path((endpoint, event)): Path<(EndpointId, String)>,
) -> Result<Response, Problem> {
    web.app.replay_delivery(&caller, endpoint, EventId::stored(event)).await?;
    Ok(Flash::Replayed.redirect(&web, HERE))
}
