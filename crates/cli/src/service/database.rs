//! Where everything but the pictures is kept: the file of one machine, a server for several, or [`convex`](super::convex).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use database::{Postgres, PostgresOptions, Sqlite, SqliteOptions};
use domain::ports::database::{DatabaseError, Movable};
use domain::ports::nodes::Nodes;
use domain::secret::Secret;
use serde::Deserialize;

use super::secret_text::SecretText;
use super::storage::environment;
use crate::configuration::Configuration;
use crate::exit::Failure;

/// Where the address may stand in the environment. A `DATABASE_URL` is not looked at: it may well be another program's.
const VARIABLE: &str = "COVERSHOTS_DATABASE_URL";
/// How often a node looks for work, and for webhooks that are due, where nodes tell each other of both: only what a lost node left
/// has to be found that way.
const LOOK: Duration = Duration::from_secs(15);

/// Which database.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DatabaseSection {
    url: Option<SecretText>,
    connections: usize,
    kind: Option<Kind>,
}

impl Default for DatabaseSection {
    fn default() -> Self {
        let usual = PostgresOptions::new(Secret::new(""));
        DatabaseSection { url: None, connections: usual.connections, kind: None }
    }
}

/// The kinds of databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The file in the data folder.
    Sqlite,
    /// The server at database.url.
    Postgres,
    /// The deployment at convex.url.
    Convex,
}

impl DatabaseSection {
    fn read_environment(&mut self) {
        self.url = environment(VARIABLE).map(SecretText::from).or(self.url.take());
    }

    /// The server's address, if there is one.
    fn address(&self) -> Result<Option<Secret>, String> {
        let Some(url) = self.url.as_ref().map(SecretText::secret) else { return Ok(None) };
        match url.expose().split(':').next() {
            Some("postgres" | "postgresql") => Ok(Some(url)),
            _ => Err("database.url names no database that is known here: write \
                 postgres://user:password@host/database, or leave it out to keep everything in a file"
                .into()),
        }
    }

    fn validate(&self) -> Result<(), String> {
        if !(1..=1000).contains(&self.connections) {
            return Err(format!("database.connections is {}: use 1 to 1000", self.connections));
        }
        Ok(())
    }

    /// The server without whom it is asked as, such as `postgres://host:5432?sslmode=require`; `None` for the file, and for a
    /// server on this very machine.
    pub(crate) fn server(&self) -> Option<String> {
        let url = self.url.as_ref()?.secret();
        let (scheme, rest) = url.expose().split_once("://")?;
        let (authority, more) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let host = authority.rsplit('@').next().unwrap_or_default();
        let local = host.is_empty()
            || host.starts_with("localhost")
            || host.starts_with("127.")
            || host.starts_with("[::1]");
        let tls = more.split(['?', '&']).find(|part| part.starts_with("sslmode="));
        let tls = tls.map(|tls| format!("?{tls}")).unwrap_or_default();
        (!local).then(|| format!("{scheme}://{host}{tls}"))
    }

    /// How the server is reached.
    pub(super) fn options(&self) -> Result<PostgresOptions, Failure> {
        let url = self.address().map_err(Failure::usage)?.ok_or_else(|| {
            Failure::usage(format_args!(
                "where the server is is not known: set database.url or {VARIABLE} to postgres://user:password@host/database"
            ))
        })?;
        Ok(PostgresOptions { connections: self.connections, ..PostgresOptions::new(url) })
    }
}

impl Configuration {
    /// What the environment says of databases.
    pub(crate) fn read_database_environment(&mut self) {
        self.database.read_environment();
        self.convex.read_environment();
    }

    /// Which one the service works with.
    pub(crate) fn kept_in(&self) -> Result<Kind, String> {
        self.database.validate()?;
        self.convex.validate()?;
        let (server, convex) = (self.database.address()?.is_some(), self.convex.url.is_some());
        match (self.database.kind, server, convex) {
            (Some(kind), ..) => Ok(kind),
            (None, false, false) => Ok(Kind::Sqlite),
            (None, true, false) => Ok(Kind::Postgres),
            (None, false, true) => Ok(Kind::Convex),
            (None, true, true) => {
                Err("database.url and convex.url are both set: say by database.kind which \
                 one the service works with, postgres or convex"
                    .into())
            }
        }
    }

