//! Buying credits: what is sold, the way to the till, what was bought, and the payment service's own messages.

use app::{AppError, BuyRequest, Visit};
use axum::Json as Answer;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use domain::payment::Money;
use domain::ports::payments::Offer;
use domain::purchase::{Payment, Purchase};
use domain::subscription::{Subscription, SubscriptionState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Problem;
use crate::extract::{Json, Path, Signed, raw_body, text_headers};
use crate::state::{Shared, State as Web};
use crate::wire::{ListView, Time};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default()
        .routes(routes!(list_offers))
        .routes(routes!(list_purchases))
        .routes(routes!(get_subscription))
        .routes(routes!(open_till))
        .routes(routes!(look_at_till))
        .routes(routes!(open_portal))
        .routes(routes!(find_receipt))
        .routes(routes!(hear))
}

/// An amount of money.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Money)]
pub(crate) struct MoneyView {
    /// In the currency's smallest unit, such as cents.
    minor: u64,
    /// The currency's ISO 4217 code.
    #[schema(example = "EUR")]
    currency: String,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        MoneyView { minor: money.minor, currency: money.currency.to_string() }
    }
}

/// Something that can be bought.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Offer)]
pub(crate) struct OfferView {
    #[schema(example = "small")]
    id: String,
    name: String,
    credits: u32,
    price: MoneyView,
    /// Whether it is paid every month until it is cancelled, and the credits come as often.
    monthly: bool,
}

impl From<Offer> for OfferView {
    fn from(offer: Offer) -> Self {
        let Offer { id, name, credits, price, monthly } = offer;
        OfferView { id, name, credits: credits.get(), price: price.into(), monthly }
    }
}

/// How far the paying of a purchase got.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = PaymentState)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentWord {
    Pending,
    Failed,
    Paid,
}

impl From<Payment> for PaymentWord {
    fn from(payment: Payment) -> Self {
        match payment {
            Payment::Pending => Self::Pending,
            Payment::Failed => Self::Failed,
            Payment::Paid => Self::Paid,
        }
    }
}

/// A purchase.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Purchase)]
pub(crate) struct PurchaseView {
    /// What the payment service calls it.
    id: String,
    payment: PaymentWord,
    /// Credits that were bought.
    credits: Option<u32>,
    price: Option<MoneyView>,
    /// What was paid back, in the currency's smallest unit.
    refunded: u64,
    /// What the bank holds or kept, in the currency's smallest unit.
    charged_back: u64,
    /// Credits of it that were not taken back.
    credits_kept: u32,
    at: Time,
}

impl From<Purchase> for PurchaseView {
    fn from(purchase: Purchase) -> Self {
        PurchaseView {
            payment: purchase.payment.into(),
            credits: purchase.terms.map(|terms| terms.credits.get()),
            price: purchase.terms.map(|terms| terms.money.into()),
            refunded: purchase.refunded,
            charged_back: purchase.charged_back(),
            credits_kept: purchase.kept().get(),
            at: purchase.at.into(),
            id: purchase.key,
        }
    }
}

/// How a subscription stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = SubscriptionState)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SubscriptionWord {
    Incomplete,
    Active,
    PastDue,
    Ended,
}

/// A subscription that is not over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Subscription)]
pub(crate) struct SubscriptionView {
    state: SubscriptionWord,
    /// It is renewed then, or ends.
    paid_until: Time,
    /// Whether it ends then.
    ends: bool,
}

impl From<Subscription> for SubscriptionView {
    fn from(subscription: Subscription) -> Self {
        SubscriptionView {
            state: match subscription.state {
                SubscriptionState::Incomplete => SubscriptionWord::Incomplete,
                SubscriptionState::Active => SubscriptionWord::Active,
                SubscriptionState::PastDue => SubscriptionWord::PastDue,
                SubscriptionState::Ended => SubscriptionWord::Ended,
            },
            paid_until: subscription.paid_until.into(),
            ends: subscription.ends,
        }
    }
}

