//! A provider that has its pictures ready, and what else an app in this process stands on: what is measured is all that is ours.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use app::{App, Caller, Maker, Ports, Settings, SignUp};
use database::{Sqlite, SqliteOptions};
use domain::attempt::AttemptCost;
use domain::check::PhotoCheck;
use domain::consent::Purpose;
use domain::credit::Credits;
use domain::digest::Digest;
use domain::links::LinkSigner;
use domain::platform::Platform;
use domain::policy::{Policy, PolicyVersion};
use domain::ports::BoxFuture;
use domain::ports::clock::Clock;
use domain::ports::outbound::{Post, SendError, Sender};
use domain::ports::payments::Payments;
use domain::ports::pictures::{CheckedPhoto, Logo, PictureError, Pictures, Previewed};
use domain::ports::provider::{
    Answer, Capabilities, Generating, MadeBy, OnProgress, Picture, Progress, Provider, Request,
};
use domain::ports::randomness::{Randomness, RandomnessError};
use domain::secret::Secret;
use domain::style::Catalogue;
use domain::time::Timestamp;
use domain::{AspectRatio, MediaType, Size, StyleKind};
use identity::{Argon2id, Argon2idConfig, RandomTokens};
use imaging::{Limits, Rgb8, decode, encode, preview};
use payments::Free;
use storage::{Folder, FolderConfig};

use crate::Failure;

/// The picture that is always ready.
const READY: Size = Size::new(256, 320);

/// An app on SQLite and a folder below `folder`.
pub(super) async fn app(folder: &Path, at_once: u32) -> Result<Arc<App>, Failure> {
    app_that_sells(folder, at_once, Arc::new(Free)).await
}

/// The same with somebody who takes money.
pub(in crate::bench) async fn app_that_sells(
    folder: &Path,
    at_once: u32,
    payments: Arc<dyn Payments>,
) -> Result<Arc<App>, Failure> {
    let objects = folder.join("objects");
    std::fs::create_dir(&objects)?;
    let ready = encode::jpeg(&Rgb8::filled(READY.width as usize, READY.height as usize, [90, 120, 150]), 90)?;
    let instant = Instant(Picture::new(MediaType::Jpeg, ready.bytes));
    let ports = Ports {
        database: Arc::new(Sqlite::open(SqliteOptions::new(folder.join("bench.db"))).await?),
        objects: Arc::new(Folder::open(&FolderConfig::new(objects))?),
        makers: vec![Maker { provider: Arc::new(instant), model: "instant".into(), send_to: None }],
        pictures: Arc::new(Eye),
        passwords: Arc::new(Argon2id::new(&Argon2idConfig::default())?),
        outside: None,
        payments,
        tokens: Arc::new(RandomTokens::new(&[7; 32])),
        clock: Arc::new(Now),
        randomness: Arc::new(Drawn),
        sender: Arc::new(Nowhere),
        links: LinkSigner::new(&[3; 32], None)?,
        nodes: None,
    };
    let mut settings = Settings::new(policy());
    settings.welcome = Credits::new(1_000_000);
    settings.work.at_once = at_once;
    let app = Arc::new(App::new(ports, settings, Catalogue::built_in()?)?);
    app.prepare().await?;
    Ok(app)
}

/// Somebody who may generate, one of many, each at an address of their own: sign-ups from one are throttled.
pub(in crate::bench) async fn person(app: &App, number: u8) -> Result<Caller, Failure> {
    let signed_in = app
        .sign_up(SignUp {
            email: format!("person{number}@example.org"),
            name: format!("Person {number}"),
            password: Secret::new("four plain words here"),
            device: "bench".into(),
            client: IpAddr::V4(Ipv4Addr::new(10, 0, number, 1)),
        })
        .await?;
    let caller = app.identify_session(signed_in.token.expose()).await?;
    app.give_consent(&caller, Purpose::KeepPhotos, &policy().version).await?;
    Ok(caller)
}

fn policy() -> Policy {
    Policy {
        version: PolicyVersion { version: "bench".into(), digest: Digest::new([1; 32]) },
        text: "A bench keeps nothing.".into(),
        published_at: Timestamp::from_millis(1_795_392_000_000),
    }
}

struct Instant(Picture);

impl Provider for Instant {
    fn id(&self) -> &str {
        "instant"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            kinds: vec![StyleKind::Headshot],
            aspects: AspectRatio::ALL.to_vec(),
            max_photos: 1,
            max_count: 16,
            at_once: 1,
            max_long_side: 4096,
            typesets: false,
            local: true,
        }
    }

    fn generate<'a>(&'a self, request: &'a Request, progress: OnProgress<'a>) -> Generating<'a> {
        let count = request.options.count;
        progress(Progress { finished: count, requested: count });
        let made_by = MadeBy { provider: "instant".into(), model: "instant".into(), reference: None };
        let pictures = (0..count).map(|_| self.0.clone()).collect();
        Box::pin(std::future::ready(Ok(Answer { pictures, made_by, cost: AttemptCost::default() })))
    }
}

/// Takes every photo for a good one; previews are really made.
struct Eye;

impl Pictures for Eye {
    fn check(&self, photo: &[u8]) -> Result<CheckedPhoto, PictureError> {
        let photo = Picture::new(MediaType::Jpeg, photo);
        Ok(CheckedPhoto { check: PhotoCheck::new(vec![], 90), photo, size: READY })
    }

    fn preview(&self, picture: &[u8]) -> Result<Previewed, PictureError> {
        let failed = |error: &dyn std::fmt::Display| PictureError::Failed(error.to_string());
        let full = decode(picture, &Limits::default()).map_err(|error| failed(&error))?;
        let small = preview::preview(&full).map_err(|error| failed(&error))?;
        Ok(Previewed {
            full_size: full.size(),
            preview: Picture::new(MediaType::WebP, small.bytes),
            size: full.size(),
        })
    }

    fn beside(&self, _: &[u8], picture: &[u8]) -> Result<Picture, PictureError> {
        Ok(Picture::new(MediaType::Jpeg, picture))
    }

    fn fit(&self, picture: &[u8], platform: &Platform) -> Result<Picture, PictureError> {
        Ok(Picture::new(platform.format, picture))
    }

    fn logo(&self, file: &[u8]) -> Result<Logo, PictureError> {
        Ok(Logo { picture: Picture::new(MediaType::Png, file), size: READY })
    }
}

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn wait(&self, span: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(span))
    }
}

struct Drawn;

impl Randomness for Drawn {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        getrandom::fill(bytes).map_err(|_| RandomnessError)
    }
}

struct Nowhere;

impl Sender for Nowhere {
    fn post<'a>(&'a self, _: &'a Post) -> BoxFuture<'a, Result<u16, SendError>> {
        Box::pin(std::future::ready(Ok(200)))
    }
}
