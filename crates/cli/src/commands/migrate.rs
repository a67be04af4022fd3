//! `covershots migrate`: moves an installation from one database to another.

use app::{MigrateError, Tally};
use clap::Args;
use serde_json::json;

use crate::arguments::Common;
use crate::configuration;
use crate::console;
use crate::exit::{Exit, Failure};
use crate::service::database::Kind;
use crate::service::{Place, data::DataFolder, runtime};

/// Move everything from one database to another, and compare what arrived: counts, sums, every record.
///
/// Stop the service first. The database it came from stays as it is. Pictures stay where they are, and so do the secrets
/// of the data folder: nobody has to sign in again.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    place: Place,

    /// Where everything is now.
    #[arg(long, value_name = "DATABASE")]
    from: Kind,

    /// Where it goes to. It has to be empty.
    #[arg(long, value_name = "DATABASE")]
    to: Kind,

    /// Go on with a move that broke off: what has arrived stays as it is.
    #[arg(long)]
    again: bool,
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    if wish.from == wish.to {
        return Err(Failure::usage("--from and --to are the same: there is nothing to move"));
    }
    let configuration = configuration::read(common.config.as_deref())?;
    let folder = wish.place.folder(&configuration);
    let file = DataFolder::open(&folder)?.database();
    if wish.from == Kind::Sqlite && !file.exists() {
        return Err(Failure::usage(format_args!(
            "there is no database in {}: choose the data folder with --data",
            folder.display()
        )));
    }
    runtime()?.block_on(async {
        let from = configuration.open_database(wish.from, file.clone()).await?;
        let to = configuration.open_database(wish.to, file).await?;
        let told = |moved: &Tally| {
            if !common.quiet && !common.json && moved.records > 0 {
                eprintln!("{}: {}", moved.table.name(), moved.told());
            }
        };
        let tallies = app::migrate(&*from.database, &*to.database, wish.again, told).await.map_err(
            |error| match error {
                MigrateError::NotEmpty(_) => Failure::usage(format_args!("{error} (--again)")),
                error => Failure::machine(error),
            },
        )?;
        report(common, &tallies)?;
        Ok(Exit::Done)
    })
}

fn report(common: &Common, tallies: &[Tally]) -> Result<(), Failure> {
    let records: u64 = tallies.iter().map(|tally| tally.records).sum();
    if common.json {
        let table = |tally: &Tally| {
            let sums: serde_json::Map<_, _> =
                tally.sums.iter().map(|(name, sum)| ((*name).to_owned(), json!(sum.to_string()))).collect();
            (tally.table.name().to_owned(), json!({ "records": tally.records, "sums": sums }))
        };
        let tables: serde_json::Map<_, _> = tallies.iter().map(table).collect();
        console::print_json(&json!({ "records": records, "tables": tables }))?;
    } else if !common.quiet {
        eprintln!("Moved and compared: {records} records are the same on both sides.");
    }
    Ok(())
}
