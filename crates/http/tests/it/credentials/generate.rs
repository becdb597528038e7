//! Generating credentials.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::texts::{CLIENT_FAILED, INVALID_BODY};
use crate::support::{Answer, Api, Identity};

async fn generate(api: &Api, agent: &Identity, body: &Value) -> Answer {
    let token = api.token(agent, "openid");
    api.post(&agent.credentials())
        .bearer(&token)
        .json(body)
        .send()
        .await
}

fn is_secret(text: &str) -> bool {
    let digits = text.strip_prefix("sk_live_").unwrap_or_default();
    digits.len() == 64
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[actix_web::test]
async fn the_secret_is_in_this_answer_and_opens_the_token_endpoint() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    for body in [json!({}), json!({"expiresAt": null})] {
        let mut credential = generate(&api, &agent, &body).await.expect(201);
        let members = credential.as_object_mut().unwrap();
        let id = members.remove("credentialId").unwrap();
        let secret = members.remove("clientSecret").unwrap();
        let created = members.remove("createdAt").unwrap();
        assert_eq!(
            credential,
            json!({"clientId": agent.agent, "status": "active", "expiresAt": null, "revokedAt": null})
        );
        assert_eq!(created, json!(api.world.ports.now()));
        agent.secret = secret.as_str().unwrap().to_owned();
        assert!(is_secret(&agent.secret));
        api.login(&agent).await.expect(200);
        let token = api.token(&acme, "agents:write audit:read");
        for path in [
            agent.credentials(),
            "/api/v1/audit?limit=100".to_owned(),
            agent.path(),
        ] {
            let scope = if path == agent.path() {
                "agents:read"
            } else {
                "agents:write audit:read"
            };
            let token = if path == agent.path() {
                api.token(&acme, scope)
            } else {
                token.clone()
            };
            let answer = api.get(&path).bearer(&token).send().await;
            answer.expect(200);
            let text = String::from_utf8(answer.body.to_vec()).unwrap();
            assert!(!text.contains(&agent.secret[..24]), "{path}");
        }
        let event = api
            .events(&acme, "credential.generated")
            .await
            .pop()
            .unwrap();
        assert_eq!(event["agentId"], json!(agent.agent));
        assert_eq!(
            event["metadata"],
            json!({"credentialId": id, "expiresAt": null})
        );
    }
}

#[actix_web::test]
async fn an_expiry_lies_in_the_future_and_ends_the_secret() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let now = api.world.ports.now();
    let soon = now.plus(std::time::Duration::from_secs(60));
    for bad in [
        json!("soon"),
        json!("2030-01-01"),
        json!(4_000_000_000_u64),
        json!(now),
        json!("2001-01-01T00:00:00Z"),
    ] {
        let details = generate(&api, &agent, &json!({"expiresAt": bad})).await;
        let details = details.invalid(INVALID_BODY, &["expiresAt"]);
        let future = bad == json!(now) || bad == json!("2001-01-01T00:00:00Z");
        assert_eq!(
            details["reason"] == "Must be in the future.",
            future,
            "{details}"
        );
    }
    let unknown = generate(
        &api,
        &agent,
        &json!({"clientSecret": "x", "expiresAt": soon}),
    )
    .await;
    unknown.invalid(INVALID_BODY, &["clientSecret"]);
    let credential = generate(&api, &agent, &json!({"expiresAt": soon}))
        .await
        .expect(201);
    assert_eq!(credential["expiresAt"], json!(soon));
    agent.secret = credential["clientSecret"].as_str().unwrap().to_owned();
    api.login(&agent).await.expect(200);
    api.pass(60);
    let late = api.login(&agent).await;
    late.oauth_refused(401, "invalid_client", "UNAUTHORIZED", CLIENT_FAILED);
    let token = api.token(&agent, "openid");
    let list = api
        .get(&agent.credentials())
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert_eq!(
        list["data"][0]["status"], "active",
        "expiry does not change it"
    );
    let event = api
        .events(&acme, "credential.generated")
        .await
        .pop()
        .unwrap();
    assert_eq!(event["metadata"]["expiresAt"], json!(soon));
}

#[actix_web::test]
async fn only_active_agents_get_one() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let token = api.token(&acme, "agents:write");
    for status in ["suspended", "decommissioned"] {
        api.set_status(&acme, &agent, status).await.expect(200);
        let answer = api.post(&agent.credentials()).bearer(&token).send().await;
        let details = answer.refused(
            400,
            "AGENT_NOT_ACTIVE",
            "Credentials can only be generated for active agents.",
        );
        assert_eq!(details, json!({"status": status}));
    }
}

#[actix_web::test]
async fn the_twenty_first_is_refused_also_under_concurrency() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let body = json!({});
    let answers = join_all((0..28).map(|_| generate(&api, &agent, &body))).await;
    let created: Vec<Value> = answers
        .iter()
        .filter(|a| a.status == 201)
        .map(|answer| answer.json())
        .collect();
    assert_eq!(created.len(), 20);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        let details = answer.refused(
            400,
            "CREDENTIAL_LIMIT_REACHED",
            "The agent already has the maximum of 20 active credentials.",
        );
        assert_eq!(details, json!({"limit": 20, "current": 20}));
    }
    // A revoked one makes room, an expired one would not.
    let token = api.token(&agent, "openid");
    let one = format!(
        "{}/{}",
        agent.credentials(),
        created[0]["credentialId"].as_str().unwrap()
    );
    api.delete(&one).bearer(&token).send().await.no_content();
    generate(&api, &agent, &body).await.expect(201);
    generate(&api, &agent, &body).await.expect(400);
}
