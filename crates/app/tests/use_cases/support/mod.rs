//! The scene of the tests: a real database and a real folder, a clock that is moved, and a provider, a receiver of webhooks and an
//! eye for photos that do as they are told.

#![allow(dead_code, unreachable_pub)]

mod fakes;
mod flaky_database;
mod flaky_objects;
mod services;

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use app::*;
use bytes::Bytes;
use database::{Sqlite, SqliteOptions};
use domain::consent::{Purpose, SubprocessorId};
use domain::credit::Credits;
use domain::digest::Digest;
use domain::generation::State;
use domain::ids::{GenerationId, PhotoId};
use domain::links::LinkSigner;
use domain::object_key::{ObjectClass, ObjectKey};
use domain::photo::Photo;
use domain::policy::{Policy, PolicyVersion};
use domain::ports::BoxFuture;
use domain::ports::clock::Clock;
use domain::ports::database::Database;
use domain::ports::identity::Outside;
use domain::ports::objects::{Body, ObjectPrefix, Objects};
use domain::ports::payments::Payments;
use domain::secret::Secret;
use domain::style::Catalogue;
use domain::time::{DAY, Timestamp};
use domain::{AspectRatio, StyleKind};
use futures_util::stream;
use identity::{Argon2id, Argon2idConfig, RandomTokens};
use storage::{Folder, FolderConfig};
use tempfile::TempDir;

pub use fakes::*;
pub use flaky_database::FlakyDatabase;
pub use flaky_objects::FlakyObjects;
pub use services::*;

/// A chance of `one_in`, drawn from a seed; never for zero.
#[derive(Clone, Default)]
pub struct Chance {
    pub one_in: u64,
    pub seed: u64,
}

impl Chance {
    pub fn happens(&mut self) -> bool {
        self.one_in > 0 && self.draw().is_multiple_of(self.one_in)
    }

    /// [SplitMix64](https://prng.di.unimi.it/splitmix64.c).
    pub fn draw(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[derive(Default)]
pub struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn wait(&self, span: Duration) -> BoxFuture<'_, ()> {
        self.pass(span);
        Box::pin(tokio::task::yield_now())
    }
}

impl TestClock {
    pub fn pass(&self, span: Duration) {
        self.0.fetch_add(span.as_millis() as u64, Ordering::Relaxed);
    }
}

pub struct World {
    pub app: Arc<App>,
    /// The database without faults.
    pub db: Arc<dyn Database>,
    pub flaky: Arc<FlakyDatabase>,
    pub objects: Arc<FlakyObjects>,
    pub clock: Arc<TestClock>,
    /// The engine's place: photos stay here.
    pub local: Arc<FakeProvider>,
    /// A vendor's place: photos are sent there.
    pub cloud: Arc<FakeProvider>,
    pub sender: Arc<FakeSender>,
    pub pictures: Arc<FakePictures>,
    pub folder: TempDir,
}

pub const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
pub const PASSWORD: &str = "four plain words here";

pub fn cloud() -> SubprocessorId {
    SubprocessorId::new("cloud").unwrap()
}

pub fn policy() -> Policy {
    Policy {
        version: PolicyVersion { version: "2026-11-23.1".into(), digest: Digest::new([1; 32]) },
        text: "We keep what you upload for 30 days.".into(),
        published_at: Timestamp::from_millis(1_795_392_000_000),
    }
}

/// Settings under which nothing waits: pauses are none, so that a test never sleeps.
pub fn settings() -> Settings {
    let mut settings = Settings::new(policy());
    settings.welcome = Credits::new(100);
    settings.work.pause = Duration::ZERO;
    settings.work.tries = 1;
    settings
}

impl World {
    pub async fn new() -> World {
        World::with(settings(), |world| vec![world.local()]).await
    }

    /// A world with other settings, and who makes pictures in it.
    pub async fn with(settings: Settings, makers: impl Fn(&Cast) -> Vec<Maker>) -> World {
        World::served(settings, makers, None, Arc::new(payments::Free)).await
    }

