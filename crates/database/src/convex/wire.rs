//! Rows as they travel, and as the domain's types. Fields have the names of the SQL backends' columns.

use domain::account::{Account, Email, Role};
use domain::alias::Alias;
use domain::api_key::ApiKey;
use domain::aspect::Size;
use domain::attempt::{Attempt, AttemptCost, AttemptOutcome};
use domain::check::PhotoCheck;
use domain::consent::{Consent, Purpose, SubprocessorId};
use domain::credit::{Credits, EntryKey, EntryKind, LedgerEntry, Position};
use domain::digest::Digest;
use domain::generation::{Generation, State};
use domain::ids::{AccountId, ApiKeyId, ConsentId, EndpointId, GenerationId, PhotoId, SessionId};
use domain::image::{Image, ImageId, Picture};
use domain::payment::{Currency, Money, PaymentKind};
use domain::photo::Photo;
use domain::policy::{Policy, PolicyVersion};
use domain::ports::database::{DatabaseError, PaymentRecord, WithImages};
use domain::purchase::{Payment, Purchase, Terms};
use domain::retention::Period;
use domain::session::Session;
use domain::style::StyleId;
use domain::subscription::{Subscription, SubscriptionState};
use domain::time::Timestamp;
use domain::usage::{UsageEvent, UsageKind};
use domain::webhook::{Delivery, DeliveryState, EventId, WebhookEndpoint, WebhookSecret};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A text in a row that is not what this program writes there.
pub(super) fn corrupt(field: &'static str) -> DatabaseError {
    DatabaseError::Unavailable(format!("the field {field} holds something unreadable"))
}

/// A row that becomes a value of the domain.
pub(super) trait Row {
    /// The value.
    type Value;
    /// Reads it.
    fn value(self) -> Result<Self::Value, DatabaseError>;
}

/// Rows as values.
pub(super) fn all<R: Row>(rows: Vec<R>) -> Result<Vec<R::Value>, DatabaseError> {
    rows.into_iter().map(Row::value).collect()
}

/// A value as JSON, inside of a field that is a text.
pub(super) fn text<T: Serialize>(value: &T) -> Result<String, DatabaseError> {
    serde_json::to_string(value).map_err(|_| corrupt("that was to be written"))
}

#[derive(Deserialize)]
pub(super) struct AccountRow {
    id: AccountId,
    email: Email,
    name: String,
    role: Role,
    retention: Option<Period>,
    created_at: Timestamp,
}

impl Row for AccountRow {
    type Value = Account;

    fn value(self) -> Result<Account, DatabaseError> {
        let AccountRow { id, email, name, role, retention, created_at } = self;
        Ok(Account { id, email, name, role, retention, created_at })
    }
}

#[derive(Deserialize)]
pub(super) struct SessionRow {
    id: SessionId,
    account: AccountId,
    device: String,
    created_at: Timestamp,
    used_at: Timestamp,
    expires_at: Timestamp,
    sign_in: Option<String>,
}

impl Row for SessionRow {
    type Value = Session;

    fn value(self) -> Result<Session, DatabaseError> {
        let SessionRow { id, account, device, created_at, used_at, expires_at, sign_in } = self;
        Ok(Session { id, account, device, created_at, used_at, expires_at, sign_in })
    }
}

#[derive(Deserialize)]
pub(super) struct ApiKeyRow {
    id: ApiKeyId,
    account: AccountId,
    name: String,
    hint: String,
    scopes: String,
    created_at: Timestamp,
    used_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

impl Row for ApiKeyRow {
    type Value = ApiKey;

    fn value(self) -> Result<ApiKey, DatabaseError> {
        let ApiKeyRow { id, account, name, hint, scopes, created_at, used_at, expires_at, revoked_at } = self;
        let scopes = scopes.parse().map_err(|_| corrupt("scopes"))?;
        Ok(ApiKey { id, account, name, hint, scopes, created_at, used_at, expires_at, revoked_at })
    }
}

#[derive(Deserialize)]
pub(super) struct PolicyRow {
    version: String,
    digest: Digest,
    text: String,
    published_at: Timestamp,
}

impl Row for PolicyRow {
    type Value = Policy;

    fn value(self) -> Result<Policy, DatabaseError> {
        let PolicyRow { version, digest, text, published_at } = self;
        Ok(Policy { version: PolicyVersion { version, digest }, text, published_at })
    }
}

#[derive(Deserialize)]
pub(super) struct ConsentRow {
    id: ConsentId,
    account: AccountId,
    purpose: Purpose,
    version: String,
    digest: Digest,
    given_at: Timestamp,
    withdrawn_at: Option<Timestamp>,
}

impl Row for ConsentRow {
    type Value = Consent;

