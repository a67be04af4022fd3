//! A network between a client and a server, which can be cut.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What is with the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Whole,
    /// Nothing gets through, and nobody is told.
    Parted,
    /// Every connection breaks, and none is made.
    Broken,
}

/// Passes on what comes to a port of its own. It ends when it is dropped.
pub struct Network {
    address: SocketAddr,
    state: watch::Sender<State>,
    made: Arc<AtomicUsize>,
}

impl Network {
    /// A network to a server.
    pub async fn to(server: SocketAddr) -> Network {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, seen) = watch::channel(State::Whole);
        let made = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&made);
        tokio::spawn(async move {
            let mut ending = seen.clone();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let Ok((client, _)) = accepted else { continue };
                        count.fetch_add(1, Ordering::Relaxed);
                        tokio::spawn(pass(client, server, seen.clone()));
                    }
                    // The network was dropped.
                    () = async { while ending.changed().await.is_ok() {} } => break,
                }
            }
        });
        Network { address, state, made }
    }

    /// Where the server is reached through it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing gets through in either direction, and nobody is told: a cable that was cut.
    pub fn part(&self) {
        self.state.send_replace(State::Parted);
    }

    /// Every connection breaks, and none is made: a server that is gone.
    pub fn break_off(&self) {
        self.state.send_replace(State::Broken);
    }

    /// What was held back gets through, and connections are made again.
    pub fn heal(&self) {
        self.state.send_replace(State::Whole);
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }
}

async fn pass(client: TcpStream, server: SocketAddr, mut state: watch::Receiver<State>) {
    if state.wait_for(|state| *state != State::Parted).await.is_err() || *state.borrow() == State::Broken {
        return;
    }
    let Ok(server) = TcpStream::connect(server).await else { return };
    client.set_nodelay(true).ok();
    server.set_nodelay(true).ok();
    let (client_reads, client_writes) = client.into_split();
    let (server_reads, server_writes) = server.into_split();
    let broken = async {
        state.clone().wait_for(|state| *state == State::Broken).await.ok();
    };
    tokio::select! {
        () = carry(client_reads, server_writes, state.clone()) => {}
        () = carry(server_reads, client_writes, state.clone()) => {}
        () = broken => {}
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut bytes = vec![0; 16 << 10];
    while let Ok(count) = from.read(&mut bytes).await {
        if count == 0 || state.wait_for(|state| *state == State::Whole).await.is_err() {
            return;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
