//! Everything about one person, read by one query.

use domain::ids::{AccountId, PhotoId};
use domain::ports::database::{AccountExport, Answer, DatabaseError, GenerationExport};
use serde::Deserialize;
use serde_json::json;

use super::Convex;
use super::wire::{
    AccountRow, AliasRow, ApiKeyRow, AttemptRow, BrandRow, ConsentRow, DeliveryRow, EndpointRow, EntryRow,
    GenerationRow, ImageRow, PhotoRow, PositionRow, PurchaseRow, Row, SessionRow, SubscriptionRow, UsageRow,
    all,
};

#[derive(Deserialize)]
struct ExportRow {
    account: AccountRow,
    #[serde(flatten)]
    credits: PositionRow,
    brand: BrandRow,
    consents: Vec<ConsentRow>,
    photos: Vec<PhotoRow>,
    generations: Vec<GenerationExportRow>,
    ledger: Vec<EntryRow>,
    purchases: Vec<PurchaseRow>,
    subscriptions: Vec<SubscriptionRow>,
    aliases: Vec<AliasRow>,
    sessions: Vec<SessionRow>,
    api_keys: Vec<ApiKeyRow>,
    endpoints: Vec<EndpointRow>,
    deliveries: Vec<DeliveryRow>,
    usage: Vec<UsageRow>,
}

#[derive(Deserialize)]
struct GenerationExportRow {
    generation: GenerationRow,
    photos: Vec<PhotoId>,
    attempts: Vec<AttemptRow>,
    images: Vec<ImageRow>,
}

impl Row for GenerationExportRow {
    type Value = GenerationExport;

    fn value(self) -> Result<GenerationExport, DatabaseError> {
        Ok(GenerationExport {
            generation: self.generation.value()?,
            photos: self.photos,
            attempts: all(self.attempts)?,
            images: all(self.images)?,
        })
    }
}

impl Row for ExportRow {
    type Value = AccountExport;

    fn value(self) -> Result<AccountExport, DatabaseError> {
        Ok(AccountExport {
            account: self.account.value()?,
            credits: self.credits.value()?,
            brand: self.brand.value()?,
            consents: all(self.consents)?,
            photos: all(self.photos)?,
            generations: all(self.generations)?,
            ledger: all(self.ledger)?,
            purchases: all(self.purchases)?,
            subscriptions: all(self.subscriptions)?,
            aliases: all(self.aliases)?,
            sessions: all(self.sessions)?,
            api_keys: all(self.api_keys)?,
            endpoints: all(self.endpoints)?,
            deliveries: all(self.deliveries)?,
            usage: all(self.usage)?,
        })
    }
}

/// Gathers the export.
pub(super) fn export(convex: &Convex, account: AccountId) -> Answer<'_, AccountExport> {
    convex.ask("everything:exportAccount", json!({ "account": account }), ExportRow::value)
}
