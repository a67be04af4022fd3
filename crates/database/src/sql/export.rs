//! Everything about one person, read in one snapshot.

use domain::ids::AccountId;
use domain::ports::database::{AccountExport, GenerationExport};
use domain::usage::UsageEvent;

use super::failure::Outcome;
use super::row::all;
use super::statement::{Tx, query};
use super::{
    accounts, admin, aliases, api_keys, brands, consents, credits, generations, images, payments, photos,
    sessions, webhooks,
};

/// Gathers the export. The caller has opened a snapshot.
pub(super) async fn export(tx: &mut Tx, account: AccountId) -> Outcome<AccountExport> {
    Ok(AccountExport {
        account: accounts::find(tx, account).await?,
        credits: credits::position(tx, account).await?,
        brand: brands::find(tx, account).await?,
        consents: consents::list(tx, account).await?,
        photos: photos(tx, account).await?,
        generations: generations(tx, account).await?,
        ledger: credits::entire(tx, account).await?,
        purchases: payments::of(tx, account).await?,
        subscriptions: payments::subscriptions_of(tx, account).await?,
        aliases: aliases::of(tx, account).await?,
        sessions: sessions::of(tx, account).await?,
        api_keys: api_keys::list(tx, account).await?,
        endpoints: webhooks::endpoints(tx, account).await?,
        deliveries: webhooks::deliveries_of(tx, account).await?,
        usage: usage(tx, account).await?,
    })
}

async fn photos(tx: &mut Tx, account: AccountId) -> Outcome<Vec<domain::photo::Photo>> {
    let rows = query("SELECT * FROM photos WHERE account = $1 ORDER BY id").bind(account.to_string());
    all(rows.fetch_all(tx).await?, photos::read)
}

async fn generations(tx: &mut Tx, account: AccountId) -> Outcome<Vec<GenerationExport>> {
    let rows = query("SELECT * FROM generations WHERE account = $1 ORDER BY id").bind(account.to_string());
    let mut exported = Vec::new();
    for generation in all(rows.fetch_all(&mut *tx).await?, generations::read)? {
        let photos = query(
            "SELECT photo FROM generation_photos WHERE account = $1 AND generation = $2 ORDER BY position",
        )
        .bind(account.to_string())
        .bind(generation.id.to_string());
        exported.push(GenerationExport {
            photos: all(photos.fetch_all(&mut *tx).await?, |row| row.parsed("photo"))?,
            attempts: admin::attempts(tx, account, generation.id).await?,
            images: images::between(tx, account, generation.id, generation.id).await?,
            generation,
        });
    }
    Ok(exported)
}

async fn usage(tx: &mut Tx, account: AccountId) -> Outcome<Vec<UsageEvent>> {
    let rows = query("SELECT * FROM usage_events WHERE account = $1 ORDER BY at").bind(account.to_string());
    all(rows.fetch_all(tx).await?, |row| {
        Ok(UsageEvent {
            account: row.parsed("account")?,
            kind: row.named("kind")?,
            style: row.style("style")?,
            at: row.time("at")?,
        })
    })
}
