//! The ports: what the rules ask of the world, as traits in the words of the domain.

pub mod provider;
