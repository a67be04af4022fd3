//! Servers that stand in for the vendors: they speak their wire formats, check requests as strictly as the vendors document, and
//! fail on demand.
//!
//! A stand-in is trusted only if the vendor's own client accepts it: the contract tests drive each with the official SDK as well as
//! with our client. Each vendor is one file, which gives a [`Router`](axum::Router) and what a test may look at or change; [`Server`]
//! puts it on a free port of this machine, behind the one [`Faults`] switch that all of them share. Only [`ConvexDeployment`] is a process of
//! its own: there the real functions run.

#![allow(clippy::unwrap_used, reason = "a stand-in is part of a test: what fails here fails the test")]

pub mod clerk;
mod convex;
mod fault;
pub mod gemini;
mod network;
pub mod openai;
mod picture;
pub mod postgres;
pub mod s3;
pub mod sdks;
mod server;
pub mod stripe;

pub use convex::{ConvexDeployment, ConvexFault, check_convex_types};
pub use fault::{Fault, Faults, Mix, Oracle};
pub use network::Network;
pub use postgres::PostgresServer;
pub use server::{Asked, Server};
