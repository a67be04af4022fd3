//! What is kept, behind the database port of the domain.
//!
//! Each backend is one folder that carries out every verb of the port; the conformance suite, not the code of another
//! backend, says what a verb means. The rules (what a generation costs, what follows which state) are the domain's.

pub mod convex;
pub mod sql;

pub use convex::{Convex, ConvexError, ConvexOptions};
pub use sql::Tables;
pub use sql::postgres::{Postgres, PostgresOptions, ServerNodes};
pub use sql::sqlite::{Sqlite, SqliteOptions};
