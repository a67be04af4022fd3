//! The use cases. Each is one file and one verb of [`App`] (or of [`Admin`]), and speaks only to domain's ports: no vendor, no
//! HTTP, no SQL is known here.
//!
//! A use case asks in one order: who is it, may they, is what they sent good, and only then does it cost or change
//! something. Whatever can go wrong is an [`AppError`], which says whose turn it is.
//!
//! Three loops run beside the requests, in this process or in one of their own: [`App::work`] makes pictures,
//! [`App::deliver`] posts webhooks and [`App::keep_clean`] lets go of what is over.

mod account;
mod admin;
mod api_keys;
mod app;
mod archive;
mod brand;
mod caller;
mod cancel;
mod change;
mod change_password;
mod clean;
mod consent;
mod credits;
mod deliver;
mod download;
mod erase;
mod error;
mod events;
mod export;
mod generate;
mod generations;
mod guard;
mod identify;
mod images;
mod look;
mod migrate;
mod money;
mod more;
mod nodes;
mod outside;
mod overdue;
mod pay;
mod photos;
mod reconcile;
mod reset;
mod sessions;
mod settings;
mod sign_in;
mod sign_out;
mod sign_up;
mod signature;
mod styles;
mod sweep;
mod take_along;
mod upload;
mod webhooks;
mod work;

pub use admin::{Admin, MakerState, StorageUse};
pub use api_keys::{IssuedApiKey, NewApiKey};
pub use app::{App, Maker, Ports};
pub use archive::{Archive, Selection};
pub use caller::{Caller, Credential};
pub use change::Different;
pub use clean::Cleaned;
pub use consent::{ConsentState, PurposeState};
pub use download::{DIRECT_FOR, Delivery, Download, Resolution, extension};
pub use erase::{Receipt, Stay};
pub use error::{AppError, Turn};
pub use events::{GenerationEvent, Subscription, Told};
pub use export::{Export, ExportEntry};
pub use generate::{GenerateRequest, Shape, ThumbnailRequest};
pub use look::{LOOK_SIDE, LookRequest};
pub use migrate::{MigrateError, Tally, migrate, tally};
pub use money::{CurrencyReport, MoneyReport};
pub use outside::{OutsideSignIn, OutsideSignedIn};
pub use overdue::{Ages, Overdue};
pub use pay::{BuyRequest, Visit};
pub use photos::PhotosDeleted;
pub use reconcile::{Difference, Differs, Reconciliation};
pub use settings::{
    CleanSettings, Prices, Settings, SettingsError, SignUpPolicy, UploadSettings, WebhookSettings,
    WorkSettings,
};
pub use sign_in::{SignIn, SignedIn};
pub use sign_up::SignUp;
pub use signature::sign;
pub use styles::StyleEntry;
pub use sweep::{SweepRules, Swept};
pub use take_along::Gathered;
pub use upload::{NewUpload, UploadPurpose};
pub use webhooks::{DeliveryCursor, IssuedEndpoint};
