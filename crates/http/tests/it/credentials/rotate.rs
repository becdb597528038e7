//! Rotating a credential.

use std::time::Duration;

use futures_util::future::join;
use serde_json::{Value, json};

use crate::support::texts::{CLIENT_FAILED, INVALID_BODY};
use crate::support::{Answer, Api, Identity};

async fn rotate(api: &Api, agent: &Identity, id: &str, body: &Value) -> Answer {
    let token = api.token(agent, "openid");
    let path = format!("{}/{id}/rotate", agent.credentials());
    api.post(&path).bearer(&token).json(body).send().await
}

fn secret(answer: &Value) -> String {
    answer["clientSecret"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn the_old_secret_is_dead_at_once_and_the_new_one_works() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let (id, old) = api.credential(&agent).await;
    agent.secret = old.clone();
    let issued = api.issued(&agent, "agents:read").await;
    let created = api.world.ports.now();
    api.pass(10);
    let mut rotated = rotate(&api, &agent, &id, &json!({})).await.expect(200);
    let new = secret(&rotated);
    rotated.as_object_mut().unwrap().remove("clientSecret");
    let expected = json!({"credentialId": id, "clientId": agent.agent, "status": "active",
        "createdAt": created, "expiresAt": null, "revokedAt": null});
    assert_eq!(rotated, expected);
    assert_ne!(new, old);
    // The old one was remembered as verified a moment ago.
    let refused = api.login(&agent).await;
    refused.oauth_refused(401, "invalid_client", "UNAUTHORIZED", CLIENT_FAILED);
    agent.secret = new;
    api.login(&agent).await.expect(200);
    // Tokens already issued stay good.
    api.get(&agent.path())
        .bearer(&issued)
        .send()
        .await
        .expect(200);
    let event = api.events(&acme, "credential.rotated").await.pop().unwrap();
    assert_eq!(event["agentId"], json!(agent.agent));
    assert_eq!(event["metadata"], json!({"credentialId": id}));
}

#[actix_web::test]
async fn the_expiry_is_the_one_of_the_body_or_none() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let (id, _) = api.credential(&agent).await;
    let soon = api.world.ports.now().plus(Duration::from_secs(60));
    let rotated = rotate(&api, &agent, &id, &json!({"expiresAt": soon}))
        .await
        .expect(200);
    assert_eq!(rotated["expiresAt"], json!(soon));
    api.pass(120);
    agent.secret = secret(&rotated);
    api.login(&agent).await.expect(401);
    // An expired credential can be rotated; without an expiry it has none.
    let rotated = rotate(&api, &agent, &id, &json!({})).await.expect(200);
    assert_eq!(rotated["expiresAt"], Value::Null);
    agent.secret = secret(&rotated);
    api.login(&agent).await.expect(200);
    let past = rotate(&api, &agent, &id, &json!({"expiresAt": soon})).await;
    past.invalid(INVALID_BODY, &["expiresAt"]);
    api.login(&agent).await.expect(200);
}

#[actix_web::test]
async fn a_revoked_credential_is_never_revived() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let (id, _) = api.credential(&agent).await;
    let token = api.token(&acme, "agents:write");
    let path = format!("{}/{id}", agent.credentials());
    api.delete(&path).bearer(&token).send().await.no_content();
    let revoked_at = api.world.ports.now();
    api.pass(5);
    let answer = api
        .post(&format!("{path}/rotate"))
        .bearer(&token)
        .send()
        .await;
    let details = answer.refused(
        409,
        "CREDENTIAL_ALREADY_REVOKED",
        "This credential has already been revoked.",
    );
    assert_eq!(
        details,
        json!({"credentialId": id, "revokedAt": revoked_at})
    );
}

#[actix_web::test]
async fn a_suspended_agents_credential_can_be_rotated() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let (id, _) = api.credential(&agent).await;
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    let token = api.token(&acme, "agents:write");
    let path = format!("{}/{id}/rotate", agent.credentials());
    api.post(&path).bearer(&token).send().await.expect(200);
}

#[actix_web::test]
async fn a_concurrent_revocation_wins() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    for _ in 0..5 {
        // The revocation of the last credential ended all tokens.
        api.pass(1);
        let (id, _) = api.credential(&agent).await;
        let token = api.token(&acme, "agents:write");
        let path = format!("{}/{id}", agent.credentials());
        let revoke = api.delete(&path).bearer(&token).send();
        let rotate = format!("{path}/rotate");
        let turn = api.post(&rotate).bearer(&token).send();
        let (revoked, rotated) = join(revoke, turn).await;
        revoked.no_content();
        if rotated.status == 200 {
            agent.secret = secret(&rotated.json());
        } else {
            rotated.expect(409);
        }
        assert_eq!(api.login(&agent).await.status, 401);
    }
}
