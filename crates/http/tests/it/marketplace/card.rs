//! What a card shows.

use serde_json::{Value, json};

use super::{card, change, list, publish, shown};
use crate::support::{Answer, Api, Identity};

const INSTANCE: &str = "did:web:localhost%3A3000";

fn did(agent: &Identity) -> String {
    format!("{INSTANCE}:agents:{}", agent.agent)
}

/// The record of an agent.
async fn record(api: &Api, agent: &Identity) -> Value {
    let token = api.token(agent, "agents:read");
    let call = api.get(&agent.path()).bearer(&token);
    call.send().await.expect(200)
}

async fn did_document(api: &Api, agent: &Identity) -> Answer {
    api.get(&format!("{}/did", agent.path())).send().await
}

#[actix_web::test]
async fn the_list_shows_these_members_and_no_other() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let published_at = api.world.ports.now().to_string();
    let agent = publish(&api, &acme, "a", json!({})).await;
    api.pass(60);
    let page = list(&api, "").await;
    assert_eq!(
        page,
        json!({
            "data": [{
                "agentId": agent.agent,
                "agentType": "screener",
                "version": "1.4.2",
                "capabilities": ["resume:read"],
                "owner": "talent-team",
                "deploymentEnv": "production",
                "did": did(&agent),
                "didDocument": null,
                "publishedAt": published_at,
            }],
            "total": 1,
            "page": 1,
            "limit": 20,
        })
    );
}

#[actix_web::test]
async fn the_detail_shows_the_same_with_a_minimal_document() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = publish(&api, &acme, "a", json!({})).await;
    let mut detail = card(&api, &agent).await;
    let mut document = detail["didDocument"].take();
    assert_eq!(detail, list(&api, "").await["data"][0]);

    let jwk = document["verificationMethod"][0]["publicKeyJwk"].take();
    let mut members: Vec<&String> = jwk.as_object().unwrap().keys().collect();
    members.sort_unstable();
    assert_eq!(members, ["crv", "kty", "x", "y"]);
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
        })
    );
    let mut complete = did_document(&api, &agent).await.expect(200);
    let published = complete["verificationMethod"][0]["publicKeyJwk"].take();
    assert_eq!(published, jwk);
    for (member, value) in document.as_object().unwrap() {
        assert_eq!(&complete[member], value, "{member}");
    }
}

#[actix_web::test]
async fn nothing_private_is_shown() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let scopes = json!({"allowedScopes": ["agents:read", "audit:read"]});
    let agent = publish(&api, &acme, "secretive", scopes).await;
    api.credential(&agent).await;
    for path in [super::LIST.to_owned(), super::place(&agent)] {
        let answer = api.get(&path).send().await;
        shown(&answer);
        let text = String::from_utf8_lossy(&answer.body);
        for word in [
            "secretive",
            acme.organization.as_str(),
            "organization",
            "email",
            "status",
            "active",
            "audit:read",
            "cope",
            "redential",
            "isPublic",
            "createdAt",
            "updatedAt",
            "service",
            "agntcy",
            "assertionMethod",
            "\"d\"",
            "PRIVATE",
        ] {
            assert!(!text.contains(word), "{path}: {word}");
        }
    }
}

#[actix_web::test]
async fn changes_are_shown_at_once_and_the_time_of_publication_stays() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = publish(&api, &acme, "a", json!({})).await;
    let before = card(&api, &agent).await;
    api.pass(60);
    let new = json!({
        "agentType": "router",
        "version": "2.0",
        "capabilities": ["mail:send", "Mail:*"],
        "owner": "Größe \"Team\"",
        "deploymentEnv": "staging",
    });
    change(&api, &acme, &agent, new.clone()).await;
    let mut wanted = before.clone();
    for (member, value) in new.as_object().unwrap() {
        wanted[member] = value.clone();
    }
    assert_eq!(card(&api, &agent).await, wanted);
    for public in [false, true] {
        change(&api, &acme, &agent, json!({"isPublic": public})).await;
    }
    assert_eq!(card(&api, &agent).await, wanted);
}

#[actix_web::test]
async fn an_agent_without_identifier_has_null_and_gets_none_by_being_read() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let named = publish(&api, &acme, "a", json!({})).await;
    let nameless = api.nameless_agent(&named).await;
    for _ in 0..2 {
        let detail = card(&api, &nameless).await;
        let members = detail.as_object().unwrap();
        assert_eq!(members.get("did"), Some(&Value::Null));
        assert_eq!(members.get("didDocument"), Some(&Value::Null));
        let page = list(&api, "").await;
        let shown = page["data"].as_array().unwrap();
        let shown = shown.iter().find(|card| card["agentId"] == nameless.agent);
        assert_eq!(shown, Some(&detail));
        assert_eq!(record(&api, &nameless).await.get("did"), None);
    }
    did_document(&api, &nameless).await.expect(200);
    let detail = card(&api, &nameless).await;
    assert_eq!(detail["did"], json!(did(&nameless)));
    assert_eq!(detail["didDocument"]["id"], detail["did"]);
}

#[actix_web::test]
async fn reading_leaves_no_trace() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = publish(&api, &acme, "a", json!({})).await;
    let before = (
        api.event_count(&acme).await,
        api.event_count(&api.operator).await,
    );
    list(&api, "?q=a").await;
    card(&api, &agent).await;
    let after = (
        api.event_count(&acme).await,
        api.event_count(&api.operator).await,
    );
    assert_eq!(after, before);
}
