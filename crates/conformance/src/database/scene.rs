//! The scene of a story: a database, a clock that the story moves, ids that are made in order, and the people and things that most
//! stories begin with.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::account::PasswordHash;
use domain::aspect::{AspectRatio, Size};
use domain::check::PhotoCheck;
use domain::consent::{Consent, Purpose, SubprocessorId};
use domain::credit::Credits;
use domain::digest::{Digest, SecretDigest};
use domain::generation::{Ending, Generation, GenerationOptions, Lease};
use domain::ids::{AccountId, ConsentId, GenerationId, LeaseId, PhotoId};
use domain::image::{Image, Picture};
use domain::payment::Money;
use domain::photo::Photo;
use domain::policy::{Policy, PolicyVersion};
use domain::ports::database::{
    Claim, Claimed, Database, DatabaseError, Finish, Grant, Heard, NewAccount, NewGeneration, NewImage,
    PaymentMessage, PaymentNews,
};
use domain::purchase::{Fact, Payment, PurchaseNews, Terms};
use domain::retention::Retention;
use domain::style::StyleId;
use domain::time::Timestamp;

/// How long the scene's workers hold a generation.
pub const LEASE: Duration = Duration::from_secs(60);
/// What one image costs in the scene.
pub const PRICE: Credits = Credits::new(2);

/// One story's world. It begins on 2026-11-23 with an empty database.
pub struct Scene {
    /// The database under test.
    pub db: Arc<dyn Database>,
    now: AtomicU64,
    made: AtomicU64,
    // What has to live as long as the database, such as its folder.
    _ground: Box<dyn Any + Send + Sync>,
}

impl Scene {
    /// A scene on an empty database, which lives on its `ground`.
    pub fn new(db: Arc<dyn Database>, ground: impl Any + Send + Sync) -> Self {
        let now = AtomicU64::new(1_795_392_000_000);
        Scene { db, now, made: AtomicU64::new(0), _ground: Box::new(ground) }
    }

    /// The same time and the next ids, on another opening of the database or of what a crash left of it.
    pub fn reopen(&self, db: Arc<dyn Database>) -> Self {
        // Ids of both go on without meeting: the other begins far away.
        let made = self.made.load(Ordering::Relaxed) + (1 << 32);
        Scene {
            db,
            now: AtomicU64::new(self.now().millis()),
            made: AtomicU64::new(made),
            _ground: Box::new(()),
        }
    }

    /// The time of the scene.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    /// Moves the time.
    pub fn pass(&self, span: Duration) {
        self.now.fetch_add(span.as_millis() as u64, Ordering::Relaxed);
    }

