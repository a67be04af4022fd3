//! `covershots worker`: makes the pictures of a service in a process of its own, on the same data folder.

use clap::Args;

use crate::arguments::Common;
use crate::configuration;
use crate::exit::{Exit, Failure};
use crate::service::stop::Stop;
use crate::service::{Place, Service, log, runtime};

/// Make the pictures of a service in a process of its own.
///
/// It needs the same configuration as `covershots serve`, and the same data folder or the same servers. Killed at any moment, what it was at is taken up again.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    place: Place,
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let configuration = configuration::read(common.config.as_deref())?;
    log::begin(configuration.log.format, &configuration.log.level)?;
    runtime()?.block_on(async {
        let stop = Stop::watch();
        let service = Service::open(common, &wish.place, configuration).await?;
        if !common.quiet {
            eprintln!("Covershots works on what {} has to do. Ctrl-C stops it.", service.data.display());
        }
        tokio::join!(service.app.work(stop.clone().wait()), service.app.keep_in_touch(stop.wait()));
        tracing::info!("stopped");
        Ok(Exit::Done)
    })
}
