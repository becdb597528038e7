//! Cross-origin requests.

use std::collections::BTreeSet;

use crate::support::{Answer, Api, Setup};

const ORIGIN: &str = "https://app.example";

fn words(answer: &Answer, name: &str) -> BTreeSet<String> {
    let value = answer
        .header(name)
        .unwrap_or_else(|| panic!("{name} is missing: {answer:?}"));
    value
        .split(',')
        .map(|word| word.trim().to_ascii_lowercase())
        .collect()
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

async fn preflight(api: &Api, origin: &str, method: &str, headers: &str) -> Answer {
    api.call("OPTIONS", "/api/v1/agents")
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", headers)
        .send()
        .await
}

async fn with_origins(origins: &[&str]) -> Api {
    let mut setup = Setup::limited();
    setup.http.cors_origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
    setup.start().await
}

#[track_caller]
fn exposed(answer: &Answer) {
    let expected = [
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "retry-after",
        "content-disposition",
        "x-request-id",
        "www-authenticate",
    ];
    assert_eq!(
        words(answer, "access-control-expose-headers"),
        set(&expected)
    );
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

#[actix_web::test]
async fn by_default_any_origin_may_ask_without_credentials() {
    let api = with_origins(&[]).await;
    for method in ["GET", "POST", "PATCH", "DELETE"] {
        let answer = preflight(
            &api,
            ORIGIN,
            method,
            "authorization, content-type, x-request-id",
        )
        .await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let methods = set(&["get", "post", "patch", "delete", "options"]);
        assert_eq!(words(&answer, "access-control-allow-methods"), methods);
        let headers = set(&["authorization", "content-type", "x-request-id"]);
        assert_eq!(words(&answer, "access-control-allow-headers"), headers);
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    for path in ["/api/v1/agents", "/nothing", "/health"] {
        let answer = api.get(path).header("origin", ORIGIN).send().await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        exposed(&answer);
    }
}

#[actix_web::test]
async fn configured_origins_are_named_and_others_get_nothing() {
    let api = with_origins(&[ORIGIN, "http://localhost:8080"]).await;
    for origin in [ORIGIN, "http://localhost:8080"] {
        let answer = preflight(&api, origin, "POST", "authorization").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        let answer = api
            .get("/api/v1/agents")
            .header("origin", origin)
            .send()
            .await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        exposed(&answer);
        assert!(words(&answer, "vary").contains("origin"));
    }
    for origin in [
        "https://evil.example",
        "https://app.example.evil.example",
        "null",
        "http://app.example",
    ] {
        let answer = preflight(&api, origin, "POST", "authorization").await;
        assert_eq!(answer.header("access-control-allow-origin"), None);
        let answer = api.get("/health").header("origin", origin).send().await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    assert_eq!(
        api.get("/health").send().await.status,
        200,
        "no browser, no origin"
    );
}

#[actix_web::test]
async fn other_methods_and_headers_are_not_allowed() {
    let api = with_origins(&[]).await;
    for (method, headers) in [("PUT", "authorization"), ("POST", "x-admin"), ("TRACE", "")] {
        let answer = preflight(&api, ORIGIN, method, headers).await;
        assert_ne!(answer.status, 200, "{method} {headers}");
        assert_eq!(answer.header("access-control-allow-methods"), None);
    }
}
