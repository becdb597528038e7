//! The adapter against a server that speaks Vault's API.
//!
//! `contract` runs twice: against the testkit's server, and against a real
//! Vault if `AGENTIDP_TEST_VAULT_ADDR` and `AGENTIDP_TEST_VAULT_TOKEN` are set.
//! The second is opt-in, also in CI: `tests/interop/vault-server/README.md`
//! says how to get one.

#[cfg(test)]
mod contract;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod quiet;
#[cfg(test)]
mod support;
