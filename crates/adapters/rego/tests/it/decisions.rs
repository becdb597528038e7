//! The whole map through the interpreter, allow and deny.

use agentidp_domain::policy::Decision;
use agentidp_domain::scope::{Scope, ScopeSet};

use crate::support::{ID, built_in, decide, decide_self, deny, entries, path_of};

const SELF_SERVICE: [(&str, &str); 6] = [
    ("POST", "/api/v1/agents/:id/credentials"),
    ("GET", "/api/v1/agents/:id/credentials"),
    ("POST", "/api/v1/agents/:id/credentials/:credId/rotate"),
    ("DELETE", "/api/v1/agents/:id/credentials/:credId"),
    ("POST", "/api/v1/token/introspect"),
    ("POST", "/api/v1/token/revoke"),
];

#[test]
fn every_entry_is_allowed_with_its_scopes_and_denied_without_one_of_them() {
    let policy = built_in();
    for (method, pattern, scopes) in entries() {
        let path = path_of(&pattern);
        let what = format!("{method} {path}");
        assert_eq!(
            decide(&policy, &method, &path, scopes),
            Decision::Allow,
            "{what}"
        );
        assert_eq!(
            decide(&policy, &method, &path, ScopeSet::ALL),
            Decision::Allow,
            "{what}"
        );
        for scope in scopes.iter() {
            let others = ScopeSet::ALL.without(scope);
            assert_eq!(
                decide(&policy, &method, &path, others),
                deny(scopes),
                "{what}"
            );
        }
        let nothing = decide(&policy, &method, &path, ScopeSet::EMPTY);
        if scopes.is_empty() {
            assert_eq!(nothing, Decision::Allow, "{what}");
        } else {
            assert_eq!(nothing, deny(scopes), "{what}");
        }
    }
}

#[test]
fn the_map_has_the_documented_routes() {
    let entries = entries();
    assert_eq!(entries.len(), 50);
    let of = |method: &str, pattern: &str| {
        let found = entries.iter().find(|(m, p, _)| m == method && p == pattern);
        found.map(|(_, _, scopes)| scopes.to_string())
    };
    for (method, pattern, scopes) in [
        ("GET", "/agent-info", ""),
        ("POST", "/api/v1/agents", "agents:write"),
        ("GET", "/api/v1/agents/:id/credentials", "agents:write"),
        ("POST", "/api/v1/token/introspect", "tokens:read"),
        ("POST", "/api/v1/token/revoke", "tokens:read"),
        ("GET", "/api/v1/audit/verify", "audit:read"),
        ("DELETE", "/api/v1/organizations/:id", "admin:orgs"),
        ("GET", "/api/v1/webhooks/:id/deliveries", "webhooks:read"),
        ("POST", "/api/v1/oauth2/token/delegate", ""),
    ] {
        assert_eq!(
            of(method, pattern).as_deref(),
            Some(scopes),
            "{method} {pattern}"
        );
    }
    // Nothing asks for a scope that opens no endpoint.
    assert!(
        entries
            .iter()
            .all(|(_, _, scopes)| !scopes.contains(Scope::OpenId))
    );
}

#[test]
fn self_service_needs_no_scope_and_is_no_more_than_documented() {
    let policy = built_in();
    for (method, pattern, scopes) in entries() {
        let listed = SELF_SERVICE.contains(&(method.as_str(), pattern.as_str()));
        let expected = if listed || scopes.is_empty() {
            Decision::Allow
        } else {
            deny(scopes)
        };
        let path = path_of(&pattern);
        assert_eq!(
            decide_self(&policy, &method, &path),
            expected,
            "{method} {path}"
        );
    }
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        assert_eq!(
            decide_self(&policy, "POST", path),
            Decision::Allow,
            "{path}"
        );
    }
}

#[test]
fn the_aliases_share_the_entry_of_their_route() {
    let policy = built_in();
    let tokens = ScopeSet::EMPTY.with(Scope::TokensRead);
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        assert_eq!(decide(&policy, "POST", path, tokens), Decision::Allow);
        assert_eq!(decide(&policy, "POST", path, ScopeSet::EMPTY), deny(tokens));
    }
}