/// The subscription, if there is one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrentSubscription)]
pub(crate) struct CurrentSubscriptionView {
    subscription: Option<SubscriptionView>,
}

/// What is to be bought.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Buy)]
pub(crate) struct BuyBody {
    /// The id of an offer.
    #[schema(example = "small")]
    offer: String,
}

/// Where to go to pay.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Till)]
pub(crate) struct TillView {
    /// The address. Whoever has it can pay there.
    url: String,
    /// What the visit is called, to ask what came of it.
    visit: String,
}

/// Where to go.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Address)]
pub(crate) struct AddressView {
    url: String,
}

/// List what can be bought
///
/// Nothing where credits are free.
#[utoipa::path(
    get, path = "/offers", operation_id = "listOffers", tag = "Payments", security(()),
    responses((status = 200, body = ListView<OfferView>, description = "The offers.")),
    extensions(("x-problems" = json!(["payments-refused"]))),
)]
async fn list_offers(State(web): State<Shared>) -> Result<Answer<ListView<OfferView>>, Problem> {
    Ok(Answer(web.app.offers().await?.into_iter().map(OfferView::from).collect()))
}

/// List what was bought
#[utoipa::path(
    get, path = "/purchases", operation_id = "listPurchases", tag = "Payments",
    security(("session" = []), ("api_key" = ["account:read"])),
    responses((status = 200, body = ListView<PurchaseView>, description = "The purchases, newest first.")),
)]
async fn list_purchases(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<Answer<ListView<PurchaseView>>, Problem> {
    Ok(Answer(web.app.purchases(&caller).await?.into_iter().map(PurchaseView::from).collect()))
}

/// Read the subscription
#[utoipa::path(
    get, path = "/subscription", operation_id = "getSubscription", tag = "Payments",
    security(("session" = []), ("api_key" = ["account:read"])),
    responses((status = 200, body = CurrentSubscriptionView, description = "The subscription that is not over, if there is one.")),
)]
async fn get_subscription(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<Answer<CurrentSubscriptionView>, Problem> {
    let subscription = web.app.subscription(&caller).await?.map(SubscriptionView::from);
    Ok(Answer(CurrentSubscriptionView { subscription }))
}

/// Go and pay
///
/// Opens a page of the payment service for this purchase. The same `Idempotency-Key` leads to the same page.
#[utoipa::path(
    post, path = "/tills", operation_id = "openTill", tag = "Payments", security(("session" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "A word of your own for this purchase.")),
    request_body = BuyBody,
    responses((status = 201, body = TillView, description = "Where to pay.")),
    extensions(("x-problems" = json!(["not-offered", "already-subscribed", "payments-refused"]))),
)]
async fn open_till(
    State(web): State<Shared>,
    Signed(caller): Signed,
    headers: HeaderMap,
    Json(body): Json<BuyBody>,
) -> Result<(StatusCode, Answer<TillView>), Problem> {
    caller.session()?;
    if !web.app.sells() {
        return Err(AppError::NotOffered.into());
    }
    let key = match headers.get(HeaderName::from_static("idempotency-key")) {
        Some(key) => key.to_str().unwrap_or_default().to_owned(),
        None => web.app.new_order_key()?,
    };
    let till = web.app.buy(&caller, wish(&web, body.offer, key)?).await?;
    Ok((StatusCode::CREATED, Answer(TillView { url: till.url, visit: till.visit })))
}

/// A wish to buy that comes back to our pages.
pub(crate) fn wish(web: &Web, offer: String, key: String) -> Result<BuyRequest, Problem> {
    let here = public_url(web)?;
    Ok(BuyRequest {
        offer,
        key,
        paid_url: format!("{here}/credits/paid?visit={{visit}}"),
        cancelled_url: format!("{here}/pricing"),
    })
}

/// Where the portal sends people back to.
pub(crate) fn portal_way_back(web: &Web) -> Result<String, Problem> {
    Ok(format!("{}/account/credits", public_url(web)?))
}

