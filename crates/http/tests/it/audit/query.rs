//! Asking the log.

use agentidp_domain::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::texts::{INVALID_QUERY, INVALID_RANGE, NO_EVENT};
use crate::support::{Answer, Api, Identity, TENANT_SCOPES};

async fn ask(api: &Api, by: &Identity, query: &str) -> Answer {
    let token = api.token(by, "audit:read");
    let path = format!("/api/v1/audit{query}");
    api.get(&path).bearer(&token).send().await
}

fn actions(page: &Value) -> Vec<&str> {
    let data = page["data"].as_array().unwrap();
    data.iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect()
}

/// Moves the clock to noon of the next day; that day.
fn next_noon(api: &Api) -> String {
    let now = api.now();
    let noon = now - now.rem_euclid(86_400) + 86_400 + 43_200;
    api.pass(u64::try_from(noon - now).unwrap());
    api.world.ports.now().to_string()[..10].to_owned()
}

#[actix_web::test]
async fn newest_first_with_twelve_members_each() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    api.login(&acme).await.expect(200);
    let page = ask(&api, &acme, "").await.expect(200);
    let expected = [
        "token.issued",
        "credential.generated",
        "organization.member_added",
        "agent.created",
        "organization.created",
    ];
    assert_eq!(actions(&page), expected);
    assert_eq!(
        (&page["total"], &page["page"], &page["limit"]),
        (&json!(5), &json!(1), &json!(20))
    );
    for (event, sequence) in page["data"].as_array().unwrap().iter().zip((0..5).rev()) {
        let mut members: Vec<&String> = event.as_object().unwrap().keys().collect();
        members.sort();
        let expected = [
            "action",
            "agentId",
            "eventId",
            "hash",
            "ipAddress",
            "metadata",
            "organizationId",
            "outcome",
            "previousHash",
            "sequence",
            "timestamp",
            "userAgent",
        ];
        assert_eq!(members, expected);
        assert_eq!(event["sequence"], json!(sequence));
        assert_eq!(event["organizationId"], json!(acme.organization));
        let path = format!("/api/v1/audit/{}", event["eventId"].as_str().unwrap());
        let token = api.token(&acme, "audit:read");
        assert_eq!(
            &api.get(&path).bearer(&token).send().await.expect(200),
            event
        );
    }
    let again = ask(&api, &acme, "").await.expect(200);
    assert_eq!(again, page, "queries are not audited");
}

#[actix_web::test]
async fn pages_follow_the_sequence() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut sequences = Vec::new();
    for page in 1..=3 {
        let body = ask(&api, &acme, &format!("?limit=2&page={page}"))
            .await
            .expect(200);
        assert_eq!(
            (&body["total"], &body["page"], &body["limit"]),
            (&json!(4), &json!(page), &json!(2))
        );
        let data = body["data"].as_array().unwrap();
        sequences.extend(data.iter().map(|event| event["sequence"].as_i64().unwrap()));
    }
    assert_eq!(sequences, [3, 2, 1, 0]);
}

#[actix_web::test]
async fn filters_are_exact_and_combine() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let wrong = Identity {
        secret: "wrong".to_owned(),
        ..agent.clone()
    };
    api.login(&wrong).await.expect(401);
    let id = &agent.agent;
    let cases = [
        (
            format!("?agentId={id}"),
            vec!["auth.failed", "agent.created"],
        ),
        ("?action=auth.failed".to_owned(), vec!["auth.failed"]),
        ("?outcome=failure".to_owned(), vec!["auth.failed"]),
        (
            format!("?outcome=success&agentId={id}"),
            vec!["agent.created"],
        ),
        (format!("?action=agent.updated&agentId={id}"), vec![]),
        ("?agentId=nobody".to_owned(), vec![]),
        (format!("?agentId={}", other.agent), vec![]),
        (
            format!("?organizationId={}&outcome=failure", other.organization),
            vec!["auth.failed"],
        ),
    ];
    for (query, expected) in cases {
        let page = ask(&api, &acme, &query).await.expect(200);
        assert_eq!(actions(&page), expected, "{query}");
        assert_eq!(page["total"], json!(expected.len()), "{query}");
    }
}

