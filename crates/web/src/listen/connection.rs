//! One connection: the handshake, then requests, each with the address it comes from.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tower::ServiceExt;

use super::tls::Encryption;

/// How long the handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the head of a request may take, and the first one from the handshake on.
const HEAD: Duration = Duration::from_secs(20);
/// Bytes of a request's head.
const HEAD_BYTES: usize = 32 * 1024;
/// Requests at a time on one HTTP/2 connection.
const STREAMS: u32 = 100;

/// What every connection is served with.
#[derive(Clone)]
pub(super) struct Connections {
    router: Router,
    encryption: Encryption,
    http: Arc<Builder<TokioExecutor>>,
}

impl Connections {
    pub(super) fn new(router: Router, encryption: Encryption) -> Self {
        let mut http = Builder::new(TokioExecutor::new());
        http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES);
        http.http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(u32::try_from(HEAD_BYTES).unwrap_or(u32::MAX))
            .keep_alive_interval(HEAD)
            .keep_alive_timeout(HEAD);
        Connections { router, encryption, http: Arc::new(http) }
    }

    /// Serves one connection until it ends, or as `watcher` says.
    pub(super) fn serve(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        watcher: Watcher,
    ) -> impl Future<Output = ()> + use<> {
        let this = self.clone();
        async move {
            match this.encryption.acceptor() {
                None => this.requests(stream, peer, watcher).await,
                Some(acceptor) => {
                    let handshake = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream));
                    // Nobody there, nobody who speaks TLS, or an authority that has seen what it wanted.
                    let Ok(Ok(Some(stream))) = handshake.await else { return };
                    this.requests(stream, peer, watcher).await;
                }
            }
        }
    }

    async fn requests<S>(self, stream: S, peer: SocketAddr, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let begun = Arc::new(Notify::new());
        let (router, beginning) = (self.router, Arc::clone(&begun));
        let service = service_fn(move |mut request: Request<Incoming>| {
            beginning.notify_one();
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.clone().oneshot(request.map(Body::new));
            async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
        });
        let connection = self.http.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let mut served = pin!(watcher.watch(connection.into_owned()));
        // Which version it speaks shows in the first bytes, and nothing else limits how long those take.
        let silent = async { tokio::time::timeout(HEAD, begun.notified()).await.is_err() };
        tokio::select! {
            biased;
            _ = &mut served => return,
            silent = silent => {
                if silent {
                    return;
                }
            }
        }
        // An error is the other side's: it broke off, or spoke another language.
        let _ = served.await;
    }
}
