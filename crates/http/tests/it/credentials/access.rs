//! Who may touch the credentials of an agent, in the order of the rules.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::texts::{
    DENIED_CREDENTIALS, INVALID_BODY, NO_AGENT, NO_CREDENTIAL, TOKEN_REQUIRED,
};
use crate::support::{Answer, Api, Identity, OPERATOR_SCOPES, TENANT_SCOPES};

/// The four operations on a credential of `agent`.
async fn all(api: &Api, token: &str, agent: &Identity, credential: &str) -> Vec<Answer> {
    let list = agent.credentials();
    let one = format!("{list}/{credential}");
    vec![
        api.get(&list).bearer(token).send().await,
        api.post(&list).bearer(token).send().await,
        api.post(&format!("{one}/rotate"))
            .bearer(token)
            .send()
            .await,
        api.delete(&one).bearer(token).send().await,
    ]
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

fn escalation(answers: &[Answer]) {
    for answer in answers {
        let details = answer.refused(403, "AUTHORIZATION_ERROR", DENIED_CREDENTIALS);
        assert_eq!(details, Value::Null);
    }
}

#[actix_web::test]
async fn an_agent_manages_its_own_credentials_with_any_token() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api
        .silent_agent(&acme, "a", &["audit:read", "webhooks:read"])
        .await;
    let (credential, _) = api.credential(&agent).await;
    for scope in ["openid", "webhooks:read"] {
        let token = api.token(&agent, scope);
        let answers = all(&api, &token, &agent, &credential).await;
        // The first round revokes the credential and leaves the generated one.
        let expected = if scope == "openid" {
            [200, 201, 200, 204]
        } else {
            [200, 201, 409, 409]
        };
        assert_eq!(statuses(&answers), expected);
    }
    let event = api.events(&acme, "credential.revoked").await.pop().unwrap();
    assert_eq!(event["metadata"], json!({"credentialId": credential}));
}

#[actix_web::test]
async fn others_need_the_scope_before_anything_is_looked_up() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme.stranger(), "agents:read tokens:read");
    let malformed = Identity {
        agent: "x".to_owned(),
        ..acme.clone()
    };
    for agent in [acme.clone(), acme.stranger(), malformed] {
        for answer in all(&api, &token, &agent, "x").await {
            answer.scope_missing("agents:write");
        }
    }
    let anonymous = api.get(&acme.credentials()).send().await;
    anonymous.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
}

#[actix_web::test]
async fn unknown_before_foreign_before_escalation_before_the_credential() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let clerk = api.silent_agent(&acme, "clerk", &["agents:write"]).await;
    let strong = api.silent_agent(&acme, "strong", &["audit:read"]).await;
    let weak = api.silent_agent(&acme, "weak", &["agents:write"]).await;
    let (foreign, _) = api.credential(&other).await;
    let (of_strong, _) = api.credential(&strong).await;
    let before = (api.event_count(&acme).await, api.event_count(&other).await);
    let token = api.token(&clerk, "agents:write");
    let malformed = Identity {
        agent: "x".to_owned(),
        ..acme.clone()
    };
    for agent in [acme.stranger(), malformed] {
        for answer in all(&api, &token, &agent, &of_strong).await {
            answer.refused(404, "AGENT_NOT_FOUND", NO_AGENT);
        }
    }
    for credential in [foreign.as_str(), "x"] {
        for answer in all(&api, &token, &other, credential).await {
            answer.denied();
        }
        escalation(&all(&api, &token, &strong, credential).await);
    }
    assert_eq!(
        (api.event_count(&acme).await, api.event_count(&other).await),
        before
    );
    for credential in [
        foreign,
        of_strong,
        Uuid::new_v4().to_string(),
        "x".to_owned(),
    ] {
        let answers = all(&api, &token, &weak, &credential).await;
        assert_eq!(statuses(&answers[..2]), [200, 201]);
        for answer in &answers[2..] {
            answer.refused(404, "CREDENTIAL_NOT_FOUND", NO_CREDENTIAL);
        }
    }
}

#[actix_web::test]
async fn validation_comes_before_the_agent() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "agents:write");
    let nobody = acme.stranger();
    let rotate = format!("{}/x/rotate", nobody.credentials());
    for path in [nobody.credentials(), rotate] {
        let call = api
            .post(&path)
            .bearer(&token)
            .json(&json!({"expiresAt": "soon"}));
        call.send().await.invalid(INVALID_BODY, &["expiresAt"]);
    }
}

#[actix_web::test]
async fn role_admin_reaches_stronger_agents_but_not_platform_administrators() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let strong = api
        .silent_agent(&acme, "strong", &["audit:read", "webhooks:write"])
        .await;
    let (credential, _) = api.credential(&strong).await;
    let token = api.token(&acme, "agents:write");
    let answers = all(&api, &token, &strong, &credential).await;
    assert_eq!(statuses(&answers), [200, 201, 200, 204]);

    let operator = api.operator.clone();
    let second = api.silent_agent(&operator, "second", &["admin:orgs"]).await;
    let (credential, _) = api.credential(&second).await;
    let plain = api.token(&operator, "agents:write");
    escalation(&all(&api, &plain, &second, &credential).await);
    let full = api.token(&operator, "agents:write admin:orgs");
    let answers = all(&api, &full, &second, &credential).await;
    assert_eq!(statuses(&answers), [200, 201, 200, 204]);
}

#[actix_web::test]
async fn the_platform_scope_does_not_lift_the_tenant_rule() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&api.operator, OPERATOR_SCOPES);
    for answer in all(&api, &token, &acme, "x").await {
        answer.denied();
    }
    // And a platform token does not replace the scope of the route.
    let bare = api.token(&api.operator.stranger(), "admin:orgs");
    for answer in all(&api, &bare, &api.operator, "x").await {
        answer.scope_missing("agents:write");
    }
}

#[actix_web::test]
async fn another_agents_credential_cannot_be_named_under_ones_own_id() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    let victim = api.agent(&acme, "v", &["agents:read"]).await;
    let (of_victim, _) = api.credential(&victim).await;
    let token = api.token(&agent, "agents:read");
    for answer in &all(&api, &token, &agent, &of_victim).await[2..] {
        answer.refused(404, "CREDENTIAL_NOT_FOUND", NO_CREDENTIAL);
    }
    api.login(&victim).await.expect(200);
    let answers = all(&api, &api.token(&agent, TENANT_SCOPES), &victim, &of_victim).await;
    assert_eq!(
        statuses(&answers),
        [200, 201, 200, 204],
        "with a token that covers the grant"
    );
}
