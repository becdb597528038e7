//! Documents are kept, and forgotten at once when the agent changes.

use agentidp_domain::agent::Owner;
use agentidp_domain::id::AgentId;
use agentidp_domain::unit_of_work::Scope;
use serde_json::json;

use super::{addresses, agent, change, document, gone};
use crate::support::{Api, Identity};

/// Changes the owner behind the back of the use cases.
async fn overwrite(api: &Api, agent: &Identity, owner: &str) {
    let id: AgentId = agent.agent.parse().unwrap();
    let mut work = api.world.ports.write(Scope::System).await.unwrap();
    let mut stored = work.agents().find(id).await.unwrap().unwrap();
    stored.owner = Owner::new(owner).unwrap();
    work.agents().update(&stored).await.unwrap();
    work.commit().await.unwrap();
}

#[actix_web::test]
async fn every_change_of_the_agent_is_visible_at_once() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = agent(&api, &acme).await;
    for (field, value) in [
        ("owner", json!("new-team")),
        ("version", json!("2.0.0")),
        ("capabilities", json!(["resume:read", "resume:rank"])),
        ("deploymentEnv", json!("staging")),
        ("agentType", json!("router")),
    ] {
        let before = document(&api, &agent).await;
        assert_ne!(before["agntcy"][field], value);
        let mut body = json!({});
        body[field] = value.clone();
        change(&api, &acme, &agent, &body).await;
        let mut expected = before;
        expected["agntcy"][field] = value;
        assert_eq!(document(&api, &agent).await, expected, "{field}");
    }
    for status in ["suspended", "active"] {
        change(&api, &acme, &agent, &json!({"status": status})).await;
        document(&api, &agent).await;
    }
    let token = api.token(&acme, "agents:read agents:write");
    let call = api.delete(&agent.path()).bearer(&token);
    // The grant of this agent is within the token.
    call.send().await.no_content();
    for address in addresses(&agent.agent) {
        gone(&api.get(&address).send().await);
    }
}

#[actix_web::test]
async fn an_unchanged_document_is_kept_for_five_minutes() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let first = document(&api, &acme).await;
    overwrite(&api, &acme, "somebody").await;
    api.pass(299);
    assert_eq!(document(&api, &acme).await, first);
    api.pass(1);
    assert_eq!(document(&api, &acme).await["agntcy"]["owner"], "somebody");
}

#[actix_web::test]
async fn what_was_read_before_a_change_is_not_kept_after_it() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    document(&api, &acme).await;
    change(&api, &acme, &acme, &json!({"owner": "first"})).await;
    // Just after a change nothing is kept, since it may have been read before.
    assert_eq!(document(&api, &acme).await["agntcy"]["owner"], "first");
    overwrite(&api, &acme, "second").await;
    assert_eq!(document(&api, &acme).await["agntcy"]["owner"], "second");
    api.pass(60);
    document(&api, &acme).await;
    overwrite(&api, &acme, "third").await;
    assert_eq!(document(&api, &acme).await["agntcy"]["owner"], "second");
}
