//! Remembered decisions are those that the policy would make.

use std::sync::LazyLock;

use agentidp_domain::policy::{Policy, PolicyRequest};
use agentidp_domain::scope::{Scope, ScopeSet};
use agentidp_rego::RegoPolicy;
use proptest::prelude::*;

use crate::support::{built_in, entries};

static REMEMBERING: LazyLock<RegoPolicy> = LazyLock::new(built_in);
/// Asked with a route of its own for every request, so that it never finds an
/// earlier decision.
static FORGETFUL: LazyLock<RegoPolicy> = LazyLock::new(built_in);

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9-]{1,12}",
        1 => "[!-.0-~]{1,6}",
        1 => prop::sample::select(vec![
            "", "..", ".", "%2F", "%2e%2e", "%20", ":id", ":credId", "verify", "credentials",
        ]).prop_map(str::to_owned),
    ]
}

/// A request to a pattern of the map, as a router would match it.
fn request() -> impl Strategy<Value = (String, String, String)> {
    let entries = entries();
    (
        prop::sample::select(entries),
        segment(),
        segment(),
        any::<bool>(),
    )
        .prop_filter_map(
            "the router matches fixed words first",
            |((method, pattern, _), id, credential, slash)| {
                let path = pattern.replace(":id", &id).replace(":credId", &credential);
                if pattern == "/api/v1/audit/:id" && id == "verify" {
                    return None;
                }
                let path = if slash { format!("{path}/") } else { path };
                Some((method, pattern, path))
            },
        )
}

fn scopes() -> impl Strategy<Value = ScopeSet> {
    prop::sample::subsequence(Scope::ALL.to_vec(), 0..=Scope::ALL.len())
        .prop_map(|scopes| scopes.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_remembered_decision_is_the_one_that_would_be_made(
        (method, route, path) in request(),
        scopes in scopes(),
        concerns_self in any::<bool>(),
        unique in any::<u128>(),
    ) {
        let request = PolicyRequest {
            method: &method,
            path: &path,
            route: &route,
            scopes,
            concerns_self,
        };
        let unique = unique.to_string();
        let fresh = FORGETFUL.decide(&PolicyRequest { route: &unique, ..request });
        // Twice: the second answer is remembered if it ever is.
        prop_assert_eq!(&REMEMBERING.decide(&request), &fresh);
        prop_assert_eq!(&REMEMBERING.decide(&request), &fresh);
    }
}

#[test]
fn a_decision_is_remembered_by_its_route() {
    // The policy alone would deny the second path, which no router would
    // match to this route.
    let policy = built_in();
    let decide = |path: &str| {
        policy.decide(&PolicyRequest {
            method: "GET",
            path,
            route: "/api/v1/agents/{agentId}",
            scopes: ScopeSet::ALL,
            concerns_self: false,
        })
    };
    let first = decide("/api/v1/agents/x");
    assert_eq!(decide("/elsewhere"), first);
    assert_ne!(decide("/elsewhere/"), first);
}
