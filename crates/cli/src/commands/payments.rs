//! `covershots payments`: what whoever has the machine can do about money.

use app::{AppError, Reconciliation};
use clap::{Args, Subcommand};
use domain::time::DAY;

use crate::arguments::Common;
use crate::configuration;
use crate::console;
use crate::exit::{Exit, Failure};
use crate::service::{Place, Service, runtime};

/// Compare the books with the payment service's list.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// What can be done.
#[derive(Subcommand)]
enum Command {
    /// Compare what was bought with the payment service's own list, and report any difference.
    ///
    /// It changes nothing. The exit code is 1 when something differs. The service does the same by itself once a day, and logs it.
    Reconcile {
        /// Compare the last so many days.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
        days: u32,
    },
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let configuration = configuration::read(common.config.as_deref())?;
    runtime()?.block_on(async {
        let service = Service::open(common, &wish.place, configuration).await?;
        let Command::Reconcile { days } = wish.command;
        if !service.app.sells() {
            return Err(Failure::usage("nothing is sold here: there is nothing to compare"));
        }
        let now = service.app.ports().clock.now();
        let found = service.app.operator().reconcile(now - DAY * days, now).await.map_err(failure)?;
        report(common, &found)?;
        Ok(if found.agrees() { Exit::Done } else { Exit::SomeFailed })
    })
}

fn report(common: &Common, found: &Reconciliation) -> Result<(), Failure> {
    if common.json {
        return console::print_json(found);
    }
    let mut text = String::new();
    for difference in &found.differences {
        let what = serde_json::to_value(difference.what).unwrap_or_default();
        text += &format!(
            "{}  {}: {} here, {} there\n",
            difference.purchase,
            what.as_str().unwrap_or_default(),
            difference.here,
            difference.there
        );
    }
    for account in &found.unbalanced {
        text += &format!("{account}  the ledger does not add up\n");
    }
    if found.agrees() {
        text = format!("{} purchases compared: the books agree.\n", found.compared);
    }
    console::print(&text)
}

fn failure(error: AppError) -> Failure {
    let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(" ({cause})"));
    Failure::machine(format_args!("{error}{cause}"))
}