    /// A moment and randomness for a new id. Ids of one moment are in the order in which they were made.
    pub fn seed(&self) -> (Timestamp, [u8; 10]) {
        let mut entropy = [0; 10];
        entropy[2..].copy_from_slice(&self.made.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        (self.now(), entropy)
    }

    /// A new id.
    pub fn id<T>(&self, new: impl Fn(Timestamp, [u8; 10]) -> T) -> T {
        let (now, entropy) = self.seed();
        new(now, entropy)
    }

    /// A digest of nothing in particular, always another.
    pub fn digest(&self) -> Digest {
        let mut bytes = [7; 32];
        bytes[..10].copy_from_slice(&self.seed().1);
        Digest::new(bytes)
    }

    /// A secret's digest, always another.
    pub fn secret(&self) -> SecretDigest {
        SecretDigest::new(self.digest())
    }

    /// An account to be made, with an address of its own.
    pub fn new_account(&self) -> NewAccount {
        let id = self.id(AccountId::new);
        NewAccount {
            id,
            email: format!("person-{id}@example.org").parse().unwrap(),
            name: format!("Name of {id}"),
            password: Some(PasswordHash::new("$argon2id$v=19$stand-in".into())),
            now: self.now(),
        }
    }

    /// An account and nothing else.
    pub async fn bare_account(&self) -> AccountId {
        self.db.create_account(self.new_account()).await.unwrap().id
    }

    /// The policy that consents are given to.
    pub async fn policy(&self) -> PolicyVersion {
        let version = PolicyVersion { version: "2026-11-23".into(), digest: Digest::new([1; 32]) };
        let policy = Policy {
            version: version.clone(),
            text: "We keep what you upload for 30 days.".into(),
            published_at: Timestamp::from_millis(1_795_392_000_000),
        };
        self.db.publish_policy(policy).await.unwrap();
        version
    }

    /// A person allows something.
    pub async fn consent(&self, account: AccountId, purpose: Purpose) -> Consent {
        let consent = Consent {
            id: self.id(ConsentId::new),
            account,
            purpose,
            policy: self.policy().await,
            given_at: self.now(),
            withdrawn_at: None,
        };
        self.db.record_consent(consent).await.unwrap()
    }

    /// An account that allows to keep photos and has 100 credits.
    pub async fn account(&self) -> AccountId {
        let account = self.bare_account().await;
        self.consent(account, Purpose::KeepPhotos).await;
        self.grant(account, 100).await;
        account
    }

    /// Gives credits.
    pub async fn grant(&self, account: AccountId, amount: u32) {
        let grant = Grant {
            account,
            key: format!("{}", self.id(GenerationId::new)),
            amount: Credits::new(amount),
            note: "to begin with".into(),
            now: self.now(),
        };
        self.db.grant_credits(grant).await.unwrap();
    }

    /// What the payment service says of a purchase of so many credits, at 20 cents each.
    pub fn news(&self, account: AccountId, purchase: &str, credits: u32, fact: Fact) -> PaymentNews {
        let money = Money { minor: u64::from(credits) * 20, currency: "EUR".parse().unwrap() };
        PaymentNews::Purchase(PurchaseNews {
            purchase: purchase.into(),
            terms: Some((account, Terms { credits: Credits::new(credits), money })),
            fact,
            at: self.now(),
        })
    }

    /// The database hears something of the payment service, in a message without an id.
    pub async fn hear(&self, news: PaymentNews) -> Result<Heard, DatabaseError> {
        self.db.apply_payment(PaymentMessage { id: None, news: vec![news], now: self.now() }).await
    }

    /// An account buys credits.
    pub async fn buy(&self, account: AccountId, purchase: &str, credits: u32) {
        self.hear(self.news(account, purchase, credits, Fact::Payment(Payment::Paid))).await.unwrap();
    }

    /// A photo to be added.
    pub fn new_photo(&self, account: AccountId) -> Photo {
        Photo {
            id: self.id(PhotoId::new),
            account,
            media_type: "image/jpeg".into(),
            bytes: 1_000_000,
            size: Size::new(3000, 4000),
            digest: self.digest(),
            check: PhotoCheck::new(vec![], 90),
            created_at: self.now(),
            expires_at: Retention::default().upload_expires(None, self.now()),
        }
    }

    /// A photo of an account.
    pub async fn photo(&self, account: AccountId) -> PhotoId {
        self.db.add_photo(self.new_photo(account)).await.unwrap().id
    }

    /// A generation of `count` images to be started, from one photo.
    pub fn new_generation(&self, account: AccountId, photo: PhotoId, count: u8) -> NewGeneration {
        NewGeneration {
            id: self.id(GenerationId::new),
            account,
            style: StyleId::new("studio-white").unwrap(),
            options: GenerationOptions {
                kind: Some(domain::StyleKind::Headshot),
                change: None,
                count,
                aspect: AspectRatio::Portrait4x5,
                long_side: 2048,
                title: None,
                note: Some("a blue shirt".into()),
                background: None,
                seed: 7,
                thumbnail: None,
            },
            price: PRICE,
            photos: vec![photo],
            idempotency: None,
            now: self.now(),
        }
    }

    /// A queued generation of two images, from a photo of its own.
    pub async fn start(&self, account: AccountId) -> Generation {
        let photo = self.photo(account).await;
        let new = self.new_generation(account, photo, 2);
        self.db.start_generation(new).await.unwrap().generation
    }

    /// A worker's wish for so many generations.
    pub fn new_claim(&self, generations: usize) -> Claim {
        let leases = (0..generations).map(|_| self.id(LeaseId::new)).collect();
        Claim { leases, now: self.now(), until: self.now() + LEASE }
    }

    /// Up to so many generations, taken by a worker.
    pub async fn claim(&self, generations: usize) -> Vec<Claimed> {
        self.db.claim_generations(self.new_claim(generations)).await.unwrap()
    }

    /// The next generation, taken by a worker.
    pub async fn claim_one(&self) -> Claimed {
        self.claim(1).await.pop().expect("a generation waits")
    }

    /// An image to be added, made now.
    pub fn new_image(&self, number: u8) -> NewImage {
        let picture =
            |bytes, size| Picture { media_type: "image/jpeg".into(), bytes, size, digest: self.digest() };
        NewImage {
            number,
            full: picture(500_000, Size::new(1638, 2048)),
            preview: picture(20_000, Size::new(410, 512)),
            likeness: Some(0.75),
            created_at: self.now(),
            expires_at: Retention::default().result_expires(None, self.now()),
            preview_expires_at: None,
        }
    }

    /// An image that a worker has made.
    pub async fn image(&self, lease: Lease, number: u8) -> Image {
        self.db.add_image(lease, self.new_image(number)).await.unwrap()
    }

    /// A worker ends a generation.
    pub async fn finish(&self, lease: Lease, ending: Ending) -> Generation {
        let reason = (ending != Ending::Succeeded).then(|| "for a reason".into());
        self.db.finish_generation(lease, Finish { ending, reason }, self.now()).await.unwrap()
    }

    /// A generation that succeeded with both its images.
    pub async fn succeeded(&self, account: AccountId) -> Generation {
        let started = self.start(account).await;
        let claimed = self.claim_one().await;
        assert_eq!(claimed.generation.id, started.id);
        self.image(claimed.lease, 1).await;
        self.image(claimed.lease, 2).await;
        self.finish(claimed.lease, Ending::Succeeded).await
    }

    /// What an account can spend.
    pub async fn balance(&self, account: AccountId) -> u32 {
        self.db.credits(account).await.unwrap().balance.get()
    }

    /// Fails the story unless every ledger adds up.
    pub async fn books_balance(&self) {
        assert_eq!(self.db.audit_ledger().await.unwrap(), [], "these ledgers don't add up");
    }
}

/// An outside service.
pub fn service(name: &str) -> SubprocessorId {
    SubprocessorId::new(name).unwrap()
}
