//! Identity: who is it? Asked in words that local accounts and a vendor's both understand.
//!
//! A session is always ours, whoever vouched for the person: [`Tokens`] makes it, and API keys and links, in every
//! installation. Local accounts add [`Passwords`]. An outside identity ([`Outside`]) vouches for a person once and
//! is then asked no more; what it later says by itself comes in as an [`OutsideEvent`]. None of the three knows the
//! database: they turn secrets into digests, and the app looks those up.

mod outside;
mod passwords;
mod tokens;

pub use self::outside::{Outside, OutsideError, OutsideEvent, Person, Script, SignInPage, Vouched};
pub use self::passwords::{PasswordCheck, PasswordError, Passwords};
pub use self::tokens::{Issued, RESET_VALID_FOR, RandomnessError, TokenKind, Tokens};
