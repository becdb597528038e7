//! Normalisation of paths, asked of the policy itself.

use regorus::{CompiledPolicy, Engine, Value};
use serde_json::json;

use crate::support::{ID, RULES, SCOPES, entries, path_of};

fn lookup_key() -> CompiledPolicy {
    let mut engine = Engine::new();
    let scopes: serde_json::Value = serde_json::from_str(SCOPES).unwrap();
    engine.add_data(json!({"scopes": scopes}).into()).unwrap();
    engine
        .add_policy("authz.rego".to_owned(), RULES.to_owned())
        .unwrap();
    engine
        .compile_with_entrypoint(&"data.authz.lookup_key".into())
        .unwrap()
}

fn normalised(rule: &CompiledPolicy, path: &str) -> Option<String> {
    let input = json!({"method": "M", "path": path, "scopes": [], "self": false});
    match rule.eval_with_input(input.into()).unwrap() {
        Value::String(key) => Some(key.strip_prefix("M:").unwrap().to_owned()),
        _ => None,
    }
}

/// Concrete paths, `{}` for an id, and their patterns.
const PATTERNS: &[(&str, &str)] = &[
    ("/api/v1/agents", "/api/v1/agents"),
    ("/api/v1/agents/{}", "/api/v1/agents/:id"),
    (
        "/api/v1/agents/{}/credentials",
        "/api/v1/agents/:id/credentials",
    ),
    (
        "/api/v1/agents/{}/credentials/{}",
        "/api/v1/agents/:id/credentials/:credId",
    ),
    (
        "/api/v1/agents/{}/credentials/{}/rotate",
        "/api/v1/agents/:id/credentials/:credId/rotate",
    ),
    (
        "/api/v1/agents/{}/did/resolve",
        "/api/v1/agents/:id/did/resolve",
    ),
    ("/api/v1/audit/{}", "/api/v1/audit/:id"),
    ("/api/v1/audit/verify", "/api/v1/audit/verify"),
    ("/api/v1/token/introspect", "/api/v1/token/introspect"),
    ("/api/v1/token/revoke", "/api/v1/token/revoke"),
    ("/oauth2/introspect", "/api/v1/token/introspect"),
    ("/oauth2/revoke", "/api/v1/token/revoke"),
    ("/api/v1/organizations/{}", "/api/v1/organizations/:id"),
    (
        "/api/v1/organizations/{}/members",
        "/api/v1/organizations/:id/members",
    ),
    (
        "/api/v1/federation/partners/{}",
        "/api/v1/federation/partners/:id",
    ),
    ("/api/v1/webhooks/{}", "/api/v1/webhooks/:id"),
    (
        "/api/v1/webhooks/{}/deliveries",
        "/api/v1/webhooks/:id/deliveries",
    ),
    (
        "/api/v1/oidc/trust-policies/{}",
        "/api/v1/oidc/trust-policies/:id",
    ),
    (
        "/api/v1/oauth2/token/delegate/{}",
        "/api/v1/oauth2/token/delegate/:id",
    ),
    ("/api/v1/sdk/scaffold/{}", "/api/v1/sdk/scaffold/:id"),
];

#[test]
fn ids_become_placeholders_by_position() {
    let rule = lookup_key();
    for (path, pattern) in PATTERNS {
        for id in [ID, "x", "%20", ":id"] {
            let path = path.replace("{}", id);
            assert_eq!(
                normalised(&rule, &path).as_deref(),
                Some(*pattern),
                "{path}"
            );
            let path = format!("{path}/");
            assert_eq!(
                normalised(&rule, &path).as_deref(),
                Some(*pattern),
                "{path}"
            );
        }
    }
}

#[test]
fn every_pattern_of_the_map_is_found_again() {
    let rule = lookup_key();
    for (_, pattern, _) in entries() {
        assert_eq!(normalised(&rule, &path_of(&pattern)), Some(pattern));
    }
}

#[test]
fn a_path_without_a_pattern_stays_as_it_is() {
    let rule = lookup_key();
    for path in [
        "",
        "/unknown",
        "/api/v1/agents/x/unknown",
        "/api/v1/agents/x/credentials/y/unknown",
        "/api/v1/agents/x/credentials/y/rotate/z",
        "/api/v1/webhooks/x/deliveries/y",
        "/api/v1/marketplace/agents/x",
        "/api/v1/oauth2/token/delegate/x/y",
    ] {
        assert_eq!(normalised(&rule, path).as_deref(), Some(path));
    }
}

#[test]
fn an_ambiguous_path_has_no_key() {
    let rule = lookup_key();
    for path in [
        "//",
        "/api/v1/agents//",
        "/..",
        "/api/v1/agents/a%2Fb",
        "/api/v1/agents/%2e",
    ] {
        assert_eq!(normalised(&rule, path), None, "{path}");
    }
}
