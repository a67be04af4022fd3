//! The ports: what the rules ask of the world, as traits in the words of the domain.

use std::pin::Pin;

pub mod clock;
pub mod database;
pub mod identity;
pub mod nodes;
pub mod objects;
pub mod outbound;
pub mod payments;
pub mod pictures;
pub mod provider;
pub mod randomness;

/// What a port's verb gives back: a future that any runtime can drive and that can move between threads.
/// Boxed, so that a port can stand behind a pointer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
