//! How far back the log can be read.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::texts::NO_EVENT;
use crate::support::{Api, Identity};

const DAY: u64 = 86_400;
const TOO_OLD: &str = "The requested period exceeds the audit retention of your plan.";

async fn page(api: &Api, by: &Identity, query: &str) -> Value {
    let token = api.token(by, "audit:read");
    let path = format!("/api/v1/audit{query}");
    api.get(&path).bearer(&token).send().await.expect(200)
}

#[actix_web::test]
async fn older_events_do_not_exist_for_queries_but_for_verification() {
    let api = Api::start().await;
    for tier in ["free", "pro"] {
        let acme = api.organization_with(tier, json!({"planTier": tier})).await;
        let oldest = page(&api, &acme, "?limit=1").await["data"][0].clone();
        api.pass(90 * DAY);
        api.silent_agent(&acme, "a", &["agents:read"]).await;
        assert_eq!(page(&api, &acme, "").await["total"], 5, "to the day");
        api.pass(1);
        let readable = page(&api, &acme, "").await;
        assert_eq!(
            (
                &readable["total"],
                readable["data"].as_array().unwrap().len()
            ),
            (&json!(1), 1)
        );
        let token = api.token(&acme, "audit:read");
        let path = format!("/api/v1/audit/{}", oldest["eventId"].as_str().unwrap());
        let gone = api.get(&path).bearer(&token).send().await;
        gone.refused(404, "AUDIT_EVENT_NOT_FOUND", NO_EVENT);
        let verified = api
            .get("/api/v1/audit/verify")
            .bearer(&token)
            .send()
            .await
            .expect(200);
        assert_eq!(
            (&verified["verified"], &verified["checkedCount"]),
            (&json!(true), &json!(5))
        );
    }
}

#[actix_web::test]
async fn an_earlier_begin_is_refused_with_the_earliest_one() {
    let api = Api::start().await;
    for tier in ["free", "pro"] {
        let acme = api.organization_with(tier, json!({"planTier": tier})).await;
        let token = api.token(&acme, "audit:read");
        let earliest = api.world.ports.now().minus(Duration::from_secs(90 * DAY));
        let before = earliest.minus(Duration::from_millis(1));
        let path = format!("/api/v1/audit?fromDate={before}");
        let answer = api.get(&path).bearer(&token).send().await;
        let details = answer.refused(400, "RETENTION_WINDOW_EXCEEDED", TOO_OLD);
        assert_eq!(
            details,
            json!({"retentionDays": 90, "earliestAvailable": earliest})
        );
        assert_eq!(
            page(&api, &acme, &format!("?fromDate={earliest}")).await["total"],
            4
        );
        // An early end is merely an empty period.
        assert_eq!(page(&api, &acme, "?toDate=2001-01-01").await["total"], 0);
    }
}

#[actix_web::test]
async fn enterprise_and_the_system_organization_read_everything() {
    let api = Api::start().await;
    let acme = api
        .organization_with("acme", json!({"planTier": "enterprise"}))
        .await;
    api.pass(1000 * DAY);
    let operator = api.operator.clone();
    assert_eq!(page(&api, &acme, "?fromDate=2001-01-01").await["total"], 4);
    assert_eq!(
        page(&api, &operator, "?fromDate=2001-01-01").await["total"],
        2
    );
    // A downgrade counts at once.
    api.set_organization(&acme, &json!({"planTier": "free"}))
        .await
        .expect(200);
    assert_eq!(page(&api, &acme, "").await["total"], 1);
}
