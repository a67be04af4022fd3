//! Several nodes on one PostgreSQL server and one storage: they hear of each other, and whatever becomes of one of them, everything
//! is done once.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use app::*;
use database::{Postgres, PostgresOptions};
use domain::attempt::AttemptOutcome;
use domain::credit::EntryKind;
use domain::generation::State;
use domain::ids::GenerationId;
use domain::links::LinkSigner;
use domain::page::PageRequest;
use domain::ports::BoxFuture;
use domain::ports::clock::Clock;
use domain::ports::database::{Admin, Generations, Ledger};
use domain::ports::nodes::{Heard, Nodes};
use domain::ports::randomness::{Randomness, RandomnessError};
use domain::secret::Secret;
use domain::style::Catalogue;
use domain::time::Timestamp;
use identity::{Argon2id, Argon2idConfig, RandomTokens};
use standins::{Network, PostgresServer, postgres};
use storage::{Folder, FolderConfig};
use tempfile::TempDir;

use crate::support::*;

/// Where a worker process finds what it works with, in its environment.
const PLACE: [&str; 3] = ["TEST_URL", "TEST_SCHEMA", "TEST_FOLDER"];
/// The shortest lease that there is. To be cut off for longer than that is to be cut off for a minute by a lease of a minute.
const LEASE: Duration = Duration::from_secs(3);
/// The longest that the whole test waits for anything: it is reached only where something is wrong.
const TOO_LONG: Duration = Duration::from_secs(120);

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64)
    }

    fn wait(&self, span: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(span))
    }
}

/// Bytes that no other process gives.
struct OwnRandomness(AtomicU64);

impl Randomness for OwnRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        let own = (u64::from(std::process::id()) << 32 | count).to_be_bytes();
        bytes.fill(0);
        let (len, n) = (bytes.len(), own.len().min(bytes.len()));
        bytes[len - n..].copy_from_slice(&own[8 - n..]);
        Ok(())
    }
}

struct Node {
    app: Arc<App>,
    db: Arc<Postgres>,
    provider: Arc<FakeProvider>,
}

/// A node of the installation that has its tables in `schema` and its pictures in `folder`.
async fn node(url: &str, schema: &str, folder: &Path, number: u64, work: WorkSettings) -> Node {
    let options = PostgresOptions {
        schema: Some(schema.to_owned()),
        connections: 6,
        patience: Duration::from_secs(2),
        ..PostgresOptions::new(Secret::new(url))
    };
    let db = Arc::new(Postgres::open(options).await.unwrap());
    let provider = Arc::new(FakeProvider::new("local", Arc::new(TestClock::default())));
    let maker = Maker { provider: provider.clone(), model: "easel 1".into(), send_to: None };
    let ports = Ports {
        database: db.clone(),
        objects: Arc::new(Folder::open(&FolderConfig { path: folder.to_owned(), reserve_bytes: 0 }).unwrap()),
        makers: vec![maker],
        pictures: Arc::new(FakePictures::default()),
        passwords: Arc::new(Argon2id::new(&Argon2idConfig::default()).unwrap()),
        outside: None,
        payments: Arc::new(payments::Free),
        tokens: Arc::new(RandomTokens::new(&[7; 32])),
        clock: Arc::new(Now),
        randomness: Arc::new(OwnRandomness(AtomicU64::new(number << 24))),
        sender: Arc::new(FakeSender::default()),
        links: LinkSigner::new(&[3; 32], None).unwrap(),
        nodes: Some(Arc::new(db.nodes(number))),
    };
    let mut settings = settings();
    settings.work = work;
    let app = Arc::new(App::new(ports, settings, Catalogue::built_in().unwrap()).unwrap());
    app.prepare().await.unwrap();
    Node { app, db, provider }
}

/// A worker that is quick to notice what was lost.
fn quick() -> WorkSettings {
    WorkSettings {
        lease: LEASE,
        at_once: 4,
        poll: Duration::from_millis(250),
        pause: Duration::from_millis(50),
        ..WorkSettings::default()
    }
}

