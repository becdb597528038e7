//! The controls, for everybody to see.

use agentidp_domain::compliance::{Control, ControlState, ControlStatus};
use agentidp_domain::error::StoreError;
use serde_json::{Value, json};

use super::CONTROLS;
use crate::support::texts::TOO_MANY;
use crate::support::{Answer, Api, Broken, Setup};

const NAMES: [(&str, &str); 5] = [
    ("CC6.1", "Encryption at Rest"),
    ("CC6.7", "TLS Enforcement"),
    ("CC7.2", "Audit Log Integrity"),
    ("CC9.2", "Secrets Rotation"),
    ("CC7.1", "Webhook Dead-Letter Monitoring"),
];

/// The whole body for these states.
fn body(states: [(&str, &Value); 5]) -> Value {
    let controls: Vec<Value> = NAMES
        .iter()
        .zip(states)
        .map(|((id, name), (status, at))| {
            json!({"id": id, "name": name, "status": status, "lastChecked": at})
        })
        .collect();
    json!({"controls": controls})
}

#[actix_web::test]
async fn unchecked_they_are_unknown_since_the_start() {
    let api = Api::start().await;
    let start = json!(api.world.ports.now());
    api.pass(60);
    let wanted = body([("unknown", &start); 5]);
    for call in [
        api.get(CONTROLS),
        api.get(CONTROLS).bearer("garbage"),
        api.get(&format!("{CONTROLS}?id=CC6.1&page=x")),
    ] {
        let answer = call.send().await;
        assert_eq!(answer.expect(200), wanted);
        assert_eq!(answer.header("cache-control"), Some("public, max-age=60"));
        assert_eq!(answer.header("x-ratelimit-limit"), None, "limits are off");
    }
}

#[actix_web::test]
async fn each_shows_what_its_check_found() {
    let api = Api::start().await;
    let start = json!(api.world.ports.now());
    api.pass(5);
    let now = api.world.ports.now();
    let later = json!(now);
    for (control, status) in [
        (Control::WebhookDeadLetters, ControlStatus::Failing),
        (Control::EncryptionAtRest, ControlStatus::Passing),
        (Control::AuditLogIntegrity, ControlStatus::Failing),
        (Control::SecretsRotation, ControlStatus::Unknown),
    ] {
        let state = ControlState {
            status,
            last_checked: now,
        };
        api.world.controls.set(control, state);
    }
    // 200 also when controls fail.
    let shown = api.get(CONTROLS).send().await.expect(200);
    let wanted = body([
        ("passing", &later),
        ("unknown", &start),
        ("failing", &later),
        ("unknown", &later),
        ("failing", &later),
    ]);
    assert_eq!(shown, wanted);
}

#[actix_web::test]
async fn they_need_no_store_and_leave_no_trace() {
    let failure = || StoreError::Backend("secret cause".to_owned());
    let api = Setup::default()
        .start_with(|state| state.ports = Broken::ports(&state.ports, failure))
        .await;
    let operator = api.operator.clone();
    let before = api.event_count(&operator).await;
    api.get(CONTROLS).send().await.expect(200);
    assert_eq!(api.event_count(&operator).await, before);
}

#[track_caller]
fn shows(answer: &Answer, remaining: i64) {
    assert_eq!(answer.number("x-ratelimit-limit"), 120, "{answer:?}");
    assert_eq!(answer.number("x-ratelimit-remaining"), remaining);
}

#[actix_web::test]
async fn an_address_asks_120_times_a_minute_whatever_else_it_does() {
    let mut setup = Setup::limited();
    setup.world.limits.per_ip = 1;
    let api = setup.start().await;
    let public = "/api/v1/marketplace/agents";
    api.get(public).send().await.expect(200);
    api.get(public).send().await.expect(429);
    for remaining in (0..120).rev() {
        let answer = api.get(CONTROLS).send().await;
        answer.expect(200);
        shows(&answer, remaining);
        let reset = answer.number("x-ratelimit-reset") - api.now();
        assert!((0..=60).contains(&reset), "{reset}");
    }
    let refused = api.get(CONTROLS).bearer("garbage").send().await;
    refused.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
    shows(&refused, 0);
    assert!((1..=60).contains(&refused.number("retry-after")));
    assert_eq!(refused.header("cache-control"), Some("no-store"));
    assert_eq!(
        api.counted.limited(),
        ["/api/v1/marketplace/agents", CONTROLS]
    );
    shows(&api.get(CONTROLS).from("198.51.100.1").send().await, 119);
    api.pass(120);
    shows(&api.get(CONTROLS).send().await, 119);
}
