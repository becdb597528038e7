//! What the tests share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use agentidp_domain::metrics::{Metrics, NoMetrics};
use agentidp_domain::policy::{Decision, Policy, PolicyRequest};
use agentidp_domain::scope::{Scope, ScopeSet};
use agentidp_rego::RegoPolicy;

pub const RULES: &str = include_str!("../../../../../policies/authz.rego");
pub const SCOPES: &str = include_str!("../../../../../policies/data/scopes.json");
pub const ID: &str = "0b9c4a3e-6f0e-4b52-9d8a-3d8f9a1c2e77";

/// The entries of the shipped map: method, pattern, scopes.
pub fn entries() -> Vec<(String, String, ScopeSet)> {
    let map: BTreeMap<String, Vec<String>> = serde_json::from_str(SCOPES).unwrap();
    map.into_iter()
        .map(|(key, scopes)| {
            let (method, pattern) = key.split_once(':').unwrap();
            let scopes = scopes
                .iter()
                .map(|name| name.parse::<Scope>().unwrap())
                .collect();
            (method.to_owned(), pattern.to_owned(), scopes)
        })
        .collect()
}

/// A path of the pattern.
pub fn path_of(pattern: &str) -> String {
    pattern.replace(":id", ID).replace(":credId", ID)
}

pub fn built_in() -> RegoPolicy {
    RegoPolicy::built_in(Arc::new(NoMetrics)).unwrap()
}

pub fn decide(policy: &dyn Policy, method: &str, path: &str, scopes: ScopeSet) -> Decision {
    policy.decide(&PolicyRequest {
        method,
        path,
        route: path,
        scopes,
        concerns_self: false,
    })
}

pub fn decide_self(policy: &dyn Policy, method: &str, path: &str) -> Decision {
    policy.decide(&PolicyRequest {
        method,
        path,
        route: path,
        scopes: ScopeSet::EMPTY,
        concerns_self: true,
    })
}

pub fn deny(required: ScopeSet) -> Decision {
    Decision::Deny {
        required: required.iter().collect(),
    }
}

/// Counts what is reported about policies.
#[derive(Default)]
pub struct Counts {
    pub loaded: AtomicU32,
    pub failed: AtomicU32,
}

impl Counts {
    pub fn both(&self) -> (u32, u32) {
        (
            self.loaded.load(Ordering::SeqCst),
            self.failed.load(Ordering::SeqCst),
        )
    }
}

impl Metrics for Counts {
    fn policy_loaded(&self) {
        self.loaded.fetch_add(1, Ordering::SeqCst);
    }

    fn policy_reload_failed(&self) {
        self.failed.fetch_add(1, Ordering::SeqCst);
    }
}
