//! Accounts and what opens them, consents and policies.

use domain::account::{Account, Email, Role};
use domain::alias::Alias;
use domain::api_key::ApiKey;
use domain::brand::{BrandColours, BrandKit};
use domain::consent::{Consent, Purpose, SubprocessorId};
use domain::digest::Digest;
use domain::ids::{AccountId, ApiKeyId, ConsentId, SessionId};
use domain::policy::{Policy, PolicyVersion};
use domain::ports::database::DatabaseError;
use domain::retention::Period;
use domain::session::Session;
use domain::style::thumbnail::Typeface;
use domain::time::Timestamp;
use domain::{Colour, MediaType, Size, image};
use serde::Deserialize;

use super::{Row, corrupt};

#[derive(Deserialize)]
pub(in crate::convex) struct AccountRow {
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
pub(in crate::convex) struct SessionRow {
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
pub(in crate::convex) struct ApiKeyRow {
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
pub(in crate::convex) struct PolicyRow {
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
pub(in crate::convex) struct ConsentRow {
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
pub(in crate::convex) struct AliasRow {
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
pub(in crate::convex) struct BrandRow {
    primary_colour: Option<Colour>,
    accent_colour: Option<Colour>,
    font: Option<Typeface>,
    logo: Option<LogoRow>,
}

#[derive(Deserialize)]
struct LogoRow {
    bytes: u64,
    width: u32,
    height: u32,
    digest: Digest,
}

impl Row for BrandRow {
    type Value = BrandKit;

    fn value(self) -> Result<BrandKit, DatabaseError> {
        let colours = self.primary_colour.zip(self.accent_colour);
        let logo = self.logo.map(|LogoRow { bytes, width, height, digest }| image::Picture {
            media_type: MediaType::Png.as_str().to_owned(),
            bytes,
            size: Size::new(width, height),
            digest,
        });
        let colours = colours.map(|(primary, accent)| BrandColours { primary, accent });
        Ok(BrandKit { colours, font: self.font, logo })
    }
}
