//! Revoking a credential.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::texts::{CLIENT_FAILED, TOKEN_REVOKED};
use crate::support::{Answer, Api, Identity};

async fn revoke(api: &Api, by: &Identity, agent: &Identity, id: &str) -> Answer {
    let token = api.token(by, "agents:write");
    let path = format!("{}/{id}", agent.credentials());
    api.delete(&path).bearer(&token).send().await
}

#[actix_web::test]
async fn the_secret_is_dead_and_the_row_stays() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let (first, secret) = api.credential(&agent).await;
    let (_, other) = api.credential(&agent).await;
    agent.secret = secret;
    let token = api.issued(&agent, "agents:read").await;
    revoke(&api, &acme, &agent, &first).await.no_content();
    let refused = api.login(&agent).await;
    refused.oauth_refused(401, "invalid_client", "UNAUTHORIZED", CLIENT_FAILED);
    agent.secret = other;
    api.login(&agent).await.expect(200);
    // A usable credential remains, so outstanding tokens do too.
    api.get(&agent.path())
        .bearer(&token)
        .send()
        .await
        .expect(200);
    let event = api.events(&acme, "credential.revoked").await.pop().unwrap();
    assert_eq!(event["agentId"], json!(agent.agent));
    assert_eq!(
        event["metadata"],
        json!({"credentialId": first, "actorAgentId": acme.agent})
    );
}

#[actix_web::test]
async fn the_second_time_is_a_conflict() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let (id, _) = api.credential(&agent).await;
    let revoked_at = api.world.ports.now();
    let answers = join_all((0..3).map(|_| revoke(&api, &acme, &agent, &id))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 204).count(),
        1
    );
    api.pass(7);
    let late = revoke(&api, &acme, &agent, &id).await;
    for answer in answers
        .iter()
        .filter(|answer| answer.status != 204)
        .chain([&late])
    {
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
    assert_eq!(api.events(&acme, "credential.revoked").await.len(), 1);
}

#[actix_web::test]
async fn the_last_usable_one_takes_all_tokens_with_it() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    // One that is active but expired is not usable.
    let soon = api.world.ports.now().plus(Duration::from_secs(5));
    let own = api.token(&agent, "openid");
    let body = json!({"expiresAt": soon});
    api.post(&agent.credentials())
        .bearer(&own)
        .json(&body)
        .send()
        .await
        .expect(201);
    let (id, secret) = api.credential(&agent).await;
    agent.secret = secret;
    api.pass(10);
    let token = api.issued(&agent, "agents:read").await;
    api.get(&agent.path())
        .bearer(&token)
        .send()
        .await
        .expect(200);
    revoke(&api, &acme, &agent, &id).await.no_content();
    for old in [&token, &own] {
        let refused = api.get(&agent.path()).bearer(old).send().await;
        refused.refused(401, "UNAUTHORIZED", TOKEN_REVOKED);
    }
    // The agent itself is still active and can be given a new one.
    let by = api.token(&acme, "agents:write");
    let new = api
        .post(&agent.credentials())
        .bearer(&by)
        .send()
        .await
        .expect(201);
    agent.secret = new["clientSecret"].as_str().unwrap().to_owned();
    let token = api.issued(&agent, "agents:read").await;
    api.get(&agent.path())
        .bearer(&token)
        .send()
        .await
        .expect(200);
}