    fn value(self) -> Result<Consent, DatabaseError> {
        let ConsentRow { id, account, purpose, version, digest, given_at, withdrawn_at } = self;
        let policy = PolicyVersion { version, digest };
        Ok(Consent { id, account, purpose, policy, given_at, withdrawn_at })
    }
}

#[derive(Deserialize)]
pub(super) struct PhotoRow {
    id: PhotoId,
    account: AccountId,
    media_type: String,
    bytes: u64,
    width: u32,
    height: u32,
    digest: Digest,
    findings: String,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl Row for PhotoRow {
    type Value = Photo;

    fn value(self) -> Result<Photo, DatabaseError> {
        let check: PhotoCheck = serde_json::from_str(&self.findings).map_err(|_| corrupt("findings"))?;
        let PhotoRow { id, account, media_type, bytes, width, height, digest, created_at, expires_at, .. } = self;
        let size = Size::new(width, height);
        Ok(Photo { id, account, media_type, bytes, size, digest, check, created_at, expires_at })
    }
}

#[derive(Deserialize)]
pub(super) struct GenerationRow {
    id: GenerationId,
    account: AccountId,
    style: StyleId,
    options: String,
    price: Credits,
    state: State,
    progress: u8,
    reason: Option<String>,
    claims: u32,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
}

impl Row for GenerationRow {
    type Value = Generation;

