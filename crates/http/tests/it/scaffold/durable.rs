//! No project before its event is durable.

use agentidp_domain::error::StoreError;
use agentidp_domain::scaffold::ScaffoldService;
use agentidp_domain::token::{Journal, JournalSettings};
use serde_json::Value;

use super::ask;
use crate::support::texts::UNAVAILABLE;
use crate::support::{Broken, Setup};

fn away() -> StoreError {
    StoreError::Unavailable("no route to db.internal:5432".to_owned())
}

#[actix_web::test]
async fn without_a_log_there_is_no_project() {
    let api = Setup::default()
        .start_with(|state| {
            let broken = Broken::ports(&state.ports, away);
            let (journal, _) = Journal::start(broken, JournalSettings::default());
            state.scaffolds = ScaffoldService::new(state.ports.clone(), journal, "x");
        })
        .await;
    let acme = api.organization("acme").await;
    let answer = ask(&api, &acme, &acme.agent, "").await;
    let details = answer.refused(503, "SERVICE_UNAVAILABLE", UNAVAILABLE);
    assert_eq!(details, Value::Null);
    assert!(answer.number("retry-after") >= 1);
    assert_eq!(answer.header("content-disposition"), None);
}