/// Where people reach us: the payment service sends them back there.
fn public_url(web: &Web) -> Result<&str, Problem> {
    let missing = || {
        Problem::new("payments-refused", "set serve.public_url: people have to be sent back from the till")
    };
    web.settings.public_url.as_deref().ok_or_else(missing)
}

/// What came of a visit to the till.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = VisitState)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VisitWord {
    Open,
    Pending,
    Failed,
    Paid,
    Booked,
}

/// What came of a visit to the till.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Visit)]
pub(crate) struct VisitView {
    /// `paid` waits for the payment service's message, by which the credits come; `booked` has them.
    state: VisitWord,
    /// How many have come.
    credits: Option<u32>,
}

impl From<Visit> for VisitView {
    fn from(visit: Visit) -> Self {
        let (state, credits) = match visit {
            Visit::Open => (VisitWord::Open, None),
            Visit::Pending => (VisitWord::Pending, None),
            Visit::Failed => (VisitWord::Failed, None),
            Visit::Paid => (VisitWord::Paid, None),
            Visit::Booked(credits) => (VisitWord::Booked, Some(credits.get())),
        };
        VisitView { state, credits }
    }
}

/// Ask what came of a visit to the till
///
/// It books nothing: credits come by the payment service's own message.
#[utoipa::path(
    get, path = "/tills/{visit}", operation_id = "lookAtTill", tag = "Payments", security(("session" = [])),
    params(("visit" = String, Path, description = "What the visit is called.")),
    responses((status = 200, body = VisitView, description = "How far it got.")),
    extensions(("x-problems" = json!(["not-offered", "payments-refused"]))),
)]
async fn look_at_till(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(visit): Path<String>,
) -> Result<Answer<VisitView>, Problem> {
    Ok(Answer(web.app.visit(&caller, &visit).await?.into()))
}

/// See to cards, receipts and subscription
///
/// Opens a page of the payment service.
#[utoipa::path(
    post, path = "/portal", operation_id = "openPortal", tag = "Payments", security(("session" = [])),
    responses((status = 201, body = AddressView, description = "Where to go.")),
    extensions(("x-problems" = json!(["not-offered", "payments-refused"]))),
)]
async fn open_portal(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<(StatusCode, Answer<AddressView>), Problem> {
    caller.session()?;
    if !web.app.sells() {
        return Err(AppError::NotOffered.into());
    }
    let url = web.app.portal(&caller, &portal_way_back(&web)?).await?;
    Ok((StatusCode::CREATED, Answer(AddressView { url })))
}

/// Find a receipt
#[utoipa::path(
    get, path = "/purchases/{purchase}/receipt", operation_id = "findReceipt", tag = "Payments", security(("session" = [])),
    params(("purchase" = String, Path, description = "Which purchase.")),
    responses((status = 200, body = AddressView, description = "Where it can be read.")),
    extensions(("x-problems" = json!(["not-offered", "payments-refused"]))),
)]
async fn find_receipt(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(purchase): Path<String>,
) -> Result<Answer<AddressView>, Problem> {
    Ok(Answer(AddressView { url: web.app.receipt_of_purchase(&caller, &purchase).await? }))
}

/// Hear the payment service
///
/// For the payment service's own messages, which carry its signature.
#[utoipa::path(
    post, path = "/hooks/payments", operation_id = "hearPayments", tag = "Hooks", security(()),
    request_body(content = Vec<u8>, content_type = "application/json", description = "A signed message."),
    responses((status = 204, description = "Heard.")),
    extensions(("x-problems" = json!(["bad-signature", "too-large", "conflict"]))),
)]
async fn hear(State(web): State<Shared>, request: Request) -> Result<StatusCode, Problem> {
    let (headers, body) = raw_body(request).await?;
    web.app.hear_payment(&text_headers(&headers), &body).await?;
    Ok(StatusCode::NO_CONTENT)
}
