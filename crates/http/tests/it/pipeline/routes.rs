//! Paths and methods that nobody offers. Security headers are checked on
//! every answer of every test, where requests are sent.

use serde_json::Value;

use crate::support::texts::NO_ROUTE;
use crate::support::{Api, TENANT_SCOPES};

#[actix_web::test]
async fn unknown_paths_are_not_found_with_or_without_a_token() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, TENANT_SCOPES);
    let id = &acme.agent;
    let paths = [
        "/",
        "/nothing",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v1/agent",
        "/api/v1/agents/",
        "/api/v1/Agents",
        "/api/v2/agents",
        "/oauth2",
        "/.well-known/",
        "/api/v1//agents",
        "/health/",
        "/api/v1/agents/../agents",
        "/api/v1/token/",
        "/%00",
    ];
    let nested = [
        format!("/api/v1/agents/{id}/credentials/x/y/z"),
        format!("/api/v1/agents/{id}/x"),
        format!("/api/v1/agents/{id}/did/x"),
        format!("/api/v1/agents/{id}/did.json"),
        format!("/agents/{id}/did"),
        format!("/agents/{id}"),
    ];
    for path in paths.into_iter().chain(nested.iter().map(String::as_str)) {
        for call in [api.get(path), api.get(path).bearer(&token)] {
            let answer = call.send().await;
            assert_eq!(
                answer.refused(404, "NOT_FOUND", NO_ROUTE),
                Value::Null,
                "{path}"
            );
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
    }
}

#[actix_web::test]
async fn methods_that_are_not_offered_are_not_found() {
    let api = Api::start().await;
    let cases = [
        ("PUT", "/api/v1/agents"),
        ("DELETE", "/api/v1/agents"),
        ("HEAD", "/api/v1/agents"),
        ("POST", "/api/v1/agents/x"),
        ("PUT", "/api/v1/agents/x"),
        ("OPTIONS", "/api/v1/agents"),
        ("PATCH", "/api/v1/agents/x/credentials/y"),
        ("GET", "/api/v1/agents/x/credentials/y/rotate"),
        ("GET", "/api/v1/token"),
        ("GET", "/oauth2/token"),
        ("GET", "/api/v1/token/introspect"),
        ("DELETE", "/oauth2/revoke"),
        ("POST", "/api/v1/audit"),
        ("DELETE", "/api/v1/audit/x"),
        ("PATCH", "/api/v1/audit/x"),
        ("POST", "/api/v1/audit/verify"),
        ("PUT", "/api/v1/organizations"),
        ("GET", "/api/v1/organizations/x/members"),
        ("POST", "/health"),
        ("POST", "/metrics"),
        ("POST", "/.well-known/jwks.json"),
        ("POST", "/.well-known/openid-configuration"),
        ("PUT", "/.well-known/did.json"),
        ("POST", "/agents/x/did.json"),
        ("DELETE", "/api/v1/agents/x/did"),
        ("POST", "/api/v1/agents/x/did/resolve"),
        ("POST", "/api/v1/agents/x/did/card"),
        ("GET", "/api/v1/oidc/token"),
        ("GET", "/api/v1/oidc/trust-policies/x"),
        ("PATCH", "/api/v1/oidc/trust-policies/x"),
        ("GET", "/api/v1/federation/trust"),
        ("POST", "/api/v1/federation/partners"),
        ("GET", "/api/v1/federation/verify"),
        ("GET", "/api/v1/oauth2/token/delegate"),
        ("GET", "/api/v1/oauth2/token/delegate/x"),
        ("GET", "/api/v1/oauth2/token/verify-delegation"),
        ("PUT", "/api/v1/webhooks/x"),
        ("POST", "/api/v1/webhooks/x/deliveries"),
        ("POST", "/openapi.json"),
        ("DELETE", "/openapi.json"),
        ("TRACE", "/health"),
        ("INVENTED", "/api/v1/agents"),
    ];
    for (method, path) in cases {
        let answer = api.call(method, path).send().await;
        assert_eq!(answer.status, 404, "{method} {path}");
        answer.refused(404, "NOT_FOUND", NO_ROUTE);
    }
}

#[actix_web::test]
async fn fixed_words_win_over_ids() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "audit:read");
    let verified = api
        .get("/api/v1/audit/verify")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert_eq!(verified["verified"], true);
    let encoded = api
        .get("/api/v1/audit/%76erify")
        .bearer(&token)
        .send()
        .await;
    assert_ne!(encoded.status, 200, "read in two ways, so in none");
}

#[actix_web::test]
async fn paths_that_can_be_read_in_two_ways_are_denied() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, TENANT_SCOPES);
    for id in ["..", "%2e%2e", "x%2fy", "%2F", "%61"] {
        let path = format!("/api/v1/agents/{id}");
        let answer = api.get(&path).bearer(&token).send().await;
        assert_eq!(answer.expect(403)["code"], "FORBIDDEN", "{id}");
    }
}

#[actix_web::test]
async fn requests_are_counted_by_pattern_and_known_methods() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, TENANT_SCOPES);
    let before = api.counted.requests().len();
    let id = &acme.agent;
    let calls = [
        (
            "GET",
            format!("/api/v1/agents/{id}"),
            "/api/v1/agents/:id",
            200,
        ),
        (
            "GET",
            format!("/api/v1/agents/{id}?x=1"),
            "/api/v1/agents/:id",
            200,
        ),
        (
            "DELETE",
            format!("/api/v1/agents/{id}/credentials/x"),
            "/api/v1/agents/:id/credentials/:id",
            404,
        ),
        (
            "GET",
            "/api/v1/audit/verify".to_owned(),
            "/api/v1/audit/verify",
            200,
        ),
        ("POST", "/oauth2/token".to_owned(), "/oauth2/token", 400),
        ("GET", "/health".to_owned(), "/health", 200),
        ("GET", "/nothing".to_owned(), "unmatched", 404),
        ("POST", format!("/api/v1/agents/{id}"), "unmatched", 404),
        ("INVENTED", "/nothing".to_owned(), "unmatched", 404),
    ];
    for (method, path, _, status) in &calls {
        assert_eq!(
            api.call(method, path).bearer(&token).send().await.status,
            *status,
            "{path}"
        );
    }
    let expected: Vec<(String, String, u16)> = calls
        .iter()
        .map(|(method, _, route, status)| {
            // Nobody adds time series by inventing methods.
            let method = if *method == "INVENTED" {
                "OTHER"
            } else {
                method
            };
            (method.to_owned(), (*route).to_owned(), *status)
        })
        .collect();
    assert_eq!(api.counted.requests()[before..], expected);
}
