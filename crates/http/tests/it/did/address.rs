//! How documents are served: representations, caching, limits.

use serde_json::Value;

use super::{addresses, agent};
use crate::support::texts::TOO_MANY;
use crate::support::{Answer, Api, Setup};

const INSTANCE_DOCUMENT: &str = "/.well-known/did.json";

/// The media type of an answer that may be cached, apart from others.
#[track_caller]
fn media_type(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let vary = answer.headers("vary").join(", ").to_ascii_lowercase();
    assert!(vary.split(", ").any(|name| name == "accept"), "{vary}");
    answer.header("content-type").unwrap()
}

#[actix_web::test]
async fn the_client_chooses_the_representation() {
    let api = Api::start().await;
    let [first, second] = addresses(&api.operator.agent);
    let plain = "application/json";
    let linked = "application/did+ld+json";
    let simple = "application/did+json";
    for address in [first.as_str(), &second, INSTANCE_DOCUMENT] {
        let answer = api.get(address).send().await;
        assert_eq!(media_type(&answer), plain);
        let document: Value = serde_json::from_slice(&answer.body).unwrap();
        for (accept, expected) in [
            ("*/*", plain),
            (plain, plain),
            (linked, linked),
            (simple, simple),
            ("application/did+json;q=0.2, application/json", plain),
            ("text/html, application/did+ld+json;q=0.9", linked),
            // Nothing that there is: better the document than an error.
            ("text/html", plain),
            ("nonsense", plain),
        ] {
            let answer = api.get(address).header("accept", accept).send().await;
            assert_eq!(media_type(&answer), expected, "{accept}");
            let same: Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(same, document, "the document is the same in every form");
        }
    }
}

#[track_caller]
fn left(answer: &Answer, remaining: i64) {
    assert_eq!(answer.number("x-ratelimit-limit"), 6, "{answer:?}");
    assert_eq!(answer.number("x-ratelimit-remaining"), remaining);
}

#[track_caller]
fn too_many(answer: &Answer) {
    answer.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
    assert!((1..=60).contains(&answer.number("retry-after")));
    left(answer, 0);
}

#[actix_web::test]
async fn documents_and_cards_of_agents_are_limited_by_address() {
    let mut setup = Setup::limited();
    setup.world.limits.per_ip = 6;
    let api = setup.start().await;
    let acme = api.organization("acme").await;
    let agent = agent(&api, &acme).await;
    let card = format!("{}/did/card", agent.path());
    let [first, second] = addresses(&agent.agent);
    let paths = [first.as_str(), &second, &card];
    let [_, unknown] = addresses("x");
    let mut remaining = 6;
    for path in paths.into_iter().chain([unknown.as_str()]) {
        remaining -= 1;
        left(&api.get(path).send().await, remaining);
    }
    // A token changes nothing: the route does not look at it.
    let token = api.token(&acme, "agents:read");
    left(&api.get(&first).bearer(&token).send().await, 1);
    left(&api.get(&first).send().await, 0);
    for path in paths {
        too_many(&api.get(path).send().await);
    }
    let limited = [
        "/api/v1/agents/:id/did",
        "/agents/:id/did.json",
        "/api/v1/agents/:id/did/card",
    ];
    assert_eq!(api.counted.limited(), limited);
    // Others and those with a token of their own are not concerned.
    left(&api.get(&first).from("198.51.100.1").send().await, 5);
    let resolution = super::resolve(&api, &acme, &agent).await;
    assert_eq!(resolution.status, 200);
    assert_eq!(resolution.number("x-ratelimit-limit"), 100);
    api.pass(120);
    left(&api.get(&first).send().await, 5);
}

#[actix_web::test]
async fn the_document_of_the_installation_is_never_limited() {
    let mut setup = Setup::limited();
    setup.world.limits.per_ip = 1;
    let api = setup.start().await;
    for _ in 0..3 {
        let answer = api.get(INSTANCE_DOCUMENT).send().await;
        answer.expect(200);
        assert_eq!(answer.header("x-ratelimit-limit"), None);
    }
}
