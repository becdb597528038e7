//! The ports on real databases.
//!
//! `contract/` holds the rules every store has to keep, written once and run
//! against PostgreSQL and SQLite; the other files are about one of them.
//! PostgreSQL is reached by `AGENTIDP_TEST_POSTGRES_URL`, the URL of a
//! superuser of a throw-away cluster; without it those tests are skipped,
//! which is a failure when `CI` is set.

#[cfg(test)]
#[macro_use]
mod harness;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod expand;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod postgres_connections;
#[cfg(test)]
mod postgres_outages;
#[cfg(test)]
mod postgres_tenants;
#[cfg(test)]
mod sqlite;
#[cfg(test)]
mod sqlite_calls;
