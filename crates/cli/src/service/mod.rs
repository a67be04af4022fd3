//! The service as this program wires it: the rooms behind the ports, on one data folder.
//!
//! [`configuration`] says what can be decided, [`makers`] who makes the pictures, [`data`], [`database`] and [`convex`] where everything
//! is kept, [`storage`] where pictures lie, [`checkup`] whether all of it is there, [`policy`] what people are told about it, [`audit`]
//! whether it is so; the rest are the ports that need no room of their own.

pub(crate) mod audit;
pub(crate) mod checkup;
pub(crate) mod clerk;
pub(crate) mod configuration;
pub(crate) mod convex;
pub(crate) mod data;
pub(crate) mod database;
mod http;
pub(crate) mod log;
pub(crate) mod makers;
mod pictures;
pub(crate) mod policy;
pub(crate) mod secret_text;
mod sender;
pub(crate) mod stop;
pub(crate) mod storage;
pub(crate) mod stripe;
mod system;

use std::path::PathBuf;
use std::sync::Arc;

use app::{App, AppError, Ports};
use clap::Args;
use domain::links::LinkSigner;
use domain::ports::clock::Clock;
use engine::Engine;
use identity::{Argon2id, Argon2idConfig, RandomTokens};

use crate::arguments::Common;
use crate::configuration::Configuration;
use crate::exit::Failure;
use crate::own_styles;

use self::data::{DataFolder, Secrets};
use self::database::Opened;
use self::pictures::ImagingPictures;
use self::sender::HttpSender;
use self::storage::Storage;
use self::system::{SystemClock, SystemRandomness};

/// What every command of the service understands.
#[derive(Args)]
pub(crate) struct Place {
    /// Keep everything in this folder [default: covershots-data].
    #[arg(long, value_name = "FOLDER", env = "COVERSHOTS_DATA", help_heading = "Service options")]
    pub(crate) data: Option<PathBuf>,
}

/// The use cases on their rooms, and the configuration they were opened with.
pub(crate) struct Service {
    pub(crate) app: Arc<App>,
    pub(crate) storage: Storage,
    pub(crate) configuration: Configuration,
    pub(crate) data: PathBuf,
}

impl Place {
    /// The data folder.
    pub(crate) fn folder(&self, configuration: &Configuration) -> PathBuf {
        self.data.clone().unwrap_or_else(|| configuration.serve.data.clone())
    }
}

impl Service {
    /// Opens the data folder, making it if there is none, and puts the rooms behind their ports.
    pub(crate) async fn open(
        common: &Common,
        place: &Place,
        configuration: Configuration,
    ) -> Result<Service, Failure> {
        let catalogue = own_styles::catalogue(common.styles_folder.as_deref())?;
        let mut settings = configuration.settings().map_err(Failure::usage)?;
        let data = place.folder(&configuration);
        let folder = DataFolder::open(&data)?;
        let storage = Storage::open(&configuration.storage, &folder)?;
        let ports = ports(&folder, &configuration, &storage).await?;
        let known = ports.database.list_policies().await.map_err(|error| unusable(&error.into()))?;
        settings.policy =
            policy::document(&configuration, settings.retention).publish(&known, ports.clock.now());
        let app = App::new(ports, settings, catalogue).map_err(Failure::usage)?;
        app.prepare().await.map_err(|error| unusable(&error))?;
        Ok(Service { app: Arc::new(app), storage, configuration, data })
    }
}

fn unusable(error: &AppError) -> Failure {
    let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    Failure::machine(format_args!("the database can't be used: {cause}"))
}

async fn ports(
    folder: &DataFolder,
    configuration: &Configuration,
    storage: &Storage,
) -> Result<Ports, Failure> {
    let machine = |what: &str, error: &dyn std::fmt::Display| {
        Failure::machine(format_args!("{what} can't be opened: {error}"))
    };
    let kind = configuration.kept_in().map_err(Failure::usage)?;
    let Opened { database, nodes } = configuration.open_database(kind, folder.database()).await?;
    let secrets = match &configuration.serve.secret {
        Some(secret) => Secrets::from_setting(secret.secret().expose()),
        None => folder.secrets()?,
    };
    let passwords = Argon2id::new(&Argon2idConfig::default());
    let passwords = passwords.map_err(|error| machine("the hashing of passwords", &error))?;
    let links = LinkSigner::new(&secrets.links, None);
    let links = links.map_err(|error| machine("the signing of links", &error))?;
    let engine = Engine::new(configuration.limits.for_imaging());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let makers = makers::makers(configuration, engine.clone(), &clock).map_err(Failure::usage)?;
    Ok(Ports {
        database,
        objects: storage.objects(),
        makers,
        pictures: Arc::new(ImagingPictures::new(
            engine,
            configuration.limits.for_imaging(),
            configuration.provenance.signer().map_err(Failure::usage)?,
        )),
        passwords: Arc::new(passwords),
        outside: configuration.outside().map_err(Failure::usage)?,
        payments: configuration.payments().map_err(Failure::usage)?,
        tokens: Arc::new(RandomTokens::new(&secrets.tokens)),
        clock,
        randomness: Arc::new(SystemRandomness),
        sender: Arc::new(HttpSender::new()),
        links,
        nodes,
    })
}

/// A runtime for a command of the service.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::machine(format_args!("the program can't start its threads: {error}")))
}
