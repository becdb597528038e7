//! No result of a verification before its event is durable.

use std::sync::Arc;

use agentidp_domain::error::StoreError;
use agentidp_domain::token::{Journal, JournalSettings};
use serde_json::{Value, json};

use super::composed::{Remote, verifier};
use super::{partner, register, registration, verify, verify_with};
use crate::support::texts::UNAVAILABLE;
use crate::support::{Answer, Broken, Setup};

fn away() -> StoreError {
    StoreError::Unavailable("no route to db.internal:5432".to_owned())
}

#[track_caller]
fn unavailable(answer: &Answer) {
    let details = answer.refused(503, "SERVICE_UNAVAILABLE", UNAVAILABLE);
    assert_eq!(details, Value::Null);
    assert!(answer.number("retry-after") >= 1);
}

#[actix_web::test]
async fn without_a_log_no_token_is_good_or_bad() {
    let remote = Arc::new(Remote::new(true));
    let api = Setup::default()
        .start_with(move |state| {
            let broken = Broken::ports(&state.ports, away);
            let (journal, _) = Journal::start(broken, JournalSettings::default());
            state.federation_verifier = verifier(state, &remote, journal);
        })
        .await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    unavailable(&verify_with(&api, &idp, &json!({})).await);
    unavailable(&verify_with(&api, &idp, &json!({"exp": 1})).await);
    unavailable(&verify(&api, "garbage").await);
}
