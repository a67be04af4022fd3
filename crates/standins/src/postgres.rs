//! No stand-in but the real thing: a PostgreSQL server of this machine's own package, for as long as the test runs.
//!
//! One server serves a whole test program; each test takes a schema or a database of its own in it. The server keeps nothing safe from a loss of
//! power, which makes it quick. It sorts texts as a person would, not byte by byte, so that a statement that relies on the order
//! of ids without saying so is found out. A shell watches over it: when the test program ends, however it does, the shell's input
//! ends, and it takes the server and its folder away.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// What the shell does: a folder, a database system in it, a server on it; and all of it away at the end.
const WATCH: &str = r#"
bin=$1; port=$2
dir=$(mktemp -d) && cd "$dir" || exit 1
"$bin/initdb" -D data -U covershots -A trust -N -E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en >log 2>&1 ||
    "$bin/initdb" -D data -U covershots -A trust -N -E UTF8 --locale=C.UTF-8 >log 2>&1 || { cat log >&2; exit 1; }
options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$dir -c max_connections=300"
options="$options -c fsync=$3 -c synchronous_commit=$3 -c full_page_writes=$3 -c shared_buffers=128MB -c max_wal_size=4GB"
if "$bin/pg_ctl" -D data -w -l log -o "$options" start >/dev/null; then
    echo ready
    cat >/dev/null
else
    cat log >&2
fi
"$bin/pg_ctl" -D data -m immediate stop >/dev/null 2>&1
cd / && rm -rf "$dir"
"#;

/// A running server. It ends with the test program, or when it is dropped.
pub struct PostgresServer {
    address: SocketAddr,
    schemas: AtomicU32,
    _shell: Child,
}

impl PostgresServer {
    /// The server of this test program, started when it is first asked for.
    ///
    /// # Panics
    /// When PostgreSQL is not installed (`cargo xtask test` sees to that) or does not start.
    pub fn shared() -> &'static PostgresServer {
        static SHARED: OnceLock<PostgresServer> = OnceLock::new();
        SHARED.get_or_init(|| PostgresServer::start(false))
    }

    /// A server of one's own; one that is `durable` waits for the disk, as it must where speed is measured.
    ///
    /// # Panics
    /// As [`PostgresServer::shared`].
    pub fn start(durable: bool) -> PostgresServer {
        let programs = programs()
            .expect("PostgreSQL is not installed: `cargo xtask test` does it, or your package manager");
        let durable = if durable { "on" } else { "off" };
        // Another program may take the port before the server does.
        for _ in 0..5 {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
            let mut shell = unprivileged()
                .args(["sh", "-c", WATCH, "watch"])
                .arg(&programs)
                .args([&free.port().to_string(), durable])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut said = String::new();
            BufReader::new(shell.stdout.take().unwrap()).read_line(&mut said).unwrap();
            if said.trim() != "ready" {
                shell.wait().unwrap();
                continue;
            }
            return PostgresServer { address: free, schemas: AtomicU32::new(0), _shell: shell };
        }
        panic!("PostgreSQL does not start; what it said stands above");
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address for a client.
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// The name of a schema that no other test has.
    pub fn schema(&self) -> String {
        format!("story_{}", self.schemas.fetch_add(1, Ordering::Relaxed))
    }
}

/// The address of such a server for a client, where it is reached by way of `address`.
pub fn url(address: SocketAddr) -> String {
    format!("postgres://covershots@{address}/postgres?sslmode=disable")
}

/// The folder of the server's programs, the newest version's.
pub fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    found.sort();
    let packaged = found.pop().map(|(_, bin)| bin);
    packaged.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
    })
}

/// The server refuses to run as root; the package has made a user for it.
fn unprivileged() -> Command {
    let id = Command::new("id").arg("-u").output().unwrap();
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return Command::new("env");
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid=postgres",
        "--regid=postgres",
        "--init-groups",
        "env",
        "HOME=/tmp",
        "TMPDIR=/tmp",
    ]);
    command
}
