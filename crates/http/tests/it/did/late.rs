//! Agents from before there were identifiers.

use futures_util::future::{join_all, join3};
use serde_json::{Value, json};

use super::{addresses, card, change, did, document, record, resolve, result};
use crate::support::{Api, Identity};
use crate::tokens::parts;

async fn start() -> (Api, Identity, Identity) {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let nameless = api.nameless_agent(&acme).await;
    (api, acme, nameless)
}

#[track_caller]
fn is_nameless(record: &Value) {
    // Absent, not null.
    assert_eq!(record.get("did"), None);
    assert_eq!(record.get("didCreatedAt"), None);
}

#[actix_web::test]
async fn other_endpoints_name_nobody() {
    let (api, acme, nameless) = start().await;
    is_nameless(&record(&api, &nameless).await);
    let token = api.token(&nameless, "agents:read");
    let info = api.get("/agent-info").bearer(&token).send().await;
    assert_eq!(info.expect(200).get("did"), None);
    change(&api, &acme, &nameless, &json!({"owner": "x"})).await;
    let page = api
        .get("/api/v1/agents?owner=x")
        .bearer(&token)
        .send()
        .await;
    is_nameless(&page.expect(200)["data"][0]);
}

#[actix_web::test]
async fn the_first_request_names_it_once_and_for_all() {
    let (api, acme, _) = start().await;
    let before = api.event_count(&acme).await;
    for way in 0..4 {
        let nameless = api.nameless_agent(&acme).await;
        api.pass(3600);
        let now = api.world.ports.now().to_string();
        let [first, second] = addresses(&nameless.agent);
        match way {
            0 => api.get(&first).send().await.expect(200),
            1 => api.get(&second).send().await.expect(200),
            2 => card(&api, &nameless).await.expect(200),
            _ => result(&resolve(&api, &acme, &nameless).await, 200),
        };
        let named = record(&api, &nameless).await;
        assert_eq!(named["did"], did(&nameless));
        assert_eq!(named["didCreatedAt"], now);
        assert_ne!(named["createdAt"], now);
        assert_ne!(named["updatedAt"], now, "an identifier is no change");
        let document = document(&api, &nameless).await;
        api.pass(3600);
        assert_eq!(super::document(&api, &nameless).await, document);
        let resolved = result(&resolve(&api, &acme, &nameless).await, 200);
        assert_eq!(resolved["didDocument"], document);
        assert_eq!(resolved["didDocumentMetadata"]["created"], now);
        assert_eq!(record(&api, &nameless).await, named);
    }
    assert_eq!(api.event_count(&acme).await, before, "reads leave no trace");
}

#[actix_web::test]
async fn requests_at_the_same_time_give_it_one_key() {
    let (api, acme, nameless) = start().await;
    let [first, second] = addresses(&nameless.agent);
    let documents = [&first, &second, &first, &second, &first, &second].map(|address| {
        let call = api.get(address);
        async { call.send().await.expect(200) }
    });
    let (documents, resolved, card) = join3(
        join_all(documents),
        resolve(&api, &acme, &nameless),
        card(&api, &nameless),
    )
    .await;
    let known = document(&api, &nameless).await;
    assert_eq!(known["id"], did(&nameless));
    for document in documents {
        assert_eq!(document, known);
    }
    assert_eq!(result(&resolved, 200)["didDocument"], known);
    assert_eq!(card.expect(200)["did"], known["id"]);
}

#[actix_web::test]
async fn tokens_name_it_from_then_on() {
    let (api, _, mut nameless) = start().await;
    (_, nameless.secret) = api.credential(&nameless).await;
    let claims = async || {
        let answer = api.login_with(&nameless, &[("scope", "openid")]).await;
        let answer = answer.expect(200);
        parts(answer["id_token"].as_str().unwrap()).1
    };
    assert_eq!(claims().await.get("did"), None);
    document(&api, &nameless).await;
    assert_eq!(claims().await["did"], did(&nameless));
    let token = api.token(&nameless, "openid");
    let info = api.get("/agent-info").bearer(&token).send().await;
    assert_eq!(info.expect(200)["did"], did(&nameless));
}
