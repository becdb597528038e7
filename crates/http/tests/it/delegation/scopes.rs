//! Only scopes of the presented token can be lent, and never `admin:orgs`.

use serde_json::{Value, json};

use super::{Pair, delegate, wish};
use crate::support::{Answer, Api, Identity, OPERATOR_SCOPES, TENANT_SCOPES};

const NOT_SUBSET: &str = "Delegated scopes must be a subset of the delegator's own token scopes.";

fn wish_for(delegatee: &Identity, scopes: &[&str]) -> Value {
    let mut body = wish(delegatee);
    body["scopes"] = json!(scopes);
    body
}

#[track_caller]
fn exceeded(answer: &Answer, requested: &[&str], available: &[&str]) {
    let details = answer.refused(400, "SCOPE_EXCEEDS_DELEGATOR", NOT_SUBSET);
    let expected = json!({"requested": requested, "available": available});
    assert_eq!(details, expected);
}

#[actix_web::test]
async fn a_subset_or_all_of_the_token_is_lent_without_repetitions() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let scope = "agents:read agents:write audit:read";
    for (wanted, lent) in [
        (&["agents:read"][..], json!(["agents:read"])),
        (
            &["audit:read", "agents:read", "audit:read", "agents:read"],
            json!(["agents:read", "audit:read"]),
        ),
        (
            &["agents:write", "audit:read", "agents:read"],
            json!(["agents:read", "agents:write", "audit:read"]),
        ),
        // Fifty entries, one scope.
        (&["audit:read"; 50], json!(["audit:read"])),
    ] {
        let body = wish_for(&pair.delegatee, wanted);
        let chain = delegate(&api, &pair.delegator, scope, &body).await;
        assert_eq!(chain.expect(201)["scopes"], lent);
    }
}

#[actix_web::test]
async fn the_token_counts_not_the_grant() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let before = api.event_count(&pair.admin).await;
    // `audit:read` is granted to the delegator, but not in its token.
    for wanted in [
        &["audit:read"][..],
        &["agents:read", "audit:read"],
        &["agents:write"],
    ] {
        let body = wish_for(&pair.delegatee, wanted);
        let answer = delegate(&api, &pair.delegator, "agents:read", &body).await;
        exceeded(&answer, wanted, &["agents:read"]);
    }
    // Not even an administrator lends what its token does not carry.
    let body = wish_for(&pair.delegatee, &["audit:read"]);
    let answer = delegate(&api, &pair.admin, "openid", &body).await;
    exceeded(&answer, &["audit:read"], &["openid"]);
    assert_eq!(api.event_count(&pair.admin).await, before);
}

#[actix_web::test]
async fn unknown_names_are_beyond_every_token() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let held: Vec<&str> = TENANT_SCOPES.split_whitespace().collect();
    let odd = "x'; DROP TABLE delegation_chains; --";
    for wanted in [
        &["agents:fly"][..],
        &["agents:read", "agents:fly", "agents:fly", ""],
        &["AGENTS:READ"],
        &["agents:read "],
        &["agents:read agents:write"],
        &["*"],
        &["\u{0}"],
        &[odd],
    ] {
        let body = wish_for(&pair.delegatee, wanted);
        let answer = delegate(&api, &pair.admin, TENANT_SCOPES, &body).await;
        let mut requested: Vec<&str> = Vec::new();
        for name in wanted {
            if !requested.contains(name) {
                requested.push(name);
            }
        }
        exceeded(&answer, &requested, &held);
    }
}

#[actix_web::test]
async fn administration_of_the_platform_is_never_lent() {
    let api = Api::start().await;
    let operator = api.operator.clone();
    let delegatee = api
        .silent_agent(&operator, "delegatee", &["admin:orgs"])
        .await;
    let held: Vec<&str> = TENANT_SCOPES.split_whitespace().collect();
    for wanted in [&["admin:orgs"][..], &["agents:read", "admin:orgs"]] {
        let body = wish_for(&delegatee, wanted);
        let answer = delegate(&api, &operator, OPERATOR_SCOPES, &body).await;
        exceeded(&answer, wanted, &held);
    }
    let body = wish_for(&delegatee, &["admin:orgs"]);
    let answer = delegate(&api, &operator, "admin:orgs", &body).await;
    exceeded(&answer, &["admin:orgs"], &[]);
    let body = wish_for(&delegatee, &held);
    delegate(&api, &operator, OPERATOR_SCOPES, &body)
        .await
        .expect(201);
}
