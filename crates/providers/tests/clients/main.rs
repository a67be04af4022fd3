//! Our clients against the stand-ins: what is sent is taken, what comes back is understood, and each fault is whose turn it should be.

#![allow(clippy::unwrap_used, unreachable_pub)]

mod faults;
mod guard;
mod requests;
mod support;
