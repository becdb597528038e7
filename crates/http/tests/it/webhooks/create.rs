//! Creating a subscription.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    ALL, URL, WEBHOOKS, create, delete, deliveries, get, history, listed, patch, path_of, relay,
    wish,
};
use crate::support::texts::{MEDIA_TYPE, TOKEN_REQUIRED, TOO_LARGE};
use crate::support::{Api, TENANT_SCOPES};

/// `whsec_` and 64 lower-case hexadecimal digits.
#[track_caller]
fn assert_secret(value: &Value) {
    let digits = value.as_str().unwrap().strip_prefix("whsec_").unwrap();
    assert_eq!(digits.len(), 64);
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    assert!(digits.bytes().all(hex), "{digits}");
}

#[actix_web::test]
async fn the_answer_is_the_whole_subscription_and_its_secret() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let answer = create(&api, &acme, &wish(&["token.issued", "agent.created"])).await;
    let mut created = answer.expect(201);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let members = created.as_object_mut().unwrap();
    assert_secret(&members.remove("signingSecret").unwrap());
    assert_eq!(listed(&api, &acme).await, std::slice::from_ref(&created));
    let members = created.as_object_mut().unwrap();
    let id = members.remove("id").unwrap();
    let id: Uuid = id.as_str().unwrap().parse().unwrap();
    assert_eq!(id.get_version_num(), 4);
    let now = api.world.ports.now().to_string();
    let expected = json!({
        "organization_id": acme.organization,
        "name": "Hook",
        "url": URL,
        "events": ["token.issued", "agent.created"],
        "active": true,
        "failure_count": 0,
        "created_at": now,
        "updated_at": now,
    });
    assert_eq!(created, expected);
}

#[actix_web::test]
async fn the_secret_is_shown_this_once() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let (first, second) = (
        create(&api, &acme, &wish(&ALL)).await.expect(201),
        create(&api, &acme, &wish(&ALL)).await.expect(201),
    );
    assert_secret(&first["signingSecret"]);
    assert_ne!(first["signingSecret"], second["signingSecret"]);
    api.silent_agent(&acme, "a", &["agents:read"]).await;
    assert_eq!(relay(&api).await, 1);
    let path = path_of(&first);
    assert_eq!(deliveries(&api, &acme, &path).await.len(), 1);
    let log = format!("/api/v1/audit?limit=100&agentId={}", acme.agent);
    let answers = [
        get(&api, &acme, WEBHOOKS).await,
        get(&api, &acme, &path).await,
        patch(&api, &acme, &path, &json!({"name": "New"})).await,
        history(&api, &acme, &path, "").await,
        get(&api, &acme, &log).await,
        delete(&api, &acme, &path).await,
    ];
    for answer in answers {
        assert!(answer.status < 300, "{answer:?}");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        for word in ["whsec_", "signingSecret", "secret"] {
            assert!(!text.contains(word), "{text}");
        }
    }
}

#[actix_web::test]
async fn a_creation_is_recorded() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let before = api.event_count(&acme).await;
    let created = create(&api, &acme, &wish(&ALL)).await.expect(201);
    assert_eq!(api.event_count(&acme).await, before + 1);
    let events = api.events(&acme, "webhook.created").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["agentId"], acme.agent);
    assert_eq!(events[0]["outcome"], "success");
    let expected = json!({"subscriptionId": created["id"]});
    assert_eq!(events[0]["metadata"], expected);
}

#[actix_web::test]
async fn names_and_addresses_may_be_there_twice() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for _ in 0..2 {
        create(&api, &acme, &wish(&ALL)).await.expect(201);
    }
    assert_eq!(listed(&api, &acme).await.len(), 2);
}

#[actix_web::test]
async fn whoever_has_the_scope_creates() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let clerk = api.silent_agent(&acme, "clerk", &["webhooks:write"]).await;
    let weak = api.token(&acme, "webhooks:read agents:write admin:orgs");
    let call = api.post(WEBHOOKS).bearer(&weak).json(&wish(&ALL));
    call.send().await.scope_missing("webhooks:write");
    let anonymous = api.post(WEBHOOKS).json(&wish(&ALL)).send().await;
    anonymous.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
    assert!(listed(&api, &acme).await.is_empty());
    let token = api.token(&clerk, "webhooks:write");
    let call = api.post(WEBHOOKS).bearer(&token).json(&wish(&ALL));
    let created = call.send().await.expect(201);
    assert_eq!(created["organization_id"], acme.organization);
    let event = api.events(&acme, "webhook.created").await.pop().unwrap();
    assert_eq!(event["agentId"], clerk.agent);
}

#[actix_web::test]
async fn bodies_are_small_json_objects() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, TENANT_SCOPES);
    let text = wish(&ALL).to_string();
    let send = |media_type: &'static str, body: String| {
        let call = api.post(WEBHOOKS).bearer(&token);
        call.raw(media_type, body).send()
    };
    let plain = send("text/plain", text.clone()).await;
    plain.refused(415, "UNSUPPORTED_MEDIA_TYPE", MEDIA_TYPE);
    let padded = format!("{text}{}", " ".repeat(100 * 1024));
    let large = send("application/json", padded).await;
    large.refused(413, "PAYLOAD_TOO_LARGE", TOO_LARGE);
    assert!(listed(&api, &acme).await.is_empty());
    send("application/json", text).await.expect(201);
}
