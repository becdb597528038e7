//! SQLite.
//!
//! One connection writes, several read (WAL). A transaction that writes begins
//! immediately, so it never fails half-way because somebody else wrote.

use agentidp_domain::error::StoreError;
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;

/// SQLite has one writer at a time; what it reads is locked already.
macro_rules! for_update {
    ($query:expr) => {
        $query
    };
}

macro_rules! skip_locked {
    ($query:expr) => {
        $query
    };
}

macro_rules! for_key_share {
    ($query:expr) => {
        $query
    };
}

macro_rules! row_locked_if_writing {
    ($work:expr, $query:expr) => {{
        let _: bool = $work.writing;
        $query.row($work).await
    }};
}

mod blocking;
mod connect;
mod dialect;
mod migrations;
mod pool;
mod store;

#[path = "../stores/agents.rs"]
mod agents;
#[path = "../stores/audit.rs"]
mod audit;
#[path = "../stores/billing.rs"]
mod billing;
#[path = "../stores/changes.rs"]
mod changes;
#[path = "../stores/compliance.rs"]
mod compliance;
#[path = "../stores/credentials.rs"]
mod credentials;
#[path = "../stores/delegations.rs"]
mod delegations;
#[path = "../stores/deliveries.rs"]
mod deliveries;
#[path = "../stores/did_keys.rs"]
mod did_keys;
#[path = "../stores/encryption_log.rs"]
mod encryption_log;
#[path = "../stores/journal.rs"]
mod journal;
#[path = "../stores/locks.rs"]
mod locks;
#[path = "../stores/marketplace.rs"]
mod marketplace;
#[path = "../stores/organizations.rs"]
mod organizations;
#[path = "../stores/outbox.rs"]
mod outbox;
#[path = "../stores/partners.rs"]
mod partners;
#[path = "../stores/reencrypt.rs"]
mod reencrypt;
#[path = "../stores/signing_keys.rs"]
mod signing_keys;
#[path = "../stores/statement.rs"]
mod statement;
#[path = "../stores/stream.rs"]
mod stream;
#[path = "../stores/tiers.rs"]
mod tiers;
#[path = "../stores/tokens.rs"]
mod tokens;
#[path = "../stores/trust_policies.rs"]
mod trust_policies;
#[path = "../unit_of_work.rs"]
mod unit_of_work;
#[path = "../stores/usage.rs"]
mod usage;
#[path = "../stores/vault_removals.rs"]
mod vault_removals;
#[path = "../stores/webhooks.rs"]
mod webhooks;

pub use store::{SqliteSettings, SqliteStore};

use pool::Lease;
use store::SqliteStore as SqlStore;
use unit_of_work::SqlUnitOfWork;

type Backend = Sqlite;
type Connection = SyncConnectionWrapper<SqliteConnection, blocking::Blocking>;

const COMMIT: &str = "COMMIT";

/// Beginnings of messages that mean "try again later".
const OUTAGES: &[&str] = &[
    "database is locked",
    "database table is locked",
    "database or disk is full",
    "database schema is locked",
    "disk I/O error",
    "unable to open database file",
    "attempt to write a readonly database",
    "interrupted",
    "out of memory",
];

fn failed(error: diesel::result::Error) -> StoreError {
    crate::error::classify(&error, OUTAGES)
}

fn affected(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

fn connection(lease: &mut Lease) -> Option<&mut Connection> {
    lease.connection()
}

/// Closes the connection instead of giving it back.
fn detach(lease: Lease) {
    drop(lease.take());
}
