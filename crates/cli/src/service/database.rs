//! Where everything but the pictures is kept: the file of one machine, or a server for several.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use database::{Postgres, PostgresOptions, Sqlite, SqliteOptions};
use domain::ports::database::{DatabaseError, Movable};
use domain::ports::nodes::Nodes;
use domain::secret::Secret;
use serde::Deserialize;

use crate::exit::Failure;

/// Where the address may stand in the environment. A `DATABASE_URL` is not looked at: it may well be another program's.
const VARIABLE: &str = "COVERSHOTS_DATABASE_URL";

/// Which database.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DatabaseSection {
    pub(crate) url: Option<Hidden>,
    pub(crate) connections: usize,
}

impl Default for DatabaseSection {
    fn default() -> Self {
        let usual = PostgresOptions::new(Secret::new(""));
        DatabaseSection { url: None, connections: usual.connections }
    }
}

/// A value of the configuration that is not shown.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Hidden(pub(crate) String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// The kinds of databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// The file in the data folder.
    Sqlite,
    /// The server at database.url.
    Postgres,
}

impl DatabaseSection {
    /// As the environment changes it.
    pub(crate) fn read_environment(&mut self) {
        if let Some(url) = std::env::var(VARIABLE).ok().filter(|url| !url.is_empty()) {
            self.url = Some(Hidden(url));
        }
    }

    /// Checks what can be checked before anything is opened.
    pub(crate) fn validate(&self) -> Result<(), String> {
        if !(1..=1000).contains(&self.connections) {
            return Err(format!("database.connections is {}: use 1 to 1000", self.connections));
        }
        self.kind().map(drop)
    }

    /// Which one it speaks of.
    pub(crate) fn kind(&self) -> Result<Kind, String> {
        match self.url.as_ref().map(|Hidden(url)| url.split(':').next().unwrap_or_default()) {
            None => Ok(Kind::Sqlite),
            Some("postgres" | "postgresql") => Ok(Kind::Postgres),
            Some(_) => Err("database.url names no database that is known here: write \
                 postgres://user:password@host/database, or leave it out to keep everything in a file"
                .into()),
        }
    }

    /// The server without whom it is asked as, such as `postgres://host:5432?sslmode=require`; `None` for the file, and for a
    /// server on this very machine.
    pub(crate) fn server(&self) -> Option<String> {
        let Hidden(url) = self.url.as_ref()?;
        let (scheme, rest) = url.split_once("://")?;
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

    /// Opens one of the kinds: that of the configuration, or another one to move from or to. `file` is that of the data folder.
    pub(crate) async fn open(&self, kind: Kind, file: PathBuf) -> Result<Opened, Failure> {
        match kind {
            Kind::Sqlite => {
                let sqlite = Sqlite::open(SqliteOptions::new(file)).await.map_err(unusable)?;
                Ok(Opened { database: Arc::new(sqlite), nodes: None })
            }
            Kind::Postgres => {
                let Some(Hidden(url)) = self.url.as_ref().filter(|_| self.kind() == Ok(Kind::Postgres))
                else {
                    return Err(Failure::usage(format_args!(
                        "where the server is is not known: set database.url or {VARIABLE} to postgres://user:password@host/database"
                    )));
                };
                let options = PostgresOptions {
                    connections: self.connections,
                    ..PostgresOptions::new(Secret::new(url.clone()))
                };
                let postgres = Postgres::open(options).await.map_err(unusable)?;
                let mut number = [0; 8];
                getrandom::fill(&mut number).map_err(Failure::machine)?;
                let nodes = Arc::new(postgres.nodes(u64::from_le_bytes(number)));
                Ok(Opened { database: Arc::new(postgres), nodes: Some(nodes) })
            }
        }
    }
}

/// An open database.
pub(crate) struct Opened {
    pub(crate) database: Arc<dyn Movable>,
    /// Other nodes that work with the same one.
    pub(crate) nodes: Option<Arc<dyn Nodes>>,
}

fn unusable(error: DatabaseError) -> Failure {
    Failure::machine(format_args!("the database can't be opened: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(url: &str) -> DatabaseSection {
        DatabaseSection { url: Some(Hidden(url.into())), ..DatabaseSection::default() }
    }

    #[test]
    fn a_server_elsewhere_is_told_without_whom_it_is_asked_as() {
        let server = |url: &str| section(url).server();
        let told = server("postgres://ann:hunter2@db.example.org:5432/covershots?a=b&sslmode=verify-full");
        assert_eq!(told.as_deref(), Some("postgres://db.example.org:5432?sslmode=verify-full"));
        assert_eq!(
            server("postgres://ann:hunter2@db.example.org/covershots").as_deref(),
            Some("postgres://db.example.org")
        );
        for here in
            ["postgres://localhost/covershots", "postgres://ann@127.0.0.1:5432/c", "postgres:///c?host=/run"]
        {
            assert_eq!(server(here), None, "{here}");
        }
        assert_eq!(DatabaseSection::default().server(), None);
    }

    #[test]
    fn the_address_says_which_database_it_is_and_is_never_shown() {
        assert_eq!(DatabaseSection::default().kind(), Ok(Kind::Sqlite));
        assert_eq!(section("postgresql://ann:hunter2@host/db").kind(), Ok(Kind::Postgres));
        let wrong = section("mysql://ann:hunter2@host/db");
        let error = wrong.validate().unwrap_err();
        assert!(error.contains("database.url") && !error.contains("hunter2"), "{error}");
        assert!(!format!("{wrong:?}").contains("hunter2"));
        let none = DatabaseSection { connections: 0, ..DatabaseSection::default() };
        assert!(none.validate().unwrap_err().contains("database.connections"));
    }
}
