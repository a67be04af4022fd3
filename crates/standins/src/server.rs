//! A stand-in on a free port of this machine, for as long as it is held.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Faults;

/// A running stand-in. Dropping it ends it, and with it every connection.
pub struct Server {
    address: SocketAddr,
    faults: Faults,
    log: Arc<Log>,
    task: JoinHandle<()>,
}

/// What came.
#[derive(Default)]
struct Log {
    asked: Mutex<Vec<Asked>>,
    /// Requests under way, and how many at most were at once.
    at_once: Mutex<(usize, usize)>,
}

/// One request that came, whatever became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its method.
    pub method: Method,
    /// Its path with the query.
    pub path: String,
}

impl Server {
    /// Starts a stand-in. What its routes answer is disturbed by the switch that [`Server::faults`] gives.
    pub async fn start(routes: Router) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        Server::on(listener, routes)
    }

    /// The same on a port of one's own choice: one that comes back after it was dead.
    pub fn on(listener: TcpListener, routes: Router) -> Server {
        let address = listener.local_addr().unwrap();
        let (faults, log) = (Faults::default(), Arc::<Log>::default());
        let routes = routes
            .layer(from_fn_with_state(faults.clone(), Faults::disturb))
            .layer(from_fn_with_state(Arc::clone(&log), note));
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Server { address, faults, log, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base address, such as `http://127.0.0.1:43210`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The switch that makes it fail.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Every request so far, in the order in which they came.
    pub fn asked(&self) -> Vec<Asked> {
        self.log.asked.lock().unwrap().clone()
    }

    /// How many requests were under way at once, at most.
    pub fn most_at_once(&self) -> usize {
        self.log.at_once.lock().unwrap().1
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A request under way.
struct UnderWay(Arc<Log>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.at_once.lock().unwrap().0 -= 1;
    }
}

async fn note(State(log): State<Arc<Log>>, request: Request, next: Next) -> Response {
    let path = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    log.asked.lock().unwrap().push(Asked { method: request.method().clone(), path });
    {
        let mut at_once = log.at_once.lock().unwrap();
        at_once.0 += 1;
        at_once.1 = at_once.1.max(at_once.0);
    }
    let _under_way = UnderWay(Arc::clone(&log));
    next.run(request).await
}
