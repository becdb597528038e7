//! Rules of the query parameters, and of the request at all.

use serde_json::json;

use super::{LIST, encoded, list, listed};
use crate::support::Api;
use crate::support::texts::{INVALID_QUERY, NO_ROUTE};

const TOO_LONG: &str = "Must have at most 256 characters.";
const REPEATED: &str = "Must not be repeated.";
const NO_UTF_8: &str = "Must be valid UTF-8.";
const NUL: &str = "Must not contain the character U+0000.";
const RANGE: &str = "Must be between 1 and 100.";
const INTEGER: &str = "Must be an integer of at least 1.";

#[actix_web::test]
async fn bad_values_are_named() {
    let api = Api::start().await;
    let long = format!("q={}", "x".repeat(257));
    let cases = [
        (long.as_str(), "q", TOO_LONG),
        ("q=a&q=b", "q", REPEATED),
        ("q=%ff", "q", NO_UTF_8),
        ("q=a%00", "q", NUL),
        ("capability=a&capability=b", "capability", REPEATED),
        ("capability=%ff", "capability", NO_UTF_8),
        ("capability=%00", "capability", NUL),
        ("publisher=a&publisher=a", "publisher", REPEATED),
        ("publisher=%ff", "publisher", NO_UTF_8),
        ("publisher=%00", "publisher", NUL),
        ("page=0", "page", "Must be at least 1."),
        ("page=-1", "page", INTEGER),
        ("page=", "page", INTEGER),
        ("page=1.5", "page", INTEGER),
        ("page=99999999999", "page", INTEGER),
        ("limit=0", "limit", RANGE),
        ("limit=101", "limit", RANGE),
        ("limit=ten", "limit", RANGE),
        ("limit=1&limit=2", "limit", REPEATED),
    ];
    for (query, field, reason) in cases {
        let answer = api.get(&format!("{LIST}?{query}")).send().await;
        let details = answer.invalid(INVALID_QUERY, &[field]);
        assert_eq!(details["reason"], reason, "{query}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[actix_web::test]
async fn all_of_them_are_named_together() {
    let api = Api::start().await;
    let query = "limit=x&page=x&publisher=%00&capability=%ff&q=a&q=b";
    let answer = api.get(&format!("{LIST}?{query}")).send().await;
    let fields = ["q", "capability", "publisher", "page", "limit"];
    answer.invalid(INVALID_QUERY, &fields);
}

#[actix_web::test]
async fn limits_are_in_characters_and_inclusive() {
    let api = Api::start().await;
    for text in ["x".repeat(256), "ä".repeat(256), "x ".repeat(128)] {
        assert_eq!(listed(&api, &[("q", text.as_str())]).await["total"], 0);
    }
    let long = "ä".repeat(257);
    let query = encoded(&long);
    let answer = api.get(&format!("{LIST}?q={query}")).send().await;
    answer.invalid(INVALID_QUERY, &["q"]);
    // The other texts have no limit of their own.
    let long = "x".repeat(5_000);
    for name in ["capability", "publisher"] {
        assert_eq!(listed(&api, &[(name, long.as_str())]).await["total"], 0);
    }
    let page = list(&api, "?page=4294967295&limit=100").await;
    assert_eq!(page["page"], json!(u32::MAX));
}

#[actix_web::test]
async fn unknown_parameters_are_ignored() {
    let api = Api::start().await;
    let plain = list(&api, "").await;
    for query in [
        "?status=suspended&owner=x&agentType=y",
        "?nonsense=1&nonsense=2&Q=x&PAGE=0",
        "?&&=&x",
        "?page=1&limit=20",
    ] {
        assert_eq!(list(&api, query).await, plain, "{query}");
    }
}

#[actix_web::test]
async fn nothing_but_reading_is_offered() {
    let api = Api::start().await;
    let detail = format!("{LIST}/x");
    let deeper = format!("{LIST}/x/y");
    for (method, path) in [
        ("POST", LIST),
        ("HEAD", LIST),
        ("PATCH", &detail),
        ("DELETE", &detail),
        ("GET", &deeper),
        ("GET", "/api/v1/marketplace"),
        ("GET", "/api/v1/marketplace/agents/"),
    ] {
        let answer = api.call(method, path).send().await;
        assert_eq!(answer.status, 404, "{method} {path}");
        answer.refused(404, "NOT_FOUND", NO_ROUTE);
    }
}