    /// How often somebody idle looks for what is to be done; `None` where looking costs nothing.
    pub(super) fn look(&self) -> Result<Option<Duration>, String> {
        Ok(match self.kept_in()? {
            Kind::Sqlite => None,
            Kind::Postgres => Some(LOOK),
            Kind::Convex => Some(self.convex.poll()),
        })
    }

    /// Opens one of the kinds: that of the service, or another one to move from or to. `file` is that of the data folder.
    pub(crate) async fn open_database(&self, kind: Kind, file: PathBuf) -> Result<Opened, Failure> {
        match kind {
            Kind::Sqlite => {
                let sqlite = Sqlite::open(SqliteOptions::new(file)).await.map_err(unusable)?;
                Ok(Opened { database: Arc::new(sqlite), nodes: None })
            }
            Kind::Postgres => {
                let postgres = Postgres::open(self.database.options()?).await.map_err(unusable)?;
                let mut number = [0; 8];
                getrandom::fill(&mut number).map_err(Failure::machine)?;
                let nodes = Arc::new(postgres.nodes(u64::from_le_bytes(number)));
                Ok(Opened { database: Arc::new(postgres), nodes: Some(nodes) })
            }
            Kind::Convex => Ok(Opened { database: Arc::new(self.convex.connect().await?), nodes: None }),
        }
    }
}

/// An open database.
pub(crate) struct Opened {
    pub(crate) database: Arc<dyn Movable>,
    /// Other nodes that work with the same one, where they can be told anything.
    pub(crate) nodes: Option<Arc<dyn Nodes>>,
}

fn unusable(error: DatabaseError) -> Failure {
    Failure::machine(format_args!("the database can't be opened: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept_in(text: &str) -> Result<Kind, String> {
        toml::from_str::<Configuration>(text).unwrap().kept_in()
    }

    #[test]
    fn the_addresses_say_which_database_it_is_and_are_never_shown() {
        let (server, convex) = (
            "[database]\nurl = \"postgresql://ann:hunter2@host/db\"\n",
            "[convex]\nurl = \"https://happy-animal-123.convex.cloud\"\n",
        );
        assert_eq!(kept_in(""), Ok(Kind::Sqlite));
        assert_eq!(kept_in(server), Ok(Kind::Postgres));
        assert_eq!(kept_in(convex), Ok(Kind::Convex));
        let both = format!("{server}{convex}");
        assert!(kept_in(&both).unwrap_err().contains("database.kind"));
        let decided = both.replace("[database]", "[database]\nkind = \"convex\"");
        assert_eq!(kept_in(&decided), Ok(Kind::Convex));
        let wrong = "[database]\nurl = \"mysql://ann:hunter2@host/db\"";
        let error = kept_in(wrong).unwrap_err();
        assert!(error.contains("database.url") && !error.contains("hunter2"), "{error}");
        assert!(!format!("{:?}", toml::from_str::<Configuration>(wrong).unwrap()).contains("hunter2"));
        assert!(kept_in("[database]\nconnections = 0").unwrap_err().contains("database.connections"));
        assert!(kept_in("[convex]\npoll_seconds = 0").unwrap_err().contains("convex.poll_seconds"));
    }

    #[test]
    fn nobody_idle_asks_convex_briskly() {
        let look = |text: &str| toml::from_str::<Configuration>(text).unwrap().look().unwrap();
        assert_eq!(look(""), None);
        let convex = "[convex]\nurl = \"https://happy-animal-123.convex.cloud\"\n";
        assert_eq!(look(convex), Some(Duration::from_secs(30)));
        assert_eq!(look(&format!("{convex}poll_seconds = 120")), Some(Duration::from_secs(120)));
    }
}
