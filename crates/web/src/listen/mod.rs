//! Listening: connections in, HTTP/1.1 and HTTP/2 served, with TLS or without, until it is time to stop.
//!
//! Whoever connects and then says nothing, or says it a letter at a time, is sent away; only so many are connected at a time; a full
//! file table is waited out. When it stops no connection is taken any more, and requests that are under way are finished.

mod connection;
mod tls;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use self::connection::Connections;
use self::tls::Encryption;
use crate::LimitSettings;

/// How long requests that are under way may take when it stops.
const FINISH_WITHIN: Duration = Duration::from_secs(20);
/// How long no connection is taken after the system refused one for want of something.
const RECOVERY: Duration = Duration::from_millis(500);

/// Where and how to listen.
#[derive(Clone, Debug)]
pub struct ListenSettings {
    /// The address and port; port 0 is any that is free.
    pub address: SocketAddr,
    /// Whether and how it is encrypted.
    pub tls: Tls,
    /// How much of the machine requests may take.
    pub limits: LimitSettings,
}

/// Whether and how connections are encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: on one machine, or behind a proxy that does it.
    #[default]
    None,
    /// With a certificate of one's own. The files are read again when they change.
    Files {
        /// The certificate and those that lead to its root, in PEM.
        certificate: PathBuf,
        /// Its key, in PEM.
        key: PathBuf,
    },
    /// With a certificate fetched and renewed by ACME ([RFC 8555](https://www.rfc-editor.org/rfc/rfc8555)), proved by TLS-ALPN-01
    /// ([RFC 8737](https://www.rfc-editor.org/rfc/rfc8737)): port 443 of the domains has to lead here.
    Acme {
        /// What the certificate is for.
        domains: Vec<String>,
        /// An email address to which the authority may write.
        contact: Option<String>,
        /// A folder where the certificate and the account at the authority are kept.
        cache: PathBuf,
        /// The authority's directory; Let's Encrypt without.
        directory: Option<String>,
        /// A root certificate in PEM by which the authority itself is known, for one of one's own.
        root: Option<PathBuf>,
    },
}

/// It can't be listened. The operator's turn.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address can't be taken.
    #[error("can't listen on {address}: {source}{}", hint(.source))]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The certificate or its key can't be used.
    #[error("the TLS file {file} can't be used: {reason}")]
    Certificate {
        /// Which file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The settings of ACME can't be used.
    #[error("certificates can't be fetched: {0}")]
    Acme(String),
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            ": another program has it; stop that, or choose another port with --listen"
        }
        io::ErrorKind::PermissionDenied => {
            ": ports below 1024 need a permission; choose another with --listen"
        }
        io::ErrorKind::AddrNotAvailable => ": this machine does not have that address",
        _ => "",
    }
}

/// An address taken, whose connections wait to be served.
pub struct Listener {
    tcp: TcpListener,
    address: SocketAddr,
    encryption: Encryption,
    limits: LimitSettings,
}

impl Listener {
    /// Takes the address, and reads what TLS needs.
    ///
    /// # Errors
    /// [`ListenError`].
    pub async fn bind(settings: &ListenSettings) -> Result<Listener, ListenError> {
        let address = settings.address;
        let encryption = Encryption::new(&settings.tls)?;
        let bind = |source| ListenError::Bind { address, source };
        let tcp = TcpListener::bind(address).await.map_err(bind)?;
        let address = tcp.local_addr().map_err(bind)?;
        Ok(Listener { tcp, address, encryption, limits: settings.limits })
    }

    /// The address that was taken, with its real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, then finishes what is under way, for some seconds at most.
    pub async fn serve(self, router: Router, stop: impl Future<Output = ()> + Send + 'static) {
        let Listener { tcp, encryption, limits, .. } = self;
        let keeper = Aborted(encryption.keep_fresh());
        let places = Arc::new(Semaphore::new(limits.connections));
        let graceful = GracefulShutdown::new();
        let connections = Connections::new(router, encryption);
        let mut stop = pin!(stop);
        loop {
            let accepted = async {
                // A place first: those who would have none wait in the system's queue.
                let place = Arc::clone(&places).acquire_owned().await;
                (place, accept(&tcp).await)
            };
            let (place, (stream, peer)) = tokio::select! {
                (Ok(place), accepted) = accepted => (place, accepted),
                () = &mut stop => break,
            };
            let serving = connections.serve(stream, peer, graceful.watcher());
            tokio::spawn(async move {
                let _place = place;
                serving.await;
            });
        }
        drop(tcp);
        drop(keeper);
        if tokio::time::timeout(FINISH_WITHIN, graceful.shutdown()).await.is_err() {
            tracing::warn!("connections were cut that did not end in time");
        }
    }
}

/// Makes ring the process's own cryptography, for clients that ask for none in particular. Once is enough.
pub fn install_crypto_provider() {
    // An error says that there is one already.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
}

/// The next connection. What goes wrong with one is no reason to stop.
async fn accept(tcp: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match tcp.accept().await {
            Ok((stream, peer)) => {
                // Answers are written whole: to wait for more would only make them late.
                let _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error) => match error.kind() {
                io::ErrorKind::ConnectionAborted
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::Interrupted => {}
                _ => {
                    tracing::error!(%error, "a connection could not be taken");
                    tokio::time::sleep(RECOVERY).await;
                }
            },
        }
    }
}

/// A task that ends with whoever started it.
struct Aborted(Option<JoinHandle<()>>);

impl Drop for Aborted {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}
