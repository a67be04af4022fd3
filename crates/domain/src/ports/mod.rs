//! The ports: what the rules ask of the world, as traits in the words of the domain.

use std::pin::Pin;

pub mod identity;
pub mod objects;
pub mod provider;

/// What an asynchronous port answers with: a future without a runtime's name, so that a port can be a `dyn Trait`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
