//! A database that now and then does not answer: before it did what was asked, or after.

use std::sync::Arc;
use std::sync::Mutex;

use domain::account::{Account, Email, PasswordHash, Role};
use domain::alias::Alias;
use domain::api_key::ApiKey;
use domain::attempt::Attempt;
use domain::brand::{BrandColours, BrandKit};
use domain::consent::{Consent, Purpose, SubprocessorId};
use domain::credit::{LedgerEntry, Position};
use domain::digest::SecretDigest;
use domain::erasure::Erasure;
use domain::generation::{Generation, Lease, State};
use domain::ids::*;
use domain::image::{Image, ImageId};
use domain::object_key::{ObjectClass, ObjectKey};
use domain::once::OnceKey;
use domain::page::{Page, PageRequest};
use domain::photo::Photo;
use domain::policy::Policy;
use domain::ports::database::*;
use domain::ports::provider::Picture;
use domain::purchase::Purchase;
use domain::retention::{Period, Retention};
use domain::session::Session;
use domain::style::thumbnail::Typeface;
use domain::subscription::Subscription;
use domain::throttle::{ThrottleKey, ThrottleRule, Throttled};
use domain::time::Timestamp;
use domain::usage::UsageEvent;
use domain::webhook::{Delivery, EventId, WebhookEndpoint};

use super::Chance;

/// The real one, and how often it fails.
pub struct FlakyDatabase {
    pub inner: Arc<dyn Database>,
    pub chance: Mutex<Chance>,
}

impl FlakyDatabase {
    fn fails(&self) -> bool {
        self.chance.lock().unwrap().happens()
    }

    fn flaky<'a, T: Send + 'a>(&'a self, verb: Answer<'a, T>) -> Answer<'a, T> {
        let down = |when: &str| Err(DatabaseError::Unavailable(format!("a fault on demand, {when}")));
        Box::pin(async move {
            if self.fails() {
                return down("before");
            }
            let answer = verb.await;
            if self.fails() { down("after") } else { answer }
        })
    }
}

macro_rules! flaky {
    ($trait:ident { $(fn $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)* }) => {
        impl $trait for FlakyDatabase {
            $(fn $name(&self, $($arg: $type),*) -> Answer<'_, $out> {
                self.flaky(self.inner.$name($($arg),*))
            })*
        }
    };
}

