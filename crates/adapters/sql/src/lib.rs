//! The stores of the domain on PostgreSQL and on SQLite.
//!
//! | Place | Content |
//! |---|---|
//! | `stores/` | one file per capability: the queries, written once |
//! | `unit_of_work.rs` | the transaction, written once |
//! | `postgres/`, `sqlite/` | connections, migrations, and the few statements that differ |
//! | `rows/`, `types.rs`, `schema.rs` | rows, column types and tables of both |
//!
//! Files that are "written once" are compiled twice, as modules of `postgres`
//! and of `sqlite`; they take `Connection`, `Backend`, `failed` and the like
//! from the module above them. Nothing asks at run time which database it is.
//!
//! To add a store: port in the domain, `stores/<capability>.rs`, one `mod` line
//! in both backends, an accessor in `unit_of_work.rs`, rows in `rows/`, a
//! migration in both trees, cases in `tests/it/contract/`.

#![expect(
    clippy::duplicate_mod,
    reason = "shared sources are compiled once per database"
)]

mod error;
pub mod postgres;
mod rows;
mod schema;
pub mod sqlite;
mod status;
mod timing;
mod types;

pub use postgres::{PostgresSettings, PostgresStore};
pub use sqlite::{SqliteSettings, SqliteStore};
pub use status::{PoolStatus, RotationState, SchemaState};
