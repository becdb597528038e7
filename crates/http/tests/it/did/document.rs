//! The documents of agents.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{INSTANCE, addresses, agent, did, document, gone, record, unknown};
use crate::support::{Api, Identity};

/// The members of an object, sorted.
fn members(object: &Value) -> Vec<&str> {
    let object = object.as_object().unwrap();
    let mut members: Vec<&str> = object.keys().map(String::as_str).collect();
    members.sort_unstable();
    members
}

#[actix_web::test]
async fn it_is_complete() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = agent(&api, &acme).await;
    let mut document = document(&api, &agent).await;
    let jwk = document["verificationMethod"][0]["publicKeyJwk"].take();
    assert_eq!(members(&jwk), ["crv", "kty", "x", "y"]);
    assert_eq!((&jwk["kty"], &jwk["crv"]), (&json!("EC"), &json!("P-256")));
    let did = did(&agent);
    let key = format!("{did}#key-1");
    assert_eq!(
        document,
        json!({
            "@context": [
                "https://www.w3.org/ns/did/v1",
                "https://w3id.org/security/suites/jws-2020/v1",
            ],
            "id": did,
            "controller": INSTANCE,
            "verificationMethod": [{
                "id": key,
                "type": "JsonWebKey2020",
                "controller": did,
                "publicKeyJwk": null,
            }],
            "authentication": [key],
            "assertionMethod": [key],
            "service": [{
                "id": format!("{did}#agentIdP"),
                "type": "AgentIdP",
                "serviceEndpoint":
                    format!("http://localhost:3000/api/v1/agents/{}", agent.agent),
            }],
            "agntcy": {
                "agentId": agent.agent,
                "agentType": "screener",
                "capabilities": ["resume:read"],
                "deploymentEnv": "production",
                "owner": "talent-team",
                "version": "1.4.2",
            },
        })
    );
}

#[actix_web::test]
async fn every_agent_has_one_from_the_beginning() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let registered = agent(&api, &acme).await;
    let mut keys = Vec::new();
    // The first administrators of platform and organization too.
    for agent in [&api.operator, &acme, &registered] {
        let record = record(&api, agent).await;
        assert_eq!(record["did"], json!(did(agent)));
        assert_eq!(record["didCreatedAt"], record["createdAt"]);
        let document = document(&api, agent).await;
        assert_eq!(document["id"], record["did"]);
        keys.push(document["verificationMethod"][0]["publicKeyJwk"].clone());
    }
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
}

#[actix_web::test]
async fn lists_and_changes_show_the_identifier_and_nobody_sets_it() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "agents:read agents:write");
    let page = api.get("/api/v1/agents").bearer(&token).send().await;
    assert_eq!(page.expect(200)["data"][0]["did"], json!(did(&acme)));
    let patch = async |body: Value| {
        let call = api.patch(&acme.path()).bearer(&token).json(&body);
        call.send().await
    };
    let changed = patch(json!({"owner": "x"})).await.expect(200);
    assert_eq!(changed["did"], json!(did(&acme)));
    for field in ["did", "didCreatedAt"] {
        let mut body = json!({});
        body[field] = json!("did:web:elsewhere.example");
        patch(body).await.expect(400);
    }
    assert_eq!(record(&api, &acme).await["did"], json!(did(&acme)));
}

#[actix_web::test]
async fn it_needs_no_token_and_none_matters() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let token = api.token(&other, "openid");
    for address in addresses(&acme.agent) {
        let plain = api.get(&address).send().await;
        plain.expect(200);
        for bearer in [token.as_str(), "garbage"] {
            let answer = api.get(&address).bearer(bearer).send().await;
            assert_eq!((answer.status, answer.body), (200, plain.body.clone()));
        }
    }
}

#[actix_web::test]
async fn a_suspended_agent_keeps_it_and_a_decommissioned_one_loses_it() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = agent(&api, &acme).await;
    let active = document(&api, &agent).await;
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    assert_eq!(document(&api, &agent).await, active);
    let status = "decommissioned";
    api.set_status(&acme, &agent, status).await.expect(200);
    for address in addresses(&agent.agent) {
        gone(&api.get(&address).send().await);
    }
    // The record keeps its identifier.
    let token = api.token(&acme, "agents:read");
    let record = api.get(&agent.path()).bearer(&token).send().await;
    assert_eq!(record.expect(200)["did"], json!(did(&agent)));
}

#[actix_web::test]
async fn unknown_and_malformed_ids_are_unknown_agents() {
    let api = Api::start().await;
    let Identity { agent, .. } = &api.operator;
    let ids = [
        Uuid::new_v4().to_string(),
        "x".to_owned(),
        agent.replace('-', ""),
        format!("{agent}0"),
        format!("{agent}%20"),
        "%ff".to_owned(),
    ];
    for id in ids {
        for address in addresses(&id) {
            unknown(&api.get(&address).send().await);
        }
        let card = format!("/api/v1/agents/{id}/did/card");
        unknown(&api.get(&card).send().await);
    }
}

#[actix_web::test]
async fn reading_leaves_no_trace() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let before = api.event_count(&acme).await;
    document(&api, &acme).await;
    super::card(&api, &acme).await.expect(200);
    super::result(&super::resolve(&api, &acme, &acme).await, 200);
    api.get("/.well-known/did.json").send().await.expect(200);
    assert_eq!(api.event_count(&acme).await, before);
}
