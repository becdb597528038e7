//! Decommissioning and its effects.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::texts::{CLIENT_FAILED, NO_AGENT, TOKEN_REVOKED};
use crate::support::{Answer, Api, Identity, TENANT_SCOPES};

async fn decommission(api: &Api, by: &Identity, agent: &Identity) -> Answer {
    let token = api.token(by, TENANT_SCOPES);
    api.delete(&agent.path()).bearer(&token).send().await
}

/// Everything that must hold once `agent`, which had two credentials and the
/// token `old`, is gone.
async fn assert_ended(api: &Api, acme: &Identity, agent: &Identity, old: &str) {
    let token = api.token(acme, TENANT_SCOPES);
    let record = api
        .get(&agent.path())
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert_eq!(record["status"], "decommissioned");
    let credentials = api
        .get(&agent.credentials())
        .bearer(&token)
        .send()
        .await
        .expect(200);
    for credential in credentials["data"].as_array().unwrap() {
        assert_eq!(credential["status"], "revoked");
        assert_eq!(credential["revokedAt"], record["updatedAt"]);
    }
    assert_eq!(credentials["total"], 2);
    let refused = api.get(&agent.path()).bearer(old).send().await;
    refused.refused(401, "UNAUTHORIZED", TOKEN_REVOKED);
    let login = api.login(agent).await;
    login.oauth_refused(401, "invalid_client", "UNAUTHORIZED", CLIENT_FAILED);
    let generate = api.post(&agent.credentials()).bearer(&token).send().await;
    let details = generate.refused(
        400,
        "AGENT_NOT_ACTIVE",
        "Credentials can only be generated for active agents.",
    );
    assert_eq!(details, json!({"status": "decommissioned"}));
}

#[actix_web::test]
async fn it_ends_credentials_and_tokens_with_one_event() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for through_patch in [false, true] {
        let name = if through_patch { "patched" } else { "deleted" };
        let agent = api.agent(&acme, name, &["agents:read"]).await;
        api.credential(&agent).await;
        let old = api.issued(&agent, "agents:read").await;
        let before = api.event_count(&acme).await;
        if through_patch {
            api.set_status(&acme, &agent, "decommissioned")
                .await
                .expect(200);
        } else {
            decommission(&api, &acme, &agent).await.no_content();
        }
        assert_eq!(
            api.event_count(&acme).await,
            before + 1,
            "none per credential"
        );
        let event = api
            .events(&acme, "agent.decommissioned")
            .await
            .pop()
            .unwrap();
        assert_eq!(event["agentId"], json!(agent.agent));
        assert_eq!(event["metadata"]["actorAgentId"], json!(acme.agent));
        assert_ended(&api, &acme, &agent, &old).await;
    }
}

#[actix_web::test]
async fn a_suspended_agent_can_be_decommissioned() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    decommission(&api, &acme, &agent).await.no_content();
}

#[actix_web::test]
async fn the_second_time_is_a_conflict() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let answers = join_all((0..4).map(|_| decommission(&api, &acme, &agent))).await;
    let done = answers.iter().filter(|answer| answer.status == 204).count();
    assert_eq!(done, 1);
    for answer in answers.iter().filter(|answer| answer.status != 204) {
        answer.refused(
            409,
            "AGENT_ALREADY_DECOMMISSIONED",
            "This agent has already been decommissioned.",
        );
    }
    assert_eq!(api.events(&acme, "agent.decommissioned").await.len(), 1);
}

#[actix_web::test]
async fn it_takes_the_scope_the_organization_and_an_existing_agent() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let reader = api.token(&acme, "agents:read");
    let answer = api.delete(&acme.path()).bearer(&reader).send().await;
    answer.scope_missing("agents:write");
    decommission(&api, &acme, &other).await.denied();
    let unknown = decommission(&api, &acme, &acme.stranger()).await;
    unknown.refused(404, "AGENT_NOT_FOUND", NO_AGENT);
    let token = api.token(&acme, TENANT_SCOPES);
    let malformed = api.delete("/api/v1/agents/1").bearer(&token).send().await;
    malformed.refused(404, "AGENT_NOT_FOUND", NO_AGENT);
    assert_eq!(api.events(&other, "agent.decommissioned").await.len(), 0);
}

#[actix_web::test]
async fn an_agent_may_decommission_itself() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api
        .silent_agent(&acme, "a", &["agents:write", "audit:read"])
        .await;
    let token = api.token(&agent, "agents:write");
    api.delete(&agent.path())
        .bearer(&token)
        .send()
        .await
        .no_content();
    let again = api.delete(&agent.path()).bearer(&token).send().await;
    again.refused(401, "UNAUTHORIZED", TOKEN_REVOKED);
    let event = api
        .events(&acme, "agent.decommissioned")
        .await
        .pop()
        .unwrap();
    assert_eq!(event["metadata"], json!({}));
}