/// A worker that looks for nothing by itself and beats hardly ever: what reaches it in time, it was told.
fn slow() -> WorkSettings {
    WorkSettings { lease: TOO_LONG * 9, poll: TOO_LONG * 3, ..WorkSettings::default() }
}

/// A folder for pictures.
fn pictures() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("objects");
    std::fs::create_dir(&path).unwrap();
    (folder, path)
}

/// A person who allows to keep photos.
async fn person(app: &App, name: &str) -> Caller {
    let form = SignUp {
        email: format!("{name}@example.org"),
        name: name.into(),
        password: Secret::new(PASSWORD),
        device: "Firefox on Linux".into(),
        client: CLIENT,
    };
    let signed_in = app.sign_up(form).await.unwrap();
    let caller = app.identify_session(signed_in.token.expose()).await.unwrap();
    app.give_consent(&caller, domain::consent::Purpose::KeepPhotos, &policy().version).await.unwrap();
    caller
}

async fn generate(app: &Arc<App>, caller: &Caller, count: u8) -> GenerationId {
    let photo = app.upload_photo(caller, upload(b"face gps:52.1")).await.unwrap().id;
    app.generate(caller, request(photo, count)).await.unwrap().generation.id
}

/// Whatever is waited for here comes, or the test fails.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(TOO_LONG, what).await.expect("it takes too long")
}

#[tokio::test]
async fn what_happens_on_one_node_is_known_on_the_others_at_once() {
    let server = PostgresServer::shared();
    let (schema, (_folder, path)) = (server.schema(), pictures());
    let front = node(&server.url(), &schema, &path, 1, slow()).await;
    let back = node(&server.url(), &schema, &path, 2, slow()).await;
    back.provider.next([Act::Hang]);
    let caller = person(&front.app, "ann").await;
    let mut watched = front.app.watch(&caller).unwrap();

    let (stop, stopped) = tokio::sync::watch::channel(false);
    let ending = move || {
        let mut stopped = stopped.clone();
        async move { drop(stopped.wait_for(|&stop| stop).await) }
    };
    for app in [&front.app, &back.app] {
        let (app, ending) = (Arc::clone(app), ending());
        tokio::spawn(async move { app.keep_in_touch(ending).await });
    }
    // Each has heard that from now on it misses nothing.
    assert_eq!(soon(watched.next()).await, Some(Told::Missed));
    let id = generate(&front.app, &caller, 2).await;
    assert!(matches!(soon(watched.next()).await, Some(Told::Event(event)) if event.state == State::Queued));
    let working = tokio::spawn({
        let (app, ending) = (Arc::clone(&back.app), ending());
        async move { app.work(ending).await }
    });
    soon(back.provider.hanging.notified()).await;
    let told = soon(watched.next()).await;
    assert!(
        matches!(told, Some(Told::Event(event)) if event.generation == id && event.state == State::Running),
        "a worker elsewhere has it: {told:?}"
    );
    // The worker would hang for ever; that it was cancelled on another node reaches it before its next heartbeat.
    front.app.cancel_generation(&caller, id).await.unwrap();
    let next = generate(&front.app, &caller, 1).await;
    loop {
        match soon(watched.next()).await {
            Some(Told::Event(event)) if event.generation == next && event.state.is_ended() => break,
            other => assert!(other.is_some()),
        }
    }
    assert_eq!(front.db.generation(caller.id(), next).await.unwrap().generation.state, State::Succeeded);
    stop.send_replace(true);
    soon(working).await.unwrap();
}

/// A worker of the test below, in a process of its own. It ends when the test does, or is killed before.
#[tokio::test]
#[ignore = "it is started by the test that kills it"]
async fn worker_process() {
    let place: Vec<String> = PLACE.iter().filter_map(|name| std::env::var(name).ok()).collect();
    let [url, schema, folder] = place.as_slice() else { return };
    std::thread::spawn(|| {
        // The test holds the other end for as long as it lives.
        std::io::stdin().read_to_end(&mut Vec::new()).ok();
        std::process::exit(0);
    });
    let Node { app, .. } = node(url, schema, Path::new(folder), std::process::id().into(), quick()).await;
    tokio::join!(app.work(std::future::pending()), app.keep_in_touch(std::future::pending()));
}

