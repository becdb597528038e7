//! Creating a delegation.

use agentidp_domain::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{DELEGATE, Pair, delegate, revoke, text, verify, wish};
use crate::support::Api;
use crate::support::texts::{TOKEN_FORGED, TOKEN_REQUIRED};

fn at(seconds: i64) -> String {
    Timestamp::from_unix_millis(seconds * 1000)
        .unwrap()
        .to_string()
}

#[actix_web::test]
async fn the_answer_is_the_whole_chain() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let mut chain = pair.chain(&api).await;
    let members = chain.as_object_mut().unwrap();
    let id = members.remove("id").unwrap();
    let id = id.as_str().unwrap();
    assert_eq!(id.parse::<Uuid>().unwrap().get_version_num(), 4);
    let token = members.remove("delegationToken").unwrap();
    let signature = members.remove("signature").unwrap();
    let signature = signature.as_str().unwrap();
    assert_eq!(signature.len(), 64);
    let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    assert!(signature.chars().all(digit), "{signature}");
    let now = api.now();
    let expected = format!("{id}.{now}.{}.{signature}", now + 3600);
    assert_eq!(token, expected);
    let created = api.world.ports.now().to_string();
    assert_eq!(
        chain,
        json!({
            "tenantId": pair.admin.organization,
            "delegatorAgentId": pair.delegator.agent,
            "delegateeAgentId": pair.delegatee.agent,
            "scopes": ["agents:read"],
            "ttlSeconds": 3600,
            "issuedAt": at(now),
            "expiresAt": at(now + 3600),
            "revokedAt": null,
            "createdAt": created,
        })
    );
}

#[actix_web::test]
async fn every_call_makes_a_new_chain() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let (first, second) = (pair.chain(&api).await, pair.chain(&api).await);
    assert_ne!(first["id"], second["id"]);
    assert_ne!(first["delegationToken"], second["delegationToken"]);
    let scope = "agents:read";
    let id = text(&first, "id");
    revoke(&api, &pair.delegator, scope, id).await.no_content();
    let left = verify(&api, &pair.delegatee, text(&second, "delegationToken")).await;
    assert_eq!(left["valid"], true);
}

#[actix_web::test]
async fn the_end_of_the_delegators_token_leaves_the_chain_alone() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let mut delegator = pair.delegator.clone();
    (_, delegator.secret) = api.credential(&delegator).await;
    let access = api.issued(&delegator, "agents:read").await;
    let body = wish(&pair.delegatee);
    let call = api.post(DELEGATE).bearer(&access).json(&body);
    let chain = call.send().await.expect(201);
    let form = [("token", access.as_str())];
    let call = api.post("/api/v1/token/revoke").bearer(&access).form(&form);
    call.send().await.expect(200);
    let call = api.post(DELEGATE).bearer(&access).json(&body);
    call.send().await.expect(401);
    let token = text(&chain, "delegationToken");
    assert_eq!(verify(&api, &pair.delegatee, token).await["valid"], true);
}

#[actix_web::test]
async fn a_delegation_is_no_access_token() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    let token = text(&chain, "delegationToken");
    let answer = api.get(&pair.delegatee.path()).bearer(token).send().await;
    answer.refused(401, "UNAUTHORIZED", TOKEN_FORGED);
    // Nor does an access token do for a delegation.
    let access = api.token(&pair.delegator, "agents:read");
    let body = json!({ "delegationToken": access });
    let answer = super::verify_with(&api, &pair.delegatee, &body).await;
    answer.invalid(super::TOKEN_FIELD, &["delegationToken"]);
}

#[actix_web::test]
async fn the_delegatee_gains_no_scope_of_its_own() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    pair.chain(&api).await;
    // What it received cannot be passed on: it is not in its token.
    let third = api.silent_agent(&pair.admin, "third", &["openid"]).await;
    let answer = delegate(&api, &pair.delegatee, "openid", &wish(&third)).await;
    assert_eq!(answer.expect(400)["code"], "SCOPE_EXCEEDS_DELEGATOR");
    let token = api.token(&pair.delegatee, "openid");
    let read = api.get(&pair.delegatee.path()).bearer(&token).send().await;
    read.scope_missing("agents:read");
}

#[actix_web::test]
async fn authentication_comes_before_the_body() {
    let api = Api::start().await;
    let anonymous = api.post(DELEGATE).raw("text/plain", "{").send().await;
    anonymous.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
    assert_eq!(anonymous.header("www-authenticate"), Some("Bearer"));
    let garbage = api.post(DELEGATE).bearer("garbage").send().await;
    let details: Value = garbage.refused(401, "UNAUTHORIZED", TOKEN_FORGED);
    assert_eq!(details, Value::Null);
}