flaky!(Accounts {
    fn create_account(new: NewAccount) -> Account;
    fn account(account: AccountId) -> Account;
    fn find_for_sign_in(email: Email) -> Option<SignIn>;
    fn change_account(account: AccountId, change: AccountChange) -> Account;
    fn set_role(account: AccountId, role: Role) -> Account;
    fn set_password(account: AccountId, password: PasswordHash, keep: Option<SessionId>) -> ();
    fn offer_reset(account: AccountId, secret: SecretDigest, expires_at: Timestamp) -> ();
    fn use_reset(secret: SecretDigest, password: PasswordHash, now: Timestamp) -> AccountId;
    fn choose_retention(account: AccountId, choice: Option<Period>, rules: Retention, now: Timestamp) -> Account;
    fn export_account(account: AccountId) -> AccountExport;
});
flaky!(Sessions {
    fn open_session(session: Session, secret: SecretDigest) -> Session;
    fn find_session(secret: SecretDigest, now: Timestamp) -> Option<(Session, Account)>;
    fn touch_session(session: SessionId, now: Timestamp, expires_at: Timestamp) -> ();
    fn list_sessions(account: AccountId, now: Timestamp) -> Vec<Session>;
    fn end_session(account: AccountId, session: SessionId) -> ();
    fn end_sessions(account: AccountId, keep: Option<SessionId>) -> u64;
    fn end_sign_in(sign_in: String) -> u64;
});
flaky!(Aliases {
    fn take_in(arrival: Arrival) -> Arrived;
    fn find_alias(alias: Alias) -> Option<Account>;
    fn alias(account: AccountId, service: SubprocessorId) -> Option<Alias>;
    fn set_alias(account: AccountId, alias: Alias, now: Timestamp) -> ();
    fn drop_alias(alias: Alias) -> ();
    fn farewells(erasure: ErasureId) -> Vec<Alias>;
    fn confirm_farewell(alias: Alias) -> ();
    fn note_once(key: OnceKey, now: Timestamp, until: Timestamp) -> bool;
    fn is_noted(key: OnceKey, now: Timestamp) -> bool;
});
flaky!(ApiKeys {
    fn create_api_key(key: ApiKey, secret: SecretDigest) -> ApiKey;
    fn find_api_key(secret: SecretDigest, now: Timestamp) -> Option<(ApiKey, Account)>;
    fn touch_api_key(key: ApiKeyId, now: Timestamp) -> ();
    fn list_api_keys(account: AccountId) -> Vec<ApiKey>;
    fn revoke_api_key(account: AccountId, key: ApiKeyId, now: Timestamp) -> ApiKey;
});
flaky!(Brands {
    fn brand_kit(account: AccountId) -> BrandKit;
    fn brand_logo(account: AccountId) -> Option<Picture>;
    fn set_brand_look(account: AccountId, colours: Option<BrandColours>, font: Option<Typeface>) -> BrandKit;
    fn set_brand_logo(account: AccountId, logo: Option<NewLogo>) -> BrandKit;
});
flaky!(Consents {
    fn publish_policy(policy: Policy) -> ();
    fn list_policies() -> Vec<Policy>;
    fn record_consent(consent: Consent) -> Consent;
    fn withdraw_consent(account: AccountId, purpose: Purpose, now: Timestamp) -> Withdrawal;
    fn list_consents(account: AccountId) -> Vec<Consent>;
});
flaky!(Photos {
    fn add_photo(photo: Photo) -> Photo;
    fn photo(account: AccountId, photo: PhotoId, now: Timestamp) -> Photo;
    fn list_photos(account: AccountId, page: PageRequest<PhotoId>, now: Timestamp) -> Page<Photo, PhotoId>;
    fn delete_photo(account: AccountId, photo: PhotoId, now: Timestamp) -> ();
    fn delete_photos(account: AccountId, now: Timestamp) -> u64;
});
flaky!(Generations {
    fn start_generation(new: NewGeneration) -> Started;
    fn generation(account: AccountId, generation: GenerationId) -> WithImages;
    fn generation_photos(account: AccountId, generation: GenerationId) -> Vec<PhotoId>;
    fn list_generations(account: AccountId, page: PageRequest<GenerationId>) -> Page<WithImages, GenerationId>;
    fn cancel_generation(account: AccountId, generation: GenerationId, now: Timestamp) -> Generation;
    fn delete_generation(account: AccountId, generation: GenerationId, now: Timestamp) -> ();
});
flaky!(Work {
    fn claim_generations(claim: Claim) -> Vec<Claimed>;
    fn heartbeat(lease: Lease, progress: u8, until: Timestamp) -> ();
    fn release_generation(lease: Lease, now: Timestamp) -> ();
    fn begin_attempt(lease: Lease, attempt: NewAttempt, now: Timestamp) -> ();
    fn finish_attempt(lease: Lease, number: u16, result: AttemptResult, now: Timestamp) -> ();
    fn add_image(lease: Lease, image: NewImage) -> Image;
    fn finish_generation(lease: Lease, finish: Finish, now: Timestamp) -> Generation;
});
flaky!(Images {
    fn image(account: AccountId, image: ImageId) -> Image;
    fn list_images(account: AccountId, filter: ImageFilter, page: PageRequest<ImageId>) -> Page<Image, ImageId>;
    fn set_favourite(account: AccountId, image: ImageId, favourite: bool) -> Image;
    fn delete_image(account: AccountId, image: ImageId, now: Timestamp) -> ();
});
flaky!(Ledger {
    fn grant_credits(grant: Grant) -> Applied;
    fn credits(account: AccountId) -> Position;
    fn ledger(account: AccountId, page: PageRequest<u64>) -> Page<LedgerEntry, u64>;
    fn audit_ledger() -> Vec<AccountId>;
});
flaky!(Purchases {
    fn apply_payment(message: PaymentMessage) -> Heard;
    fn purchase(purchase: String) -> Option<Purchase>;
    fn purchases(account: AccountId) -> Vec<Purchase>;
    fn list_purchases(from: Timestamp, until: Timestamp) -> Vec<Purchase>;
    fn list_payments(from: Timestamp, until: Timestamp) -> Vec<PaymentRecord>;
    fn money_summary(from: Timestamp, until: Timestamp) -> Vec<MoneySummary>;
    fn subscriptions(account: AccountId) -> Vec<Subscription>;
});
flaky!(Deletions {
    fn expire_objects(now: Timestamp, limit: u32) -> u64;
    fn pending_deletions(erasure: Option<ErasureId>, limit: u32) -> Vec<ObjectKey>;
    fn confirm_deletions(keys: Vec<ObjectKey>) -> ();
    fn orphans(keys: Vec<ObjectKey>) -> Vec<ObjectKey>;
    fn list_objects(class: ObjectClass, after: Option<ObjectKey>, limit: u32) -> Vec<ObjectKey>;
    fn tidy(now: Timestamp) -> u64;
});
flaky!(Erasures {
    fn erase_account(account: AccountId, erasure: ErasureId, now: Timestamp) -> Erasure;
    fn complete_erasure(erasure: ErasureId, now: Timestamp) -> Erasure;
    fn erasure(erasure: ErasureId) -> Erasure;
    fn search_everywhere(text: String) -> Vec<String>;
    fn open_erasures() -> Vec<Erasure>;
});
flaky!(Webhooks {
    fn add_endpoint(endpoint: WebhookEndpoint) -> WebhookEndpoint;
    fn list_endpoints(account: AccountId) -> Vec<WebhookEndpoint>;
    fn delete_endpoint(account: AccountId, endpoint: EndpointId) -> ();
    fn claim_deliveries(now: Timestamp, until: Timestamp, limit: u32) -> Vec<(Delivery, WebhookEndpoint)>;
    fn record_delivery(endpoint: EndpointId, event: EventId, tries: u32, result: DeliveryResult, now: Timestamp) -> Delivery;
    fn list_deliveries(account: AccountId, page: PageRequest<(Timestamp, EventId, EndpointId)>) -> Page<Delivery, (Timestamp, EventId, EndpointId)>;
    fn replay_delivery(account: AccountId, endpoint: EndpointId, event: EventId, now: Timestamp) -> Delivery;
});
flaky!(Throttles {
    fn count_try(key: ThrottleKey, rule: ThrottleRule, now: Timestamp) -> Throttled;
    fn clear_tries(key: ThrottleKey) -> ();
});
flaky!(Admin {
    fn list_accounts(page: PageRequest<AccountId>) -> Page<AccountSummary, AccountId>;
    fn list_by_state(state: State, page: PageRequest<GenerationId>) -> Page<Generation, GenerationId>;
    fn list_attempts(account: AccountId, generation: GenerationId) -> Vec<Attempt>;
    fn totals() -> Totals;
    fn spending(from: Timestamp, until: Timestamp) -> Vec<Spending>;
    fn attempt_summary(from: Timestamp, until: Timestamp) -> Vec<AttemptSummary>;
    fn record_usage(event: UsageEvent) -> ();
    fn style_usage(from: Timestamp, until: Timestamp) -> Vec<StyleUsage>;
});