struct Worker(Child);

impl Worker {
    fn start(url: &str, schema: &str, folder: &Path) -> Worker {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--ignored", "--exact", "nodes::worker_process", "--nocapture"])
            .envs(PLACE.iter().zip([url, schema, folder.to_str().unwrap()]))
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        Worker(command.spawn().unwrap())
    }

    /// SIGKILL: it has no chance to put anything in order.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_workers_killed_again_and_again_and_one_cut_off_do_everything_once() {
    let server = PostgresServer::shared();
    let (schema, (_folder, path)) = (server.schema(), pictures());
    let here = node(&server.url(), &schema, &path, 1, quick()).await;
    let network = Network::to(server.address()).await;
    let listener = here.db.nodes(2);
    assert_eq!(soon(listener.listen()).await, Heard::Missed);
    let mut people = Vec::new();
    for name in ["ann", "ben", "cleo"] {
        people.push(person(&here.app, name).await);
    }
    let mut asked: Vec<(usize, GenerationId)> = Vec::new();
    for n in 0..90 {
        asked.push((n % 3, generate(&here.app, &people[n % 3], 2).await));
    }

    let far_url = postgres::url(network.address());
    let far = Worker::start(&far_url, &schema, &path);
    let near = || Worker::start(&server.url(), &schema, &path);
    let mut workers = std::collections::VecDeque::from([near(), near(), near()]);
    let (mut kills, mut parted) = (0, false);
    soon(async {
        loop {
            let counts = here.db.totals().await.unwrap().generations;
            let ended = counts.succeeded + counts.failed + counts.refused + counts.cancelled;
            if ended as usize == asked.len() {
                break;
            }
            if ended >= 12 * (kills + 1) && counts.queued > 0 {
                workers.pop_front().unwrap().kill();
                workers.push_back(near());
                kills += 1;
            }
            if ended >= 20 && !parted {
                network.part();
                parted = true;
            }
            // News of the workers, or their silence, which lasts no longer than a lease.
            tokio::time::timeout(LEASE / 10, listener.listen()).await.ok();
        }
    })
    .await;
    assert!(parted && kills >= 3, "{kills} kills");

    // The one that was cut off comes back, and is as good as new: what is asked for now it does alone.
    workers.into_iter().for_each(Worker::kill);
    network.heal();
    for n in 0..6 {
        asked.push((n % 3, generate(&here.app, &people[n % 3], 2).await));
    }
    soon(async {
        while here.db.totals().await.unwrap().generations.succeeded < asked.len() as u64 {
            tokio::time::timeout(LEASE / 10, listener.listen()).await.ok();
        }
    })
    .await;
    far.kill();
    for (person, id) in &asked {
        done_once(&here, &people[*person], *id).await;
    }
    for person in &people {
        let made = asked.iter().filter(|(n, _)| people[*n].id() == person.id()).count() as u32;
        assert_eq!(here.db.credits(person.id()).await.unwrap().balance.get(), 100 - 2 * made);
    }
    assert_eq!(here.db.audit_ledger().await.unwrap(), []);
}

/// It succeeded, with both its images and no other, and was paid for once; every attempt is on record under a number of its own, and
/// what an attempt gave was kept.
async fn done_once(node: &Node, caller: &Caller, id: GenerationId) {
    let known = node.db.generation(caller.id(), id).await.unwrap();
    assert_eq!((known.generation.state, known.images.len()), (State::Succeeded, 2));
    let mut after = None;
    let mut settled = 0;
    loop {
        let page = node.db.ledger(caller.id(), PageRequest { after, limit: 200 }).await.unwrap();
        let ours = page.items.iter().filter(|entry| entry.generation == Some(id));
        settled += ours.filter(|entry| entry.kind == EntryKind::Settle).count();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(settled, 1);
    let attempts = node.db.list_attempts(caller.id(), id).await.unwrap();
    let numbers: Vec<u16> = attempts.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, (1..=attempts.len() as u16).collect::<Vec<_>>());
    assert!(
        attempts
            .iter()
            .any(|attempt| attempt.outcome == Some(AttemptOutcome::Succeeded) || attempt.ended_at.is_none())
    );
}