    /// A world in which somebody else vouches for people, or takes money.
    pub async fn served(
        settings: Settings,
        makers: impl Fn(&Cast) -> Vec<Maker>,
        outside: Option<Arc<dyn Outside>>,
        payments: Arc<dyn Payments>,
    ) -> World {
        let folder = TempDir::new().unwrap();
        let config = FolderConfig { path: folder.path().join("objects"), reserve_bytes: 0 };
        std::fs::create_dir(&config.path).unwrap();
        let objects = Arc::new(Folder::open(&config).unwrap());
        World::furnished(folder, objects, settings, makers, (outside, payments)).await
    }

    /// A world whose pictures lie elsewhere.
    pub async fn on(
        objects: Arc<dyn Objects>,
        settings: Settings,
        makers: impl Fn(&Cast) -> Vec<Maker>,
    ) -> World {
        let services = (None, Arc::new(payments::Free) as Arc<dyn Payments>);
        World::furnished(TempDir::new().unwrap(), objects, settings, makers, services).await
    }

    async fn furnished(
        folder: TempDir,
        objects: Arc<dyn Objects>,
        settings: Settings,
        makers: impl Fn(&Cast) -> Vec<Maker>,
        (outside, payments): (Option<Arc<dyn Outside>>, Arc<dyn Payments>),
    ) -> World {
        let db: Arc<dyn Database> =
            Arc::new(Sqlite::open(SqliteOptions::new(folder.path().join("test.db"))).await.unwrap());
        let objects = Arc::new(FlakyObjects::new(objects));
        let flaky = Arc::new(FlakyDatabase { inner: Arc::clone(&db), chance: Mutex::default() });
        let clock = Arc::new(TestClock(AtomicU64::new(1_795_392_000_000)));
        let provider = |id| Arc::new(FakeProvider::new(id, Arc::clone(&clock)));
        let cast = Cast { local: provider("local"), cloud: provider("cloud"), clock: Arc::clone(&clock) };
        let sender = Arc::new(FakeSender::default());
        let pictures = Arc::new(FakePictures::default());
        let ports = Ports {
            database: flaky.clone(),
            objects: objects.clone(),
            makers: makers(&cast),
            pictures: pictures.clone(),
            passwords: Arc::new(Argon2id::new(&Argon2idConfig::default()).unwrap()),
            outside,
            payments,
            tokens: Arc::new(RandomTokens::new(&[7; 32])),
            clock: clock.clone(),
            randomness: Arc::new(CountedRandomness::default()),
            sender: sender.clone(),
            links: LinkSigner::new(&[3; 32], None).unwrap(),
            nodes: None,
        };
        let app = Arc::new(App::new(ports, settings, Catalogue::built_in().unwrap()).unwrap());
        app.prepare().await.unwrap();
        let Cast { local, cloud, .. } = cast;
        World { app, db, flaky, objects, clock, local, cloud, sender, pictures, folder }
    }

    /// Another process on the same database and storage: nothing is told between the two.
    pub fn another_node(&self) -> App {
        let catalogue = Catalogue::built_in().unwrap();
        App::new(self.app.ports().clone(), self.app.settings().clone(), catalogue).unwrap()
    }

    /// From now on the storage and the database fail by a chance of `one_in`.
    pub fn faults(&self, one_in: u64, seed: u64) {
        *self.objects.chance.lock().unwrap() = Chance { one_in, seed };
        *self.flaky.chance.lock().unwrap() = Chance { one_in, seed: seed ^ 0xdb };
    }

