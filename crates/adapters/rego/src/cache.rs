//! Decisions that were made already.

use std::hash::Hash;

use agentidp_domain::policy::{Decision, PolicyRequest};
use moka::Equivalent;
use moka::sync::Cache;

const CAPACITY: u64 = 8192;

/// Decisions by method, route, scopes and self.
///
/// The policy reads paths by position, so every path of a route gets the same
/// answer, unless it has one of the forms that [`is_plain`] leaves out.
pub(crate) struct Remembered(Cache<Key, Decision>);

#[derive(PartialEq, Eq, Hash)]
struct Key {
    method: String,
    route: String,
    scopes: u8,
    concerns_self: bool,
}

/// A key that owns nothing; hashes like [`Key`].
#[derive(Hash)]
struct KeyRef<'a> {
    method: &'a str,
    route: &'a str,
    scopes: u8,
    concerns_self: bool,
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.method == key.method
            && self.route == key.route
            && self.scopes == key.scopes
            && self.concerns_self == key.concerns_self
    }
}

impl Remembered {
    pub(crate) fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    /// The decision for `request`, made by `evaluate` when it is not known.
    pub(crate) fn decide(
        &self,
        request: &PolicyRequest<'_>,
        evaluate: impl FnOnce() -> Decision,
    ) -> Decision {
        if !is_plain(request.path) {
            return evaluate();
        }
        let key = KeyRef {
            method: request.method,
            route: request.route,
            scopes: request.scopes.bits(),
            concerns_self: request.concerns_self,
        };
        if let Some(decision) = self.0.get(&key) {
            return decision;
        }
        let decision = evaluate();
        let key = Key {
            method: request.method.to_owned(),
            route: request.route.to_owned(),
            scopes: request.scopes.bits(),
            concerns_self: request.concerns_self,
        };
        self.0.insert(key, decision.clone());
        decision
    }
}

/// Whether the path stands for its route: nothing encoded, no empty segment,
/// no dots, no slash at the end.
fn is_plain(path: &str) -> bool {
    !path.contains('%') && !path.contains("//") && !path.contains("..") && !path.ends_with('/')
}
