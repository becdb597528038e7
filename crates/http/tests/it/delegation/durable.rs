//! No verdict before its event is durable.

use agentidp_domain::delegation::{DelegationKeyService, DelegationService};
use agentidp_domain::error::StoreError;
use agentidp_domain::token::{Journal, JournalSettings};
use serde_json::{Value, json};

use super::{Pair, revoke, text, verify_with};
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
async fn without_a_log_no_delegation_is_good_or_bad() {
    let api = Setup::default()
        .start_with(|state| {
            let broken = Broken::ports(&state.ports, away);
            let (journal, _) = Journal::start(broken, JournalSettings::default());
            let keys = DelegationKeyService::new(state.ports.clone(), None);
            state.delegation = DelegationService::new(state.ports.clone(), keys, journal);
        })
        .await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    let token = text(&chain, "delegationToken");
    let forged = format!("{}.{}", token.rsplit_once('.').unwrap().0, "0".repeat(64));
    for token in [token, forged.as_str()] {
        let body = json!({ "delegationToken": token });
        unavailable(&verify_with(&api, &pair.delegatee, &body).await);
    }
    // A revocation is written with its event and does not need the journal.
    revoke(&api, &pair.delegator, "openid", text(&chain, "id"))
        .await
        .no_content();
}