#[test]
fn unknown_routes_are_denied_to_everybody() {
    let policy = built_in();
    for (method, path) in [
        ("GET", "/"),
        ("GET", ""),
        ("GET", "/api/v1"),
        ("GET", "/api/v1/unknown"),
        ("PUT", "/api/v1/agents"),
        ("get", "/api/v1/agents"),
        ("GET", "/API/v1/agents"),
        ("GET", "/api/v1/Agents"),
        ("GET", "/api/v2/agents"),
        ("GET", "api/v1/agents"),
        ("GET", "/agents"),
        ("DELETE", "/api/v1/audit/verify"),
        ("GET", "/api/v1/agents/x/unknown"),
        ("GET", "/api/v1/agents/x/credentials/x/rotate"),
        ("POST", "/api/v1/agents/x/credentials/x/rotate/x"),
        ("GET", "/api/v1/health"),
        ("GET", "/api/v1/agent-info"),
        ("GET", "/agent-info/x"),
    ] {
        let nobody = deny(ScopeSet::EMPTY);
        assert_eq!(
            decide(&policy, method, path, ScopeSet::ALL),
            nobody,
            "{method} {path}"
        );
        assert_eq!(
            decide_self(&policy, method, path),
            nobody,
            "{method} {path}"
        );
    }
}

#[test]
fn a_trailing_slash_makes_no_difference() {
    let policy = built_in();
    for (method, pattern, scopes) in entries() {
        let path = format!("{}/", path_of(&pattern));
        assert_eq!(
            decide(&policy, &method, &path, scopes),
            Decision::Allow,
            "{path}"
        );
        if !scopes.is_empty() {
            assert_eq!(
                decide(&policy, &method, &path, ScopeSet::EMPTY),
                deny(scopes),
                "{path}"
            );
        }
    }
}

#[test]
fn paths_that_could_be_read_in_two_ways_are_denied() {
    let policy = built_in();
    for path in [
        "/api/v1/agents//".to_owned(),
        "/api/v1//agents".to_owned(),
        "//api/v1/agents".to_owned(),
        format!("/api/v1/agents//{ID}"),
        "/api/v1/agents/..".to_owned(),
        format!("/api/v1/agents/{ID}/.."),
        format!("/api/v1/agents/../agents/{ID}"),
        format!("/api/v1/agents/{ID}%2Fcredentials"),
        format!("/api/v1/agents/{ID}%2fcredentials"),
        "/api/v1/agents/%2F".to_owned(),
        "/api/v1/agents/%2e%2E".to_owned(),
        "/api/v1/agents/.%2e".to_owned(),
        "/api/v1/audit/%76erify".to_owned(),
        "/api/v1/%61gents".to_owned(),
    ] {
        let nobody = deny(ScopeSet::EMPTY);
        assert_eq!(
            decide(&policy, "GET", &path, ScopeSet::ALL),
            nobody,
            "{path}"
        );
        assert_eq!(decide_self(&policy, "GET", &path), nobody, "{path}");
    }
}

#[test]
fn a_malformed_id_is_an_id_all_the_same() {
    let policy = built_in();
    let agents = ScopeSet::EMPTY.with(Scope::AgentsRead);
    for id in [
        "x", "1", ":id", ":credId", "*", "agents", "%20", "%C3%A4", "...", "a..b", "~",
    ] {
        let path = format!("/api/v1/agents/{id}");
        assert_eq!(
            decide(&policy, "GET", &path, agents),
            Decision::Allow,
            "{path}"
        );
        assert_eq!(
            decide(&policy, "GET", &path, ScopeSet::EMPTY),
            deny(agents),
            "{path}"
        );
        let path = format!("/api/v1/agents/{id}/credentials/{id}");
        assert_eq!(
            decide_self(&policy, "DELETE", &path),
            Decision::Allow,
            "{path}"
        );
    }
}
