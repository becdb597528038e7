//! Reading subscriptions.

use agentidp_domain::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    ALL, WEBHOOKS, create, delete, get, history, listed, not_found, patch, path_of, subscribed,
    wish,
};
use crate::support::texts::TOKEN_REQUIRED;
use crate::support::{Api, TENANT_SCOPES};

#[actix_web::test]
async fn the_list_is_a_bare_array_newest_first() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    assert_eq!(get(&api, &acme, WEBHOOKS).await.expect(200), json!([]));
    let mut expected = Vec::new();
    for pause in [0, 1, 0, 0, 3] {
        api.pass(pause);
        let mut created = create(&api, &acme, &wish(&ALL)).await.expect(201);
        created.as_object_mut().unwrap().remove("signingSecret");
        let at: Timestamp = created["created_at"].as_str().unwrap().parse().unwrap();
        let id = created["id"].as_str().unwrap().to_owned();
        expected.push((at, id, created));
    }
    expected.sort_by(|a, b| (&b.0, &b.1).cmp(&(&a.0, &a.1)));
    let expected: Vec<Value> = expected.into_iter().map(|(_, _, one)| one).collect();
    assert_eq!(listed(&api, &acme).await, expected);
    for subscription in &expected {
        let one = get(&api, &acme, &path_of(subscription)).await;
        assert_eq!(&one.expect(200), subscription);
        assert_eq!(subscription.as_object().unwrap().len(), 9);
    }
    // No paging, no filter.
    let path = format!("{WEBHOOKS}?page=2&limit=1&offset=1&active=false");
    assert_eq!(get(&api, &acme, &path).await.expect(200), json!(expected));
}

#[actix_web::test]
async fn unknown_and_malformed_ids_are_the_same() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &ALL).await;
    let id = path.rsplit('/').next().unwrap();
    let before = api.event_count(&acme).await;
    let unknown = Uuid::new_v4().to_string();
    let bare = id.replace('-', "");
    for bad in [unknown.as_str(), "x", &id[1..], &bare, "%20"] {
        let path = format!("{WEBHOOKS}/{bad}");
        not_found(&get(&api, &acme, &path).await);
        not_found(&history(&api, &acme, &path, "").await);
        not_found(&delete(&api, &acme, &path).await);
        not_found(&patch(&api, &acme, &path, &json!({"active": false})).await);
    }
    assert_eq!(api.event_count(&acme).await, before);
    assert_eq!(listed(&api, &acme).await[0]["active"], true);
}

#[actix_web::test]
async fn reading_leaves_no_trace() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &ALL).await;
    let before = api.event_count(&acme).await;
    listed(&api, &acme).await;
    get(&api, &acme, &path).await.expect(200);
    history(&api, &acme, &path, "").await.expect(200);
    assert_eq!(api.event_count(&acme).await, before);
}

#[actix_web::test]
async fn each_operation_needs_its_scope() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &ALL).await;
    let deliveries = format!("{path}/deliveries");
    let all: Vec<&str> = TENANT_SCOPES.split_whitespace().collect();
    for (method, path, scope, status) in [
        ("POST", WEBHOOKS, "webhooks:write", 400),
        ("GET", WEBHOOKS, "webhooks:read", 200),
        ("GET", path.as_str(), "webhooks:read", 200),
        ("GET", deliveries.as_str(), "webhooks:read", 200),
        ("PATCH", path.as_str(), "webhooks:write", 400),
        ("DELETE", path.as_str(), "webhooks:write", 204),
    ] {
        let anonymous = api.call(method, path).send().await;
        anonymous.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
        let others: Vec<&str> = all.iter().copied().filter(|s| *s != scope).collect();
        let weak = api.token(&acme, &others.join(" "));
        let refused = api.call(method, path).bearer(&weak).send().await;
        refused.scope_missing(scope);
        // The platform's administration is something else.
        let platform = api.token(&api.operator, "admin:orgs");
        let refused = api.call(method, path).bearer(&platform).send().await;
        refused.scope_missing(scope);
        let fit = api.token(&acme.stranger(), scope);
        let call = api.call(method, path).bearer(&fit);
        assert_eq!(call.send().await.status, status, "{method} {path}");
    }
}