#[actix_web::test]
async fn both_ends_of_a_period_are_inclusive_and_a_date_is_its_whole_day() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let day = next_noon(&api);
    api.silent_agent(&acme, "noon", &["agents:read"]).await;
    api.pass(43_199);
    api.silent_agent(&acme, "evening", &["agents:read"]).await;
    let evening = api.world.ports.now();
    api.pass(1);
    api.silent_agent(&acme, "midnight", &["agents:read"]).await;
    let midnight: Timestamp = api.world.ports.now();
    let next = midnight.to_string()[..10].to_owned();
    // The clock keeps its milliseconds.
    let count = async |query: &str| {
        let path = format!("?action=agent.created&{query}");
        ask(&api, &acme, &path).await.expect(200)["total"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(count("").await, 4);
    assert_eq!(count(&format!("fromDate={day}&toDate={day}")).await, 2);
    assert_eq!(count(&format!("fromDate={next}")).await, 1);
    assert_eq!(count(&format!("toDate={day}")).await, 3);
    assert_eq!(
        count(&format!("fromDate={evening}&toDate={evening}")).await,
        1
    );
    assert_eq!(count(&format!("fromDate={evening}")).await, 2);
    let offset = format!("{}%2B00:00", evening.to_string().trim_end_matches('Z'));
    assert_eq!(
        count(&format!("fromDate={offset}&toDate={midnight}")).await,
        2
    );
    assert_eq!(count("fromDate=9998-01-01").await, 0);
}

#[actix_web::test]
async fn bad_values_come_before_a_bad_range() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let from = "Must be a valid ISO 8601 date-time string (e.g. 2026-03-01T00:00:00.000Z).";
    let to = "Must be a valid ISO 8601 date-time string (e.g. 2026-03-31T23:59:59.999Z).";
    let cases = [
        ("fromDate=yesterday", "fromDate", from),
        ("fromDate=2026-3-1", "fromDate", from),
        ("fromDate=2026-02-30", "fromDate", from),
        ("fromDate=2026-03-01T00:00:00", "fromDate", from),
        ("toDate=1767225600", "toDate", to),
        ("toDate=", "toDate", to),
        (
            "outcome=maybe",
            "outcome",
            "Must be one of: success, failure.",
        ),
        ("limit=101", "limit", "Must be between 1 and 100."),
    ];
    for (query, field, reason) in cases {
        let answer = ask(&api, &acme, &format!("?{query}")).await;
        assert_eq!(
            answer.invalid(INVALID_QUERY, &[field])["reason"],
            reason,
            "{query}"
        );
    }
    let all = "?page=0&action=agent.exploded&outcome=x&fromDate=x&toDate=y";
    let answer = ask(&api, &acme, all).await;
    answer.invalid(
        INVALID_QUERY,
        &["page", "action", "outcome", "fromDate", "toDate"],
    );
    let reversed = "?fromDate=2001-01-02&toDate=2001-01-01";
    let answer = ask(&api, &acme, &format!("{reversed}&limit=0")).await;
    answer.invalid(INVALID_QUERY, &["limit"]);
    // Before the retention, which this range is outside of as well.
    let details = ask(&api, &acme, reversed)
        .await
        .refused(400, "VALIDATION_ERROR", INVALID_RANGE);
    assert_eq!(
        details,
        json!({"reason": "fromDate must be before or equal to toDate."})
    );
}

#[actix_web::test]
async fn unknown_malformed_and_foreign_events_are_answered_alike() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let foreign = ask(&api, &other, "?limit=1").await.expect(200)["data"][0].clone();
    let foreign = foreign["eventId"].as_str().unwrap();
    let operator = api.operator.clone();
    for by in [&acme, &operator] {
        let token = api.token(by, TENANT_SCOPES);
        for id in [foreign, &Uuid::new_v4().to_string(), "x", "verify2"] {
            let path = format!("/api/v1/audit/{id}");
            let answer = api.get(&path).bearer(&token).send().await;
            assert_eq!(
                answer.refused(404, "AUDIT_EVENT_NOT_FOUND", NO_EVENT),
                Value::Null
            );
        }
    }
}
