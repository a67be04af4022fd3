//! The connections of one node: no more than it is given, each lent to one verb at a time, and never one that is in doubt.
//!
//! A connection comes back only when its verb was carried out to the end. One whose verb failed on the way, ran out of time or was
//! given up by its caller is closed, which makes the server undo what it was at: nobody meets what another left behind. That makes
//! the usual question to the server before or after each use unnecessary; only one that has been idle is asked.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::ports::database::DatabaseError;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::super::failure::unavailable;

/// After how long without use a connection is asked whether it still holds.
const DOUBT_AFTER: Duration = Duration::from_secs(5);
/// How long that may take.
const PING: Duration = Duration::from_secs(1);
/// After how long without use it is closed.
const IDLE: Duration = Duration::from_secs(10 * 60);
/// How old one gets, so that a server that was replaced is left some time.
const LIFE: Duration = Duration::from_secs(30 * 60);

/// A node's connections. Clones share them.
#[derive(Clone)]
pub(super) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    options: PgConnectOptions,
    settings: String,
    patience: Duration,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: PgConnection,
    opened: Instant,
    since: Instant,
}

/// A connection that is lent. Dropped, it is closed; [`Lent::give_back`] keeps it.
pub(super) struct Lent {
    pub(super) connection: PgConnection,
    opened: Instant,
    used: bool,
    _place: OwnedSemaphorePermit,
    pool: Pool,
}

impl Pool {
    /// A pool of at most so many connections. Each begins with the statements in `settings`; nobody waits for one, or for
    /// anything else, longer than `patience`.
    pub(super) fn new(
        options: PgConnectOptions,
        settings: String,
        connections: usize,
        patience: Duration,
    ) -> Self {
        let places = Arc::new(Semaphore::new(connections));
        let idle = Mutex::new(Vec::new());
        Pool { shared: Arc::new(Shared { options, settings, patience, places, idle }) }
    }

    /// Lends a connection: one that was used before, or else a new one.
    pub(super) async fn lend(&self) -> Result<Lent, DatabaseError> {
        let shared = &self.shared;
        let full = || DatabaseError::Unavailable("every connection to the database is in use".into());
        let place = tokio::time::timeout(shared.patience, Arc::clone(&shared.places).acquire_owned());
        let place = place.await.map_err(|_| full())?.map_err(|_| closed())?;
        while let Some(Idle { mut connection, opened, since }) = self.pop() {
            if opened.elapsed() > LIFE || since.elapsed() > IDLE {
                continue;
            }
            if since.elapsed() > DOUBT_AFTER {
                let holds = tokio::time::timeout(PING.min(shared.patience), connection.ping()).await;
                if !matches!(holds, Ok(Ok(()))) {
                    continue;
                }
            }
            return Ok(Lent { connection, opened, used: true, _place: place, pool: self.clone() });
        }
        let connection = self.connect().await?;
        Ok(Lent { connection, opened: Instant::now(), used: false, _place: place, pool: self.clone() })
    }

    /// A connection beside the pool, for whoever keeps it.
    pub(super) async fn connect(&self) -> Result<PgConnection, DatabaseError> {
        let shared = &self.shared;
        let connect = async {
            let mut connection = shared.options.connect().await?;
            sqlx::raw_sql(sqlx::AssertSqlSafe(shared.settings.as_str())).execute(&mut connection).await?;
            Ok(connection)
        };
        let late = || DatabaseError::Unavailable("the database server can't be reached".into());
        tokio::time::timeout(shared.patience, connect).await.map_err(|_| late())?.map_err(unavailable)
    }

    /// The longest that anything may take.
    pub(super) fn patience(&self) -> Duration {
        self.shared.patience
    }

    /// Lends no more, and closes what is not in use.
    pub(super) async fn close(&self) {
        self.shared.places.close();
        while let Some(Idle { connection, .. }) = self.pop() {
            // A server that is gone need not be told good-bye.
            tokio::time::timeout(PING, connection.close()).await.ok();
        }
    }

    fn pop(&self) -> Option<Idle> {
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

impl Lent {
    /// Whether it was opened for whoever has it, so that there is no better one.
    pub(super) fn is_new(&self) -> bool {
        !self.used
    }

    /// Keeps the connection for the next verb. Nothing may be under way on it.
    pub(super) fn give_back(self) {
        let Lent { connection, opened, pool, .. } = self;
        if pool.shared.places.is_closed() {
            return;
        }
        let idle = Idle { connection, opened, since: Instant::now() };
        pool.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).push(idle);
    }
}

fn closed() -> DatabaseError {
    DatabaseError::Unavailable("the database is closed".into())
}
