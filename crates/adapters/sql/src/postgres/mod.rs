//! PostgreSQL.
//!
//! Migrations create two roles: `agentidp_app` for transactions of one tenant,
//! bound by row-level security, and `agentidp_system` for everything else.
//! Every pooled connection switches to one of them, so that it never acts as
//! owner of the tables. In production the login role of the server should be a
//! plain member of both and neither owner nor superuser: then it could not
//! even switch back. Run migrations as the owner.

use agentidp_domain::error::StoreError;
use diesel::pg::Pg;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Object;

/// Locks rows against other writers. `NO KEY`: rows that refer to them may be
/// inserted meanwhile, else the journal and a change of an organization could
/// wait for one another.
macro_rules! for_update {
    ($query:expr) => {
        $query.for_no_key_update()
    };
}

/// As `for_update`, without the rows that somebody else has locked.
macro_rules! skip_locked {
    ($query:expr) => {
        $query.for_no_key_update().skip_locked()
    };
}

/// Keeps rows from being deleted, as an insert that refers to them does.
macro_rules! for_key_share {
    ($query:expr) => {
        $query.for_key_share()
    };
}

/// The first row, locked in a writing transaction; a reading one may not.
macro_rules! row_locked_if_writing {
    ($work:expr, $query:expr) => {
        if $work.writing {
            $query.for_no_key_update().row($work).await
        } else {
            $query.row($work).await
        }
    };
}

mod batch;
mod connect;
mod dialect;
mod migrations;
mod pool;
mod store;
mod unnest;

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

pub use connect::PostgresSettings;
pub use store::PostgresStore;

use store::PostgresStore as SqlStore;
use unit_of_work::SqlUnitOfWork;

type Backend = Pg;
type Connection = AsyncPgConnection;
type Lease = Object<AsyncPgConnection>;

/// A transaction in which a statement failed would answer a bare COMMIT with a
/// silent rollback; the empty SELECT makes it fail.
const COMMIT: &str = "SELECT; COMMIT";

/// Beginnings of messages that mean "try again later". The server speaks the
/// language of `lc_messages`; where that is not English, a closed connection
/// still counts as outage.
const OUTAGES: &[&str] = &[
    "terminating connection",
    "sorry, too many clients",
    "remaining connection slots",
    "the database system is",
    "deadlock detected",
    "canceling statement due to",
    "could not extend file",
    "could not write to file",
    "could not serialize access",
    "server closed the connection",
    "out of shared memory",
    "out of memory",
];

fn failed(error: diesel::result::Error) -> StoreError {
    crate::error::classify(&error, OUTAGES)
}

fn affected(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

fn connection(lease: &mut Lease) -> Option<&mut Connection> {
    Some(lease)
}

/// Closes the connection instead of giving it back.
fn detach(lease: Lease) {
    drop(Object::take(lease));
}
