//! Tokens per day.

use agentidp_domain::usage::MetricType;
use serde_json::{Value, json};

use super::{DAY, TOKENS, ask, count, midnight, shown};
use crate::support::Api;

const NOT_POSITIVE: &str = "Query parameter `days` must be a positive integer.";
const TOO_MANY_DAYS: &str = "Query parameter `days` must not exceed 90.";

fn counts(trend: &Value) -> Vec<i64> {
    let days = trend["data"].as_array().unwrap();
    let counts = days.iter().map(|day| day["count"].as_i64().unwrap());
    counts.collect()
}

#[actix_web::test]
async fn it_shows_every_day_up_to_today() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    api.login(&acme).await.expect(200);
    let today = api.world.ports.now().date();
    let yesterday = today.pred_opt().unwrap();
    let wanted = json!({
        "organizationId": acme.organization,
        "days": 2,
        "data": [
            {"date": yesterday.to_string(), "count": 0},
            {"date": today.to_string(), "count": 1},
        ],
    });
    let path = format!("{TOKENS}?days=2");
    assert_eq!(shown(&api, &acme, &path).await, wanted);
}

#[actix_web::test]
async fn thirty_days_unless_told_otherwise() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for (query, days) in [
        ("", 30),
        ("?days=1", 1),
        ("?days=90", 90),
        ("?days=007", 7),
        ("?unknown=x", 30),
    ] {
        let trend = shown(&api, &acme, &format!("{TOKENS}{query}")).await;
        assert_eq!(trend["days"], days);
        let entries = trend["data"].as_array().unwrap();
        assert_eq!(json!(entries.len()), json!(days), "{query}");
        let dates: Vec<_> = entries.iter().map(|day| day["date"].as_str()).collect();
        assert!(dates.is_sorted());
        let today = api.world.ports.now().date().to_string();
        assert_eq!(dates.last(), Some(&Some(today.as_str())));
    }
}

#[actix_web::test]
async fn days_begin_and_end_at_midnight() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let midnight = midnight(&api);
    let token = MetricType::TokenIssued;
    count(&api, &acme, token, midnight - 1, 2).await;
    count(&api, &acme, token, midnight, 3).await;
    count(&api, &acme, token, midnight - DAY, 4).await;
    count(&api, &acme, token, midnight - DAY - 1, 5).await;
    count(&api, &acme, token, midnight - 2 * DAY - 1, 100).await;
    count(&api, &acme, MetricType::ApiCall, midnight, 100).await;
    count(&api, &other, token, midnight, 100).await;
    let trend = shown(&api, &acme, &format!("{TOKENS}?days=3")).await;
    assert_eq!(counts(&trend), [5, 6, 3]);
    // The next day everything moves on.
    api.pass(86_400);
    let trend = shown(&api, &acme, &format!("{TOKENS}?days=3")).await;
    assert_eq!(counts(&trend), [6, 3, 0]);
}

#[actix_web::test]
async fn more_than_90_days_are_refused() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for (days, provided) in [
        ("91", json!(91)),
        ("0365", json!(365)),
        ("18446744073709551615", json!(u64::MAX)),
        ("99999999999999999999", json!("99999999999999999999")),
    ] {
        let answer = ask(&api, &acme, &format!("{TOKENS}?days={days}")).await;
        let details = answer.refused(400, "VALIDATION_ERROR", TOO_MANY_DAYS);
        let wanted = json!({"field": "days", "max": 90, "provided": provided});
        assert_eq!(details, wanted);
    }
}

#[actix_web::test]
async fn what_is_no_positive_integer_is_refused() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for query in [
        "days=0",
        "days=-1",
        "days=",
        "days",
        "days=x",
        "days=1.5",
        "days=1e1",
        "days=%2B5",
        "days=+5",
        "days=5%20",
        "days=%00",
        "days=%ff",
        "days=1&days=2",
    ] {
        let answer = ask(&api, &acme, &format!("{TOKENS}?{query}")).await;
        let details = answer.refused(400, "VALIDATION_ERROR", NOT_POSITIVE);
        assert_eq!(details, json!({"field": "days"}), "{query}");
    }
}
