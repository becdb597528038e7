//! The export of agent cards.

use std::sync::Arc;

use agentidp_domain::cache::NoCache;
use agentidp_domain::compliance::ComplianceService;
use agentidp_jose::Factory;
use serde_json::{Value, json};

use super::{CARDS, copies, empty_organization, members};
use crate::support::texts::TOKEN_REQUIRED;
use crate::support::{Answer, Api, Gate, Identity, Setup, identities};

async fn export(api: &Api, by: &Identity) -> Answer {
    let token = api.token(&by.stranger(), "agents:read");
    api.get(CARDS).bearer(&token).send().await
}

fn did(agent: &str) -> Value {
    json!(format!("did:web:localhost%3A3000:agents:{agent}"))
}

#[actix_web::test]
async fn it_is_a_file_with_the_cards_of_active_agents() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    for status in ["suspended", "decommissioned"] {
        let left_out = api.silent_agent(&acme, status, &["agents:read"]).await;
        api.set_status(&acme, &left_out, status).await.expect(200);
    }
    api.nameless_agent(&acme).await;
    let other = api.organization("other").await;
    api.silent_agent(&other, "a", &["agents:read"]).await;
    let before = api.event_count(&acme).await;
    api.pass(60);

    let answer = export(&api, &acme).await;
    assert_eq!(
        answer.header("content-disposition"),
        Some("attachment; filename=\"agent-cards.json\"")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let cards = answer.expect(200);
    let mut ids = [&acme.agent, &agent.agent];
    ids.sort_unstable();
    assert_eq!(members(&cards, "did"), ids.map(|id| did(id)));
    let cards = cards.as_array().unwrap();
    let card = cards.iter().find(|card| card["did"] == did(&agent.agent));
    let card = card.unwrap();
    let path = format!("{}/did/card", agent.path());
    let single = api.get(&path).send().await.expect(200);
    assert_eq!(card, &single, "the same card");
    let mut names: Vec<_> = card.as_object().unwrap().keys().collect();
    names.sort_unstable();
    let wanted = [
        "agentType",
        "capabilities",
        "deploymentEnv",
        "did",
        "identityProvider",
        "issuedAt",
        "name",
        "owner",
        "version",
    ];
    assert_eq!(names, wanted);
    assert_eq!(api.event_count(&acme).await, before, "no trace");
}

#[actix_web::test]
async fn it_is_made_anew_each_time_and_may_be_empty() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let first = export(&api, &acme).await.expect(200);
    api.pass(1);
    let second = export(&api, &acme).await.expect(200);
    assert_ne!(first[0]["issuedAt"], second[0]["issuedAt"]);
    let empty = empty_organization(&api).await;
    assert_eq!(export(&api, &empty).await.expect(200), json!([]));
}

#[actix_web::test]
async fn it_is_complete_and_in_order_however_many_agents_there_are() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut ids = copies(&api, &acme, 1_001, |agent| {
        agent.did = Some(format!(
            "did:web:localhost%3A3000:agents:{}",
            agent.agent_id
        ));
    })
    .await;
    ids.push(acme.agent.clone());
    ids.sort_unstable();
    let cards = export(&api, &acme).await.expect(200);
    let wanted: Vec<Value> = ids.iter().map(|id| did(id)).collect();
    assert_eq!(members(&cards, "did"), wanted);
}

#[actix_web::test]
async fn it_takes_a_token_with_the_scope() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let answer = api.get(CARDS).send().await;
    answer.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
    let token = api.token(&acme, "audit:read");
    let answer = api.get(CARDS).bearer(&token).send().await;
    answer.scope_missing("agents:read");
}

#[actix_web::test]
async fn two_are_made_at_the_same_time_and_the_others_wait() {
    let gate = Gate::default();
    let of_store = gate.clone();
    let api = Setup::default()
        .start_with(move |state| {
            let (ports, cache) = (of_store.ports(&state.ports), Arc::new(NoCache));
            let identities = identities(Arc::new(Factory));
            state.compliance = ComplianceService::new(ports, identities, cache, Arc::default());
        })
        .await;
    let acme = api.organization("acme").await;
    export(&api, &acme).await.expect(200);
    let (begun, answers) = gate.rush((0..8).map(|_| export(&api, &acme))).await;
    assert_eq!(begun, 2);
    for answer in answers {
        answer.expect(200);
    }
}
