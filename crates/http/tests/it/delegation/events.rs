//! What delegation leaves in the audit log, and in which one.

use serde_json::{Value, json};

use super::{Pair, revoke, text, verify};
use crate::support::{Api, Identity};

/// The newest event of an action; nothing in it could be shown to anybody.
async fn newest(api: &Api, log: &Identity, action: &str, chain: &Value) -> Value {
    let event = api.events(log, action).await.pop().unwrap();
    let content = event.to_string();
    assert!(!content.contains(text(chain, "signature")), "{content}");
    assert_eq!(event["metadata"], json!({"chainId": chain["id"]}));
    event
}

#[actix_web::test]
async fn creation_and_revocation_are_recorded_for_the_organization() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let before = api.event_count(&pair.admin).await;
    let chain = pair.chain(&api).await;
    revoke(&api, &pair.delegator, "openid", text(&chain, "id"))
        .await
        .no_content();
    assert_eq!(api.event_count(&pair.admin).await, before + 2);
    for action in ["delegation.created", "delegation.revoked"] {
        let event = newest(&api, &pair.admin, action, &chain).await;
        assert_eq!(event["agentId"], pair.delegator.agent);
        assert_eq!(event["outcome"], "success");
    }
}

#[actix_web::test]
async fn verifications_are_recorded_for_whoever_asks() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let other = api.organization("other").await;
    let chain = pair.chain(&api).await;
    let token = text(&chain, "delegationToken");
    let before = api.event_count(&pair.admin).await;
    let check = async |outcome: &str| {
        let count = api.event_count(&other).await;
        verify(&api, &other, token).await;
        assert_eq!(api.event_count(&other).await, count + 1);
        let event = newest(&api, &other, "delegation.verified", &chain).await;
        assert_eq!(event["agentId"], other.agent);
        assert_eq!(event["outcome"], outcome);
    };
    check("success").await;
    api.pass(3600);
    check("failure").await;
    assert_eq!(api.event_count(&pair.admin).await, before);
}
