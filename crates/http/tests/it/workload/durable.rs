//! No answer before its event is durable: with a log that cannot be written
//! there is neither a token nor a refusal.

use std::sync::Arc;

use agentidp_domain::error::StoreError;
use agentidp_domain::token::{Journal, JournalSettings};
use agentidp_domain::workload::{TrustPolicyService, WorkloadExchange};
use agentidp_http::AppState;
use serde_json::{Value, json};

use super::{POLICIES, Stage, composed, not_believed};
use crate::support::texts::{INTERNAL, UNAVAILABLE};
use crate::support::{Answer, Broken, Setup};

/// How a store fails, and how that is answered.
type Fault = (fn() -> StoreError, fn(&Answer));

const FAULTS: [Fault; 2] = [(away, unavailable), (failing, internal)];

fn away() -> StoreError {
    StoreError::Unavailable("no route to db.internal:5432".to_owned())
}

fn failing() -> StoreError {
    StoreError::Backend("INSERT INTO audit_events".to_owned())
}

#[track_caller]
fn silent(answer: &Answer) {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    for word in ["access_token", "db.internal", "INSERT"] {
        assert!(!text.contains(word), "{text}");
    }
}

#[track_caller]
fn unavailable(answer: &Answer) {
    let details = answer.refused(503, "SERVICE_UNAVAILABLE", UNAVAILABLE);
    assert_eq!(details, Value::Null);
    assert!(answer.number("retry-after") >= 1);
    silent(answer);
}

#[track_caller]
fn internal(answer: &Answer) {
    let details = answer.refused(500, "INTERNAL_SERVER_ERROR", INTERNAL);
    assert_eq!(details, Value::Null);
    silent(answer);
}

/// An exchange whose journal fails in this way.
async fn unrecorded(failure: fn() -> StoreError) -> Stage {
    let exchange = move |state: &AppState, issuer: String| -> WorkloadExchange {
        let broken = Broken::ports(&state.ports, failure);
        let (journal, _) = Journal::start(broken, JournalSettings::default());
        let ring = Arc::clone(&state.ring);
        composed::exchange(state.ports.clone(), ring, journal, issuer)
    };
    Stage::composed(exchange).await
}

#[actix_web::test]
async fn without_a_log_there_is_neither_token_nor_refusal() {
    for (failure, refused) in FAULTS {
        let stage = unrecorded(failure).await;
        let acme = stage.acme().await;
        stage.linked(&acme, "a").await;
        let before = stage.api.event_count(&acme).await;
        refused(&stage.run(&json!({})).await);
        refused(&stage.run_as(&json!({"exp": 1}), &json!({})).await);
        refused(&stage.present("garbage", &json!({})).await);
        let other = stage.claims_on("acme/other", super::MAIN);
        refused(&stage.run_as(&other, &json!({})).await);
        assert_eq!(stage.api.event_count(&acme).await, before);
    }
}

#[actix_web::test]
async fn without_a_store_nobody_is_admitted() {
    let exchange = |state: &AppState, issuer: String| -> WorkloadExchange {
        let (journal, _) = Journal::start(state.ports.clone(), JournalSettings::default());
        let broken = Broken::ports(&state.ports, away);
        composed::exchange(broken, Arc::clone(&state.ring), journal, issuer)
    };
    let stage = Stage::composed(exchange).await;
    unavailable(&stage.run(&json!({})).await);
    // What needs no store is refused as ever.
    not_believed(&stage.present("garbage", &json!({})).await);
}

#[actix_web::test]
async fn policies_of_a_store_that_fails_are_faults() {
    for (failure, refused) in FAULTS {
        let api = Setup::default()
            .start_with(|state| {
                let broken = Broken::ports(&state.ports, failure);
                state.trust_policies = TrustPolicyService::new(broken);
            })
            .await;
        let token = api.token(&api.operator, "agents:read agents:write");
        let body = json!({"provider": "github", "repository": "acme/app"});
        let path = format!("{POLICIES}/{}", api.operator.agent);
        for call in [
            api.post(POLICIES).json(&body),
            api.get(POLICIES),
            api.delete(&path),
        ] {
            refused(&call.bearer(&token).send().await);
        }
    }
}
