//! Who is it? The secrets of local accounts: passwords, sessions, API keys, reset links. And somebody else who can be asked.
//!
//! Nothing here knows the database. A password becomes a slow hash and a random token a fast one; the app keeps and
//! looks up those. Both are behind the ports of [`domain::ports::identity`], so that a vendor's identity can stand
//! beside them while sessions stay ours.

mod argon2id;
mod clerk;
mod policy;
mod tokens;

pub use argon2id::{Argon2id, Argon2idConfig, ConfigError};
pub use clerk::{Clerk, ClerkConfig, ClerkConfigError};
pub use policy::{MAX_BYTES, MIN_CHARS};
pub use tokens::RandomTokens;
