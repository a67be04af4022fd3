//! `covershots serve`: the whole service, in one process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::App;
use clap::Args;
use web::Web;
use web::listen::{ListenSettings, Listener, Tls};

use crate::arguments::Common;
use crate::configuration::{self, Configuration};
use crate::exit::{Exit, Failure};
use crate::service::stop::Stop;
use crate::service::{Place, Service, log, policy, runtime};

/// Serve: accounts, uploads, generations, behind an HTTP API. This is what happens without a command, too.
///
/// Everything is kept in one data folder; nothing need be configured. The first account to sign up is the admin.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    place: Place,

    /// Listen on this address and port [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS", env = "COVERSHOTS_LISTEN", help_heading = "Service options")]
    listen: Option<SocketAddr>,

    /// The address people reach it by, where a proxy stands in front, such as `https://photos.example.org`.
    #[arg(long, value_name = "URL", env = "COVERSHOTS_PUBLIC_URL", help_heading = "Service options")]
    public_url: Option<String>,

    /// Make no pictures in this process: `covershots worker` does it.
    #[arg(long, help_heading = "Service options")]
    no_worker: bool,
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let configuration = decided(common, wish)?;
    log::begin(configuration.log.format, &configuration.log.level)?;
    runtime()?.block_on(serve(common, wish, configuration))
}

/// The configuration as flags and environment change it.
fn decided(common: &Common, wish: &Wish) -> Result<Configuration, Failure> {
    let mut configuration = configuration::read(common.config.as_deref())?;
    let serve = &mut configuration.serve;
    if let Some(listen) = wish.listen {
        serve.listen = listen;
    }
    if wish.public_url.is_some() {
        serve.public_url.clone_from(&wish.public_url);
    }
    if let Ok(token) = std::env::var("COVERSHOTS_METRICS_TOKEN") {
        serve.metrics_token = Some(token);
    }
    configuration.worker.here &= !wish.no_worker;
    configuration.validate_service().map_err(Failure::usage)?;
    policy::validate(&configuration).map_err(Failure::usage)?;
    Ok(configuration)
}

async fn serve(common: &Common, wish: &Wish, configuration: Configuration) -> Result<Exit, Failure> {
    let stop = Stop::watch();
    let service = Service::open(common, &wish.place, configuration).await?;
    let configuration = &service.configuration;
    let settings = configuration.web();
    let verified = service.storage.verified(&service.app.settings().retention).await?;
    tracing::info!("{verified}");
    let tls = configuration.encryption(service.data.join("certificates")).map_err(Failure::usage)?;
    let listen = ListenSettings { address: configuration.serve.listen, tls, limits: settings.limits };
    let listener = Listener::bind(&listen).await.map_err(Failure::machine)?;
    let web = Web::new(Arc::clone(&service.app), settings).map_err(Failure::usage)?;
    announce(common, &listen.tls, configuration, listener.address());

    let ending = stop.clone();
    let closing = web.clone();
    let drain = Duration::from_secs(configuration.serve.drain_seconds);
    let served = listener.serve(web.router(), async move {
        ending.wait().await;
        // From now on it says that it is not ready; whoever has not heard of it yet is still served.
        closing.close();
        tokio::time::sleep(drain).await;
    });
    let loops = loops(&service.app, configuration.worker.here, &stop);
    tokio::join!(served, loops);
    tracing::info!("stopped");
    Ok(Exit::Done)
}

/// The loops that run beside the requests.
async fn loops(app: &Arc<App>, works: bool, stop: &Stop) {
    let work = async {
        if works {
            app.work(stop.clone().wait()).await;
        }
    };
    tokio::join!(
        work,
        app.deliver(stop.clone().wait()),
        app.keep_clean(stop.clone().wait()),
        app.keep_in_touch(stop.clone().wait())
    );
}

/// Says where it is reached, for whoever started it.
fn announce(common: &Common, tls: &Tls, configuration: &Configuration, address: SocketAddr) {
    if common.quiet {
        return;
    }
    let scheme = if *tls == Tls::None { "http" } else { "https" };
    let host = if address.ip().is_loopback() { "localhost".to_owned() } else { address.ip().to_string() };
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let url = configuration.serve.public_url.clone();
    let url = url.unwrap_or_else(|| format!("{scheme}://{host}:{}", address.port()));
    eprintln!(
        "Covershots is at {url} (listening on {address}). The first account is the admin. Ctrl-C stops it."
    );
}
