//! Clients that proved themselves and get no token all the same.

use serde_json::{Value, json};

use crate::support::texts::CLIENT_FAILED;
use crate::support::{Answer, Api, Identity};

const SUSPENDED: &str = "The agent is suspended.";
const INACTIVE: &str = "The organization is not active.";

#[track_caller]
fn unauthorized(answer: &Answer, code: &str, message: &str) {
    let details = answer.oauth_refused(403, "unauthorized_client", code, message);
    assert_eq!(details, Value::Null);
    assert!(answer.headers("www-authenticate").is_empty());
}

/// The client at all three endpoints.
async fn everywhere(api: &Api, client: &Identity) -> Vec<Answer> {
    let mut answers = vec![api.login(client).await];
    for path in ["/api/v1/token/introspect", "/oauth2/revoke"] {
        let call = api.post(path).basic(&client.agent, &client.secret);
        answers.push(call.form(&[("token", "x")]).send().await);
    }
    answers
}

#[actix_web::test]
async fn a_suspended_agent_learns_it_only_with_its_secret() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    let stranger = Identity {
        secret: acme.secret.clone(),
        ..agent.clone()
    };
    let answer = api.login(&stranger).await;
    answer.oauth_refused(401, "invalid_client", "UNAUTHORIZED", CLIENT_FAILED);
    for answer in everywhere(&api, &agent).await {
        unauthorized(&answer, "AGENT_SUSPENDED", SUSPENDED);
    }
    let events = api.events(&acme, "auth.failed").await;
    let reasons: Vec<&Value> = events
        .iter()
        .map(|event| &event["metadata"]["reason"])
        .collect();
    assert_eq!(
        reasons,
        [
            "invalid_secret",
            "agent_suspended",
            "agent_suspended",
            "agent_suspended"
        ]
    );
    assert_eq!(events[1]["metadata"]["clientId"], json!(agent.agent));
    assert_eq!(
        (&events[1]["outcome"], &events[1]["agentId"]),
        (&json!("failure"), &json!(agent.agent))
    );
    // Before the scopes are looked at.
    let answer = api.login_with(&agent, &[("scope", "audit:read")]).await;
    unauthorized(&answer, "AGENT_SUSPENDED", SUSPENDED);
}

#[actix_web::test]
async fn a_suspended_organization_stops_its_agents_until_it_is_back() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    api.login(&agent).await.expect(200);
    api.set_organization(&acme, &json!({"status": "suspended"}))
        .await
        .expect(200);
    for answer in everywhere(&api, &agent).await {
        unauthorized(&answer, "FORBIDDEN", INACTIVE);
    }
    let answer = api.login_with(&agent, &[("scope", "audit:read")]).await;
    unauthorized(&answer, "FORBIDDEN", INACTIVE);
    api.set_organization(&acme, &json!({"status": "active"}))
        .await
        .expect(200);
    let events = api.events(&acme, "auth.failed").await;
    assert_eq!(events.len(), 4);
    assert_eq!(
        events[0]["metadata"],
        json!({"reason": "organization_inactive", "clientId": agent.agent})
    );
    api.login(&agent).await.expect(200);
}

#[actix_web::test]
async fn agents_of_a_deleted_organization_are_suspended() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    api.login(&acme).await.expect(200);
    let token = api.token(&api.operator, "admin:orgs");
    api.delete(&acme.organization_path())
        .bearer(&token)
        .send()
        .await
        .no_content();
    for answer in everywhere(&api, &acme).await {
        unauthorized(&answer, "AGENT_SUSPENDED", SUSPENDED);
    }
}
