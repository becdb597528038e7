//! Authenticated resolution.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{agent, change, did, document, record, resolve, result, unknown};
use crate::support::{Api, TENANT_SCOPES};

#[actix_web::test]
async fn it_is_the_complete_document_with_its_metadata() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = agent(&api, &acme).await;
    let created = record(&api, &agent).await["didCreatedAt"].clone();
    api.pass(90);
    change(&api, &acme, &agent, &json!({"owner": "x"})).await;
    let updated = record(&api, &agent).await["updatedAt"].clone();
    assert_ne!(created, updated);
    api.pass(5);
    let resolved = result(&resolve(&api, &acme, &agent).await, 200);
    assert_eq!(
        resolved,
        json!({
            "didDocument": document(&api, &agent).await,
            "didDocumentMetadata": {
                "created": created,
                "updated": updated,
                "deactivated": false,
            },
            "didResolutionMetadata": {
                "contentType": "application/ld+json",
                "retrieved": api.world.ports.now().to_string(),
            },
        })
    );
}

#[actix_web::test]
async fn a_wish_for_another_type_changes_nothing() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "agents:read");
    for accept in ["application/json", "application/did+json", "text/html"] {
        let path = format!("{}/did/resolve", acme.path());
        let call = api.get(&path).bearer(&token).header("accept", accept);
        result(&call.send().await, 200);
    }
}

#[actix_web::test]
async fn that_of_a_decommissioned_agent_is_deactivated() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = agent(&api, &acme).await;
    let mut expected = result(&resolve(&api, &acme, &agent).await, 200);
    api.pass(60);
    let status = "decommissioned";
    api.set_status(&acme, &agent, status).await.expect(200);
    let now = json!(api.world.ports.now().to_string());
    for member in ["verificationMethod", "authentication", "assertionMethod"] {
        expected["didDocument"][member] = json!([]);
    }
    expected["didDocumentMetadata"]["updated"] = now.clone();
    expected["didDocumentMetadata"]["deactivated"] = json!(true);
    expected["didResolutionMetadata"]["retrieved"] = now;
    assert_eq!(result(&resolve(&api, &acme, &agent).await, 410), expected);
    assert_eq!(expected["didDocument"]["id"], json!(did(&agent)));
}

#[actix_web::test]
async fn a_suspended_agent_is_resolved_like_any_other() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = agent(&api, &acme).await;
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    let resolved = result(&resolve(&api, &acme, &agent).await, 200);
    assert_eq!(resolved["didDocumentMetadata"]["deactivated"], false);
    let methods = &resolved["didDocument"]["verificationMethod"];
    assert_eq!(methods.as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn it_is_for_agents_of_the_organization_with_the_scope() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    resolve(&api, &other, &acme).await.denied();
    let status = "decommissioned";
    let agent = agent(&api, &acme).await;
    api.set_status(&acme, &agent, status).await.expect(200);
    resolve(&api, &other, &agent).await.denied();
    resolve(&api, &api.operator.clone(), &acme).await.denied();
    let path = format!("{}/did/resolve", acme.path());
    let weak = TENANT_SCOPES.replace("agents:read ", "");
    let token = api.token(&acme, &weak);
    let answer = api.get(&path).bearer(&token).send().await;
    answer.scope_missing("agents:read");
    let stranger = api.token(&acme, "agents:read");
    for id in [Uuid::new_v4().to_string(), "x".to_owned()] {
        let path = format!("/api/v1/agents/{id}/did/resolve");
        unknown(&api.get(&path).bearer(&stranger).send().await);
    }
    let answer = api.get(&path).send().await;
    assert_eq!(answer.expect(401)["code"], Value::from("UNAUTHORIZED"));
}
