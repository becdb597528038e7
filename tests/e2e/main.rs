//! End-to-end tests: the real binary over real sockets, on the embedded store
//! and on PostgreSQL with Redis.
//!
//! | Module | Scenario |
//! |---|---|
//! | [`journey`] | first start, one agent's life from registration to suspension, its audit trail |
//! | [`bootstrap`] | the first administrator, private files, a lost secret |
//! | [`tampering`] | every way to change the audit log is refused, or found and named |
//! | [`faults`] | kill -9 under mixed load; stores away, full, read-only, slow, forgetful; clocks that jump |
//! | [`replicas`] | what one replica ends, all refuse within a second |
//! | [`endings`] | an end is an end, also at the turn of a second and twice in one |
//! | [`redis_outage`] | the same with Redis away |
//! | [`quota`] | the limits of agents and of tokens are exact, for 50 clients at once |
//! | [`browser`] | dashboard and portal in Chromium |
//! | [`billing`] | checkouts at Stripe's stand-in, events signed by Stripe's library |
//! | [`postgres_outage`] | the database away and back |
//! | [`compliance`] | controls fail with their causes; replicas agree |
//! | [`signing_keys`], [`encryption_keys`] | rotation under load |
//! | [`encryption_stops`] | a rotation stopped at every step goes on with the same key |
//! | [`vault`], [`vault_outage`] | secrets in Vault: on, mixed, over replicas, away and back |
//! | [`identity`] | identifiers of all agents, over replicas, with Redis away |
//! | [`rolling_upgrade`] | replicas replaced behind a balancer under load: no request fails |
//! | [`faults`] | slow, silent and vanished clients, too much work, a replica that was paused |
//! | [`upgrade`] | a database of the version before identities |
//! | [`workload`] | GitHub Actions without a secret: the whole way in, and who stays out |
//! | [`federation`] | partners and their tokens; addresses that are not asked |
//! | [`usage`] | counts over restarts and replicas; analytics off and on |
//! | [`delegation`] | made, verified and revoked on different replicas |
//! | [`bad_input`], [`broken_http`], [`forged_tokens`] | what must be refused, over raw sockets |
//! | [`third_party`] | clients and verifiers that are not ours |
//! | [`rust_sdk`] | every operation of the Rust SDK |
//! | [`cli`] | the command-line tool, in a terminal and in scripts; its completions in real shells |
//! | [`scaffold`] | starter projects in five languages, built and run with the SDKs |
//! | [`signals`] | orderly end, reload of the policy |
//! | [`startup`], [`commands`] | wrong settings, operator commands |
//! | [`kafka`] | all events in order, over an outage of the broker and the end of a replica |
//! | [`metrics`] | the whole catalogue after traffic |
//! | [`monitoring`] | alert rules, dashboard, runbooks: only what is exported |
//!
//! The binaries are those in `AGENTIDP_TEST_SERVER` and `AGENTIDP_TEST_TOOL`, which
//! `cargo xtask test` sets, else those built beside the tests. Everything else a
//! test needs it starts itself and ends when it is over.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod billing;
#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod broken_http;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod compliance;
#[cfg(test)]
mod delegation;
#[cfg(test)]
mod encryption_keys;
#[cfg(test)]
mod encryption_stops;
#[cfg(test)]
mod endings;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod federation;
#[cfg(test)]
mod forged_tokens;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod journey;
#[cfg(test)]
mod kafka;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod monitoring;
#[cfg(test)]
mod postgres_outage;
#[cfg(test)]
mod quota;
#[cfg(test)]
mod redis_outage;
#[cfg(test)]
mod replicas;
#[cfg(test)]
mod rolling_upgrade;
#[cfg(test)]
mod rust_sdk;
#[cfg(test)]
mod scaffold;
#[cfg(test)]
mod signals;
#[cfg(test)]
mod signing_keys;
#[cfg(test)]
mod startup;
#[cfg(test)]
mod tampering;
#[cfg(test)]
mod third_party;
#[cfg(test)]
mod upgrade;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod vault;
#[cfg(test)]
mod vault_outage;
#[cfg(test)]
mod webhooks;
#[cfg(test)]
mod workload;
