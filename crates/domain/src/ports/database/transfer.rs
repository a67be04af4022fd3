//! Moving everything from one database to another, whichever they are: page by page out of the one, into the other.
//!
//! A record is what is kept of one thing, as it is: also what no other verb gives out, such as the digest of a session's secret. Its
//! fields have the names and the forms that they have in the tables of SQL (`migrations/` in the database room): ids and digests are
//! texts, times are milliseconds, yes and no are 1 and 0, an enum is its variant's name, what is composed is JSON. A backend that
//! keeps things otherwise gives and takes them so.

use std::collections::BTreeMap;
use std::fmt;

use super::{Answer, Database};
use crate::page::{Page, PageRequest};

/// What is kept, kind by kind. What follows from the rest (counts, queues) is made anew by [`Transfer::complete_import`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// The versions of the policy.
    Policies,
    /// The accounts.
    Accounts,
    /// Reset links that are open.
    Resets,
    /// Sessions.
    Sessions,
    /// API keys.
    ApiKeys,
    /// Brand kits.
    Brands,
    /// Consents.
    Consents,
    /// Photos.
    Photos,
    /// Generations, with the leases on them.
    Generations,
    /// Which photos a generation is made from.
    GenerationPhotos,
    /// Attempts.
    Attempts,
    /// Images, and the numbers of those that were deleted.
    Images,
    /// The ledger.
    Ledger,
    /// What is known of purchases.
    Purchases,
    /// The movements of money.
    Payments,
    /// Subscriptions.
    Subscriptions,
    /// What outside services call accounts.
    Aliases,
    /// Notes of what counts once.
    Once,
    /// The keys of requests.
    IdempotencyKeys,
    /// Erasures.
    Erasures,
    /// Aliases of erased accounts that a service still has to delete.
    Farewells,
    /// Objects that are to be deleted.
    Deletions,
    /// Webhook endpoints.
    Endpoints,
    /// What was and is to be posted to them.
    Deliveries,
    /// What tries took, by day.
    Spending,
    /// What was done how often.
    UsageEvents,
    /// Counts of tries.
    Throttles,
}

impl Table {
    /// All, each after those that it refers to.
    pub const ALL: [Table; 27] = [
        Table::Policies,
        Table::Accounts,
        Table::Resets,
        Table::Sessions,
        Table::ApiKeys,
        Table::Brands,
        Table::Consents,
        Table::Photos,
        Table::Generations,
        Table::GenerationPhotos,
        Table::Attempts,
        Table::Images,
        Table::Ledger,
        Table::Purchases,
        Table::Payments,
        Table::Subscriptions,
        Table::Aliases,
        Table::Once,
        Table::IdempotencyKeys,
        Table::Erasures,
        Table::Farewells,
        Table::Deletions,
        Table::Endpoints,
        Table::Deliveries,
        Table::Spending,
        Table::UsageEvents,
        Table::Throttles,
    ];

    /// Its name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Table::Policies => "policies",
            Table::Accounts => "accounts",
            Table::Resets => "resets",
            Table::Sessions => "sessions",
            Table::ApiKeys => "api_keys",
            Table::Brands => "brands",
            Table::Consents => "consents",
            Table::Photos => "photos",
            Table::Generations => "generations",
            Table::GenerationPhotos => "generation_photos",
            Table::Attempts => "attempts",
            Table::Images => "images",
            Table::Ledger => "ledger",
            Table::Purchases => "purchases",
            Table::Payments => "payments",
            Table::Subscriptions => "subscriptions",
            Table::Aliases => "aliases",
            Table::Once => "once",
            Table::IdempotencyKeys => "idempotency_keys",
            Table::Erasures => "erasures",
            Table::Farewells => "farewells",
            Table::Deletions => "deletions",
            Table::Endpoints => "endpoints",
            Table::Deliveries => "deliveries",
            Table::Spending => "spending",
            Table::UsageEvents => "usage_events",
            Table::Throttles => "throttles",
        }
    }

    /// The fields that tell its records apart, and in whose order they are given. Texts are ordered byte by byte.
    pub const fn key(self) -> &'static [&'static str] {
        match self {
            Table::Policies => &["version"],
            Table::Accounts | Table::Sessions | Table::ApiKeys | Table::Erasures => &["id"],
            Table::Resets | Table::Brands => &["account"],
            Table::Consents
            | Table::Photos
            | Table::Generations
            | Table::Endpoints
            | Table::Subscriptions => &["account", "id"],
            Table::Aliases | Table::Farewells => &["service", "id"],
            Table::Payments => &["purchase", "number"],
            Table::GenerationPhotos => &["account", "generation", "position"],
            Table::Attempts | Table::Images => &["account", "generation", "number"],
            Table::Ledger => &["account", "sequence"],
            Table::Purchases | Table::Once | Table::Deletions | Table::Throttles => &["key"],
            Table::IdempotencyKeys => &["account", "key"],
            Table::Deliveries => &["endpoint", "event"],
            Table::Spending => &["day", "style", "provider", "model", "outcome"],
            // A running number that means nothing else.
            Table::UsageEvents => &["number"],
        }
    }

    /// The fields whose sums are compared after a move, beside the count of records: money, credits, bytes.
    pub const fn sums(self) -> &'static [&'static str] {
        match self {
            Table::Photos => &["bytes"],
            Table::Generations => &["price", "claims"],
            Table::Attempts => &["tokens_in", "tokens_out", "micro_dollars"],
            Table::Images => &["bytes", "preview_bytes"],
            Table::Ledger => &["change", "balance", "debt"],
            Table::Purchases => &["credits", "minor", "refunded"],
            Table::Payments => &["credits", "minor"],
            Table::Spending => &["attempts", "images", "micro_dollars"],
            Table::Deliveries => &["tries"],
            _ => &[],
        }
    }
}

/// What a field holds.
#[derive(Clone, PartialEq)]
pub enum Field {
    /// Nothing.
    Empty,
    /// A whole number.
    Integer(i64),
    /// A fraction.
    Real(f64),
    /// A text.
    Text(String),
}

/// What is kept of one thing, by the names of its fields. Its `Debug` does not show what is in them: some are secrets.
#[derive(Clone, PartialEq, Default)]
pub struct Record(pub BTreeMap<String, Field>);

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A record's key: what its key fields hold, in their order. As a cursor it says after which record a page goes on.
#[derive(Clone, PartialEq)]
pub struct RecordKey(pub Vec<Field>);

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordKey({} fields)", self.0.len())
    }
}

impl Record {
    /// Its key, as a record of this kind.
    pub fn key(&self, table: Table) -> RecordKey {
        let field = |name: &&str| self.0.get(*name).cloned().unwrap_or(Field::Empty);
        RecordKey(table.key().iter().map(field).collect())
    }
}

/// The verbs of moving. They are no verbs of a use case, so a database may do without them; then nothing can be moved from it or to it.
pub trait Transfer: Send + Sync {
    /// The records of a table in the order of their keys.
    fn export_records(
        &self,
        table: Table,
        page: PageRequest<RecordKey>,
    ) -> Answer<'_, Page<Record, RecordKey>>;

    /// Keeps records as they are. One whose key is known already stays as it was.
    ///
    /// # Errors
    /// `Unavailable` when a record has a field that this version of the program does not know.
    fn import_records(&self, table: Table, records: Vec<Record>) -> Answer<'_, ()>;

    /// Makes anew what follows from the records. Until then nobody may work with the database.
    fn complete_import(&self) -> Answer<'_, ()>;
}

/// A database from which and to which everything can be moved.
pub trait Movable: Database + Transfer {}

impl<T: Database + Transfer> Movable for T {}
