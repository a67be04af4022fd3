//! Whether the database is reached, and its tables or functions are those of this program.

use database::convex::FUNCTIONS_VERSION;
use database::{Postgres, Sqlite, Tables};
use domain::ports::database::DatabaseError;

use super::{Finding, Patient};
use crate::exit::Failure;
use crate::service::data::file_of_database;
use crate::service::database::Kind;

const WHAT: &str = "database";

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let mut findings = vec![look_at_it(patient).await.unwrap_or_else(|failure| Finding::bad(WHAT, failure))];
    if patient.configuration.convex.is_open_to_read() {
        findings
            .push(Finding::note("database", "the key travels unencrypted: convex.url begins with http://"));
    }
    findings
}

async fn look_at_it(patient: &Patient) -> Result<Finding, Failure> {
    let (configuration, file) = (&patient.configuration, file_of_database(&patient.data));
    let kind = configuration.kept_in().map_err(Failure::usage)?;
    let (name, tables) = match kind {
        Kind::Sqlite if !file.exists() => {
            return Ok(Finding::note(WHAT, "there is none yet: the first start makes it"));
        }
        Kind::Sqlite => ("SQLite", Some(Sqlite::tables(&file).await.map_err(unusable)?)),
        Kind::Postgres => {
            let tables = Postgres::tables(configuration.database.options()?).await;
            ("PostgreSQL", Some(tables.map_err(unusable)?))
        }
        Kind::Convex => ("Convex", None),
    };
    if let Some(Tables { found, known }) = tables.filter(|tables| tables.found != tables.known) {
        return Ok(match found {
            0 => Finding::note(WHAT, format_args!("{name} is reached; the first start makes the tables")),
            found if found < known => Finding::note(
                WHAT,
                format_args!(
                    "{name}: the tables are of an older version ({found}, this program's are {known}): the next start \
                     brings them up to date, so keep a backup"
                ),
            ),
            found => Finding::bad(
                WHAT,
                format_args!(
                    "{name}: the tables are of a newer version ({found}, this program knows {known}): upgrade the program"
                ),
            ),
        });
    }
    let version = tables.map_or_else(
        || format!("functions of version {FUNCTIONS_VERSION}"),
        |tables| format!("tables of version {}", tables.known),
    );
    let opened = configuration.open_database(kind, file).await?;
    let totals = opened.database.totals().await.map_err(unusable)?;
    let waiting = totals.generations.queued + totals.generations.running;
    Ok(Finding::good(
        WHAT,
        format_args!("{name}, {version}; {} accounts, {waiting} generations under way", totals.accounts),
    ))
}

fn unusable(error: DatabaseError) -> Failure {
    Failure::machine(format_args!("it can't be used: {error}"))
}
