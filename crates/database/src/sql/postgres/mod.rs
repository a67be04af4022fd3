//! PostgreSQL: the database of any number of nodes.
//!
//! Many verbs run at once, each in a transaction of its own on a connection of the `pool`. What may not change while a verb is
//! at it, it holds: nearly always the account's lane, so that two verbs wait for each other only where they speak of the same
//! account. Claims pass over what others hold.
//!
//! A server or a network that is gone must not keep anybody: every verb has a limit of time on this side, and the server ends
//! transactions whose node has fallen silent, so that what a lost node held is free again.

mod nodes;
mod pool;
mod schema;

use std::time::Duration;

use domain::ports::BoxFuture;
use domain::ports::database::{Answer, DatabaseError};
use domain::secret::Secret;
use sqlx::postgres::PgConnectOptions;

use super::failure::{Failure, Outcome, unavailable};
use super::statement::Tx;
use super::{Engine, Sql, Tables};
pub use nodes::ServerNodes;
use pool::{Lent, Pool};

/// The longest that a verb may take which reads a table from one end to the other.
const LONG: Duration = Duration::from_secs(5 * 60);
/// The same for one that writes whole tables anew.
const LEISURE: Duration = Duration::from_secs(30 * 60);

/// How the server is reached.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// Where it is, and as whom: `postgres://user:password@host:5432/database?sslmode=verify-full`.
    pub url: Secret,
    /// Connections of this node, at most. The server's `max_connections` is for all nodes together.
    pub connections: usize,
    /// The longest that a verb may take, and any waiting for the server. A transaction whose node says nothing for that long
    /// is ended by the server.
    pub patience: Duration,
    /// The schema in which the tables are; `None` for the one that the server finds for this user.
    pub schema: Option<String>,
}

impl PostgresOptions {
    /// The usual options for a server.
    pub fn new(url: Secret) -> Self {
        PostgresOptions { url, connections: 20, patience: Duration::from_secs(10), schema: None }
    }
}

/// A database on a PostgreSQL server. Clones share its connections.
pub type Postgres = Sql<Server>;

/// The connections to a server.
#[derive(Clone)]
pub struct Server {
    pool: Pool,
    address: PgConnectOptions,
    /// On which the nodes tell each other news.
    channel: String,
}

impl Sql<Server> {
    /// Connects, and brings the tables up to date.
    ///
    /// # Errors
    /// When the address makes no sense, the server can't be reached or refuses, or its tables are of a newer version of the
    /// program.
    pub async fn open(options: PostgresOptions) -> Result<Self, DatabaseError> {
        let (pool, address) = reach(&options)?;
        let mut lent = pool.lend().await?;
        schema::migrate(&mut lent.connection).await?;
        lent.give_back();
        let channel = format!("covershots_{}", options.schema.unwrap_or_default());
        Ok(Sql { engine: Server { pool, address, channel } })
    }

    /// How the tables stand. They are left as they are.
    ///
    /// # Errors
    /// When the address makes no sense, or the server can't be reached or refuses.
    pub async fn tables(options: PostgresOptions) -> Result<Tables, DatabaseError> {
        let (pool, _) = reach(&options)?;
        let mut lent = pool.lend().await?;
        let tables = schema::tables(&mut lent.connection).await;
        lent.give_back();
        pool.close().await;
        tables
    }

    /// The other nodes on the same tables, for this one, whose number no other has. It takes one connection more.
    pub fn nodes(&self, node: u64) -> ServerNodes {
        let Server { pool, address, channel } = &self.engine;
        ServerNodes::new(pool.clone(), address.clone(), channel.clone(), node)
    }

    /// Closes the connections. Verbs called afterwards are refused as unavailable.
    pub async fn close(self) {
        self.engine.pool.close().await;
    }
}

/// The way to the server, on which nothing has gone yet.
fn reach(options: &PostgresOptions) -> Result<(Pool, PgConnectOptions), DatabaseError> {
    // The driver's own words would show the address, and with it the password.
    let address = options.url.expose().parse::<PgConnectOptions>().map_err(|_| {
        DatabaseError::Unavailable(
            "the address of the database can't be read: write postgres://user:password@host/database".into(),
        )
    })?;
    let address = address.application_name("covershots").statement_cache_capacity(256);
    let pool = Pool::new(address.clone(), settings(options)?, options.connections.max(1), options.patience);
    Ok((pool, address))
}

/// What every connection begins with.
fn settings(options: &PostgresOptions) -> Result<String, DatabaseError> {
    let millis = options.patience.as_millis().max(1);
    let mut settings = format!(
        "SET statement_timeout = {millis}; SET lock_timeout = {millis};
         SET idle_in_transaction_session_timeout = {millis};"
    );
    if let Some(schema) = &options.schema {
        if schema.is_empty() || !schema.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(DatabaseError::Unavailable(
                "the schema's name has other signs than a-z, 0-9 and _".into(),
            ));
        }
        settings += &format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"; SET search_path = \"{schema}\";");
    }
    Ok(settings)
}

impl Server {
    /// Lends a connection on which a transaction was begun. A connection that turns out to be gone is replaced: nothing was
    /// done on it yet.
    async fn begin(&self, begin: &'static str) -> Result<Lent, DatabaseError> {
        loop {
            let mut lent = self.pool.lend().await?;
            let fresh = lent.is_new();
            match sqlx::raw_sql(begin).execute(&mut lent.connection).await {
                Ok(_) => return Ok(lent),
                Err(error) if fresh => return Err(unavailable(error)),
                Err(_) => {}
            }
        }
    }

    /// Carries out a verb in a transaction.
    async fn transact<T: Send + 'static>(
        &self,
        begin: &'static str,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let mut lent = self.begin(begin).await?;
        let outcome = verb(&mut lent.connection).await;
        let end = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
        match &outcome {
            // The connection is gone, and the transaction with it.
            Err(Failure::Sql(error)) if error.as_database_error().is_none() => {}
            _ => {
                sqlx::raw_sql(end).execute(&mut lent.connection).await.map_err(unavailable)?;
                lent.give_back();
            }
        }
        Ok(outcome?)
    }

    /// Carries out a verb without a transaction around it.
    async fn alone<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let mut lent = self.pool.lend().await?;
        let outcome = verb(&mut lent.connection).await;
        match &outcome {
            Err(Failure::Sql(error)) if error.as_database_error().is_none() => {}
            _ => lent.give_back(),
        }
        Ok(outcome?)
    }

    /// Ends what takes too long. Its connection is closed, so that the server undoes it.
    fn within<'a, T: Send + 'a>(
        &'a self,
        patience: Duration,
        verb: impl Future<Output = Result<T, DatabaseError>> + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(async move {
            let late = || DatabaseError::Unavailable("the database did not answer in time".into());
            tokio::time::timeout(patience, verb).await.map_err(|_| late())?
        })
    }
}

impl Engine for Server {
    fn write<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        self.within(self.pool.patience(), self.transact("BEGIN", verb))
    }

    fn write_at_leisure<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        self.within(LEISURE, self.transact("BEGIN; SET LOCAL statement_timeout = '30min'", verb))
    }

    fn write_one<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        self.within(self.pool.patience(), self.alone(verb))
    }

    fn read<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        self.within(self.pool.patience(), self.alone(verb))
    }

    fn snapshot<T: Send + 'static>(
        &self,
        verb: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome<T>> + Send + 'static,
    ) -> Answer<'_, T> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '5min'";
        self.within(LONG, self.transact(begin, verb))
    }
}
