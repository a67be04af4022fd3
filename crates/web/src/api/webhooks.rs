//! Webhooks: where an account is told, what was posted, and posting it again. Messages are signed as the
//! [Standard Webhooks](https://www.standardwebhooks.com) specification says.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use domain::ids::EndpointId;
use domain::webhook::{Delivery, DeliveryState, EventId, WebhookEndpoint};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Problem;
use crate::extract::{Json, PageQuery, Path, Query, Signed};
use crate::state::Shared;
use crate::wire::{Id, ListView, PageView, Time};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default()
        .routes(routes!(add_endpoint, list_endpoints))
        .routes(routes!(delete_endpoint))
        .routes(routes!(list_deliveries))
        .routes(routes!(replay_delivery))
}

/// Where an account is told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Endpoint)]
pub(crate) struct EndpointView {
    #[schema(value_type = Id)]
    id: EndpointId,
    url: String,
    created_at: Time,
}

impl From<WebhookEndpoint> for EndpointView {
    fn from(endpoint: WebhookEndpoint) -> Self {
        EndpointView { id: endpoint.id, url: endpoint.url, created_at: endpoint.created_at.into() }
    }
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = DeliveryState)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeliveryStateWord {
    /// To be tried, now or later.
    Pending,
    /// The receiver answered with success.
    Delivered,
    /// Given up after the last try.
    Dead,
}

/// One event on its way to one endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(crate) struct DeliveryView {
    #[schema(value_type = Id)]
    endpoint: EndpointId,
    /// The event's id, the same at every try: the `webhook-id` of the message.
    event: String,
    state: DeliveryStateWord,
    tries: u32,
    /// When it is tried next, while it is pending.
    next_at: Option<Time>,
    /// The HTTP status of the last answer.
    status: Option<u16>,
    created_at: Time,
    /// What is posted.
    body: String,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        DeliveryView {
            endpoint: delivery.endpoint,
            event: delivery.event.as_str().to_owned(),
            state: match delivery.state {
                DeliveryState::Pending => DeliveryStateWord::Pending,
                DeliveryState::Delivered => DeliveryStateWord::Delivered,
                DeliveryState::Dead => DeliveryStateWord::Dead,
            },
            tries: delivery.tries,
            next_at: (delivery.state == DeliveryState::Pending).then_some(Time(delivery.next_at)),
            status: delivery.status,
            created_at: delivery.created_at.into(),
            body: delivery.body,
        }
    }
}

/// Where to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddEndpoint {
    /// A public https address.
    #[schema(example = "https://hooks.example.org/covershots", max_length = 2048)]
    url: String,
}

/// An endpoint just made.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedEndpoint)]
pub(crate) struct IssuedEndpointView {
    /// What messages are signed with, as a Standard Webhooks library takes it. It is shown this once.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    secret: String,
    endpoint: EndpointView,
}

/// Add an endpoint
///
/// It is told when a generation ends. A message that is not answered with success is tried again, for a day or two.
#[utoipa::path(
    post, path = "/webhooks/endpoints", operation_id = "addEndpoint", tag = "Webhooks",
    security(("session" = []), ("api_key" = ["webhooks"])),
    request_body = AddEndpoint,
    responses((status = 201, body = IssuedEndpointView, description = "The endpoint, with its secret.")),
    extensions(("x-problems" = json!(["url-refused", "too-many-endpoints"]))),
)]
async fn add_endpoint(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Json(add): Json<AddEndpoint>,
) -> Result<(StatusCode, Answer<IssuedEndpointView>), Problem> {
    let issued = web.app.add_endpoint(&caller, &add.url).await?;
    let view =
        IssuedEndpointView { secret: issued.secret.expose().to_owned(), endpoint: issued.endpoint.into() };
    Ok((StatusCode::CREATED, Answer(view)))
}

/// List the endpoints
#[utoipa::path(
    get, path = "/webhooks/endpoints", operation_id = "listEndpoints", tag = "Webhooks",
    security(("session" = []), ("api_key" = ["webhooks"])),
    responses((status = 200, body = ListView<EndpointView>, description = "The endpoints, newest first.")),
)]
async fn list_endpoints(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<Answer<ListView<EndpointView>>, Problem> {
    Ok(Answer(web.app.endpoints(&caller).await?.into_iter().map(EndpointView::from).collect()))
}

/// Delete an endpoint
///
/// With its log.
#[utoipa::path(
    delete, path = "/webhooks/endpoints/{endpoint}", operation_id = "deleteEndpoint", tag = "Webhooks",
    security(("session" = []), ("api_key" = ["webhooks"])),
    params(("endpoint" = inline(Id), Path, description = "Which endpoint.")),
    responses((status = 204, description = "It is deleted.")),
)]
async fn delete_endpoint(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(endpoint): Path<EndpointId>,
) -> Result<StatusCode, Problem> {
    web.app.delete_endpoint(&caller, endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List what was posted
#[utoipa::path(
    get, path = "/webhooks/deliveries", operation_id = "listDeliveries", tag = "Webhooks",
    security(("session" = []), ("api_key" = ["webhooks"])),
    params(PageQuery),
    responses((status = 200, body = PageView<DeliveryView>, description = "A page of deliveries, newest first.")),
)]
async fn list_deliveries(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Query(page): Query<PageQuery>,
) -> Result<Answer<PageView<DeliveryView>>, Problem> {
    Ok(Answer(PageView::of(web.app.deliveries(&caller, page.request()?).await?, DeliveryView::from)))
}

/// Post an event again
///
/// Whatever became of it.
#[utoipa::path(
    post, path = "/webhooks/deliveries/{endpoint}/{event}/replay", operation_id = "replayDelivery", tag = "Webhooks",
    security(("session" = []), ("api_key" = ["webhooks"])),
    params(
        ("endpoint" = inline(Id), Path, description = "To which endpoint."),
        ("event" = String, Path, description = "Which event.", max_length = 100),
    ),
    responses((status = 200, body = DeliveryView, description = "The delivery, to be tried again.")),
)]
async fn replay_delivery(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path((endpoint, event)): Path<(EndpointId, String)>,
) -> Result<Answer<DeliveryView>, Problem> {
    Ok(Answer(web.app.replay_delivery(&caller, endpoint, EventId::stored(event)).await?.into()))
}