    fn value(self) -> Result<Generation, DatabaseError> {
        let options = serde_json::from_str(&self.options).map_err(|_| corrupt("options"))?;
        let GenerationRow { id, account, style, price, state, progress, reason, claims, .. } = self;
        let GenerationRow { created_at, started_at, ended_at, .. } = self;
        Ok(Generation {
            id,
            account,
            style,
            options,
            price,
            state,
            progress,
            reason,
            claims,
            created_at,
            started_at,
            ended_at,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct PictureRow {
    media_type: String,
    bytes: u64,
    width: u32,
    height: u32,
    digest: Digest,
}

impl From<PictureRow> for Picture {
    fn from(row: PictureRow) -> Self {
        let PictureRow { media_type, bytes, width, height, digest } = row;
        Picture { media_type, bytes, size: Size::new(width, height), digest }
    }
}

/// A picture on its way.
pub(super) fn picture(picture: &Picture) -> Value {
    let Picture { media_type, bytes, size, digest } = picture;
    serde_json::json!({
        "media_type": media_type, "bytes": bytes, "width": size.width, "height": size.height, "digest": digest,
    })
}

#[derive(Deserialize)]
pub(super) struct ImageRow {
    account: AccountId,
    generation: GenerationId,
    number: u8,
    full: PictureRow,
    preview: PictureRow,
    likeness: Option<f32>,
    favourite: bool,
    created_at: Timestamp,
    expires_at: Timestamp,
    preview_expires_at: Option<Timestamp>,
}

impl Row for ImageRow {
    type Value = Image;

    fn value(self) -> Result<Image, DatabaseError> {
        let ImageRow { account, generation, number, full, preview, likeness, favourite, .. } = self;
        let ImageRow { created_at, expires_at, preview_expires_at, .. } = self;
        Ok(Image {
            id: ImageId { generation, number },
            account,
            full: full.into(),
            preview: preview.into(),
            likeness,
            favourite,
            created_at,
            expires_at,
            preview_expires_at,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct WithImagesRow {
    generation: GenerationRow,
    images: Vec<ImageRow>,
}

impl Row for WithImagesRow {
    type Value = WithImages;

    fn value(self) -> Result<WithImages, DatabaseError> {
        Ok(WithImages { generation: self.generation.value()?, images: all(self.images)? })
    }
}

#[derive(Deserialize)]
pub(super) struct AttemptRow {
    generation: GenerationId,
    number: u16,
    provider: String,
    model: String,
    prompt: String,
    pub(super) started_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    outcome: Option<AttemptOutcome>,
    detail: String,
    images: u8,
    tokens_in: u64,
    tokens_out: u64,
    micro_dollars: u64,
}

impl Row for AttemptRow {
    type Value = Attempt;

    fn value(self) -> Result<Attempt, DatabaseError> {
        let AttemptRow { generation, number, provider, model, prompt, started_at, ended_at, outcome, .. } = self;
        let AttemptRow { detail, images, tokens_in, tokens_out, micro_dollars, .. } = self;
        let cost = AttemptCost { tokens_in, tokens_out, micro_dollars };
        Ok(Attempt {
            generation,
            number,
            provider,
            model,
            prompt,
            started_at,
            ended_at,
            outcome,
            detail,
            images,
            cost,
        })
    }
}

#[derive(Clone, Copy, Deserialize)]
pub(super) struct PositionRow {
    balance: Credits,
    debt: Credits,
}

impl Row for PositionRow {
    type Value = Position;

    fn value(self) -> Result<Position, DatabaseError> {
        Ok(Position { balance: self.balance, debt: self.debt })
    }
}

#[derive(Deserialize)]
pub(super) struct EntryRow {
    account: AccountId,
    sequence: u64,
    key: EntryKey,
    kind: EntryKind,
    change: i64,
    #[serde(flatten)]
    after: PositionRow,
    generation: Option<GenerationId>,
    note: String,
    at: Timestamp,
}

impl Row for EntryRow {
    type Value = LedgerEntry;

    fn value(self) -> Result<LedgerEntry, DatabaseError> {
        let EntryRow { account, sequence, key, kind, change, after, generation, note, at } = self;
        Ok(LedgerEntry { account, sequence, key, kind, change, after: after.value()?, generation, note, at })
    }
}

#[derive(Deserialize)]
pub(super) struct AliasRow {
    service: String,
    id: String,
}

impl Row for AliasRow {
    type Value = Alias;

    fn value(self) -> Result<Alias, DatabaseError> {
        let service = SubprocessorId::new(&self.service).ok_or_else(|| corrupt("service"))?;
        Alias::new(service, self.id).ok_or_else(|| corrupt("id"))
    }
}

#[derive(Deserialize)]
pub(super) struct PurchaseRow {
    key: String,
    account: Option<AccountId>,
    credits: Option<Credits>,
    minor: Option<u64>,
    currency: Option<Currency>,
    payment: Payment,
    refunded: u64,
    disputes: String,
    pub(super) movements: u32,
    at: Timestamp,
    pub(super) version: u32,
}

impl Row for PurchaseRow {
    type Value = Purchase;

    fn value(self) -> Result<Purchase, DatabaseError> {
        let disputes = serde_json::from_str(&self.disputes).map_err(|_| corrupt("disputes"))?;
        let PurchaseRow { key, account, credits, minor, currency, payment, refunded, at, .. } = self;
        let terms = match (credits, minor, currency) {
            (Some(credits), Some(minor), Some(currency)) => {
                Some(Terms { credits, money: Money { minor, currency } })
            }
            _ => None,
        };
        Ok(Purchase { key, account, terms, payment, refunded, disputes, at })
    }
}

#[derive(Deserialize)]
pub(super) struct SubscriptionRow {
    account: AccountId,
    id: String,
    state: SubscriptionState,
    paid_until: Timestamp,
    ends: bool,
    as_of: Timestamp,
}

impl Row for SubscriptionRow {
    type Value = Subscription;

    fn value(self) -> Result<Subscription, DatabaseError> {
        let SubscriptionRow { account, id, state, paid_until, ends, as_of } = self;
        Ok(Subscription { id, account, state, paid_until, ends, as_of })
    }
}

#[derive(Deserialize)]
pub(super) struct PaymentRow {
    purchase: String,
    number: u32,
    account: Option<AccountId>,
    kind: PaymentKind,
    credits: Credits,
    minor: u64,
    currency: Currency,
    at: Timestamp,
}

impl Row for PaymentRow {
    type Value = PaymentRecord;

    fn value(self) -> Result<PaymentRecord, DatabaseError> {
        let PaymentRow { purchase, number, account, kind, credits, minor, currency, at } = self;
        Ok(PaymentRecord { purchase, number, account, kind, credits, money: Money { minor, currency }, at })
    }
}

/// The movements of money of one day, currency and kind, or one movement.
#[derive(Deserialize)]
pub(super) struct MoneyDay {
    pub(super) currency: Currency,
    pub(super) kind: PaymentKind,
    pub(super) count: u64,
    pub(super) minor: u64,
    pub(super) credits: u64,
}

impl TryFrom<PaymentRow> for MoneyDay {
    type Error = DatabaseError;

    fn try_from(row: PaymentRow) -> Result<Self, DatabaseError> {
        let PaymentRow { kind, credits, minor, currency, .. } = row;
        Ok(MoneyDay { currency, kind, count: 1, minor, credits: u64::from(credits.get()) })
    }
}

#[derive(Deserialize)]
pub(super) struct EndpointRow {
    id: EndpointId,
    account: AccountId,
    url: String,
    secret: String,
    created_at: Timestamp,
}

impl Row for EndpointRow {
    type Value = WebhookEndpoint;

    fn value(self) -> Result<WebhookEndpoint, DatabaseError> {
        let EndpointRow { id, account, url, secret, created_at } = self;
        Ok(WebhookEndpoint { id, account, url, secret: WebhookSecret::new(secret), created_at })
    }
}

#[derive(Deserialize)]
pub(super) struct DeliveryRow {
    endpoint: EndpointId,
    event: EventId,
    account: AccountId,
    body: String,
    state: DeliveryState,
    tries: u32,
    next_at: Timestamp,
    status: Option<u16>,
    created_at: Timestamp,
}

impl Row for DeliveryRow {
    type Value = Delivery;

    fn value(self) -> Result<Delivery, DatabaseError> {
        let DeliveryRow { endpoint, event, account, body, state, tries, next_at, status, created_at } = self;
        Ok(Delivery { endpoint, event, account, body, state, tries, next_at, status, created_at })
    }
}

#[derive(Deserialize)]
pub(super) struct UsageRow {
    account: AccountId,
    pub(super) kind: UsageKind,
    pub(super) style: StyleId,
    at: Timestamp,
}

impl Row for UsageRow {
    type Value = UsageEvent;

    fn value(self) -> Result<UsageEvent, DatabaseError> {
        let UsageRow { account, kind, style, at } = self;
        Ok(UsageEvent { account, kind, style, at })
    }
}