    /// Nothing fails any more.
    pub fn no_faults(&self) {
        self.faults(0, 0);
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn sign_up_form(&self, name: &str) -> SignUp {
        SignUp {
            email: format!("{name}@example.org"),
            name: name.into(),
            password: Secret::new(PASSWORD),
            device: "Firefox on Linux".into(),
            client: CLIENT,
        }
    }

    pub fn sign_in_form(&self, name: &str, password: &str) -> SignIn {
        SignIn {
            email: format!("{name}@example.org"),
            password: Secret::new(password),
            device: "Firefox on Linux".into(),
            client: CLIENT,
        }
    }

    /// A person who has just signed up and allowed nothing.
    pub async fn newcomer(&self, name: &str) -> Caller {
        let signed_in = self.app.sign_up(self.sign_up_form(name)).await.unwrap();
        self.app.identify_session(signed_in.token.expose()).await.unwrap()
    }

    /// A person who allows to keep photos.
    pub async fn person(&self, name: &str) -> Caller {
        let caller = self.newcomer(name).await;
        self.consent(&caller, Purpose::KeepPhotos).await;
        caller
    }

    pub async fn consent(&self, caller: &Caller, purpose: Purpose) {
        self.app.give_consent(caller, purpose, &policy().version).await.unwrap();
    }

    pub async fn try_upload(&self, caller: &Caller, bytes: &[u8]) -> Result<Photo, AppError> {
        self.app.upload_photo(caller, upload(bytes)).await
    }

    pub async fn photo(&self, caller: &Caller) -> PhotoId {
        self.try_upload(caller, b"face gps:52.1").await.unwrap().id
    }

    pub async fn generate(&self, caller: &Caller, count: u8) -> GenerationId {
        let photo = self.photo(caller).await;
        self.app.generate(caller, request(photo, count)).await.unwrap().generation.id
    }

    pub async fn state(&self, caller: &Caller, generation: GenerationId) -> State {
        self.db.generation(caller.id(), generation).await.unwrap().generation.state
    }

    pub async fn balance(&self, caller: &Caller) -> u32 {
        self.db.credits(caller.id()).await.unwrap().balance.get()
    }

    /// Every key in the storage.
    pub async fn stored(&self) -> BTreeSet<ObjectKey> {
        let mut keys = BTreeSet::new();
        for class in ObjectClass::ALL {
            let mut after = None;
            loop {
                let page = self.objects.inner.list(ObjectPrefix::Class(class), after, 1000).await.unwrap();
                keys.extend(page.objects.iter().map(|object| object.key));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        keys
    }

    /// Every key that a row speaks of.
    pub async fn spoken_of(&self) -> BTreeSet<ObjectKey> {
        let mut keys = BTreeSet::new();
        for class in ObjectClass::ALL {
            keys.extend(self.db.list_objects(class, None, 100_000).await.unwrap());
        }
        keys
    }

    /// The ledger adds up, no row lacks a file and no file a row, not even before the sweep.
    pub async fn is_in_order(&self) {
        assert_eq!(self.db.audit_ledger().await.unwrap(), [], "the ledger does not add up");
        assert_eq!(self.stored().await, self.spoken_of().await, "files and rows differ");
    }

    /// After a day, in which what killed processes left has become an orphan, everything is in order.
    pub async fn is_in_order_after_a_sweep(&self) {
        self.clock.pass(DAY);
        self.app.clean().await.unwrap();
        self.app.sweep().await.unwrap();
        self.is_in_order().await;
    }

    /// Works until nothing waits any more, letting leases of killed workers run out.
    pub async fn work_off(&self) {
        let mut idle = 0;
        while idle < 2 {
            self.clock.pass(self.app.settings().work.lease);
            idle = if self.app.work_once(8).await.unwrap_or(1) == 0 { idle + 1 } else { 0 };
        }
    }
}

/// Who is there to make pictures.
pub struct Cast {
    local: Arc<FakeProvider>,
    cloud: Arc<FakeProvider>,
    clock: Arc<TestClock>,
}

impl Cast {
    /// The clock of the world, for makers of one's own.
    pub fn clock(&self) -> Arc<TestClock> {
        Arc::clone(&self.clock)
    }

    pub fn local(&self) -> Maker {
        Maker { provider: self.local.clone(), model: "easel 1".into(), send_to: None }
    }

    pub fn cloud(&self) -> Maker {
        Maker { provider: self.cloud.clone(), model: "brush 2".into(), send_to: Some(cloud()) }
    }
}

pub fn upload(bytes: &[u8]) -> NewUpload<'static> {
    let body: Body<'static> = Box::pin(stream::iter([Ok(Bytes::copy_from_slice(bytes))]));
    NewUpload { purpose: UploadPurpose::Person, bytes: Some(bytes.len() as u64), body }
}

pub fn request(photo: PhotoId, count: u8) -> GenerateRequest {
    GenerateRequest {
        kind: StyleKind::Headshot,
        style: "studio-white".into(),
        photos: vec![photo],
        count,
        shape: Shape::Free { aspect: AspectRatio::Portrait4x5, long_side: 1024 },
        title: None,
        note: None,
        background: None,
        seed: Some(7),
        thumbnail: None,
        idempotency_key: None,
    }
}

/// Polls a future so many times and then drops it; `None` when it was not done by then.
pub async fn killed_after<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}
