//! Reading is charged to the address of the client; few search at a time.

use std::sync::Arc;

use agentidp_domain::marketplace::MarketplaceService;
use agentidp_jose::Factory;
use serde_json::json;

use super::{LIST, place, publish};
use crate::support::texts::TOO_MANY;
use crate::support::{Answer, Api, Gate, Identity, Setup, TENANT_SCOPES, identities};

#[track_caller]
fn shows(answer: &Answer, remaining: i64) {
    assert_eq!(answer.number("x-ratelimit-limit"), 5, "{answer:?}");
    assert_eq!(answer.number("x-ratelimit-remaining"), remaining);
}

#[track_caller]
fn too_many(answer: &Answer) {
    answer.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
    shows(answer, 0);
    assert!((1..=60).contains(&answer.number("retry-after")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

async fn start() -> (Api, Identity, Identity) {
    let mut setup = Setup::limited();
    setup.world.limits.per_ip = 5;
    let api = setup.start().await;
    let acme = api.organization("acme").await;
    let agent = publish(&api, &acme, "a", json!({})).await;
    (api, acme, agent)
}

#[actix_web::test]
async fn both_routes_share_the_bucket_of_the_address() {
    let (api, _, agent) = start().await;
    let list = api.get(LIST).send().await;
    list.expect(200);
    shows(&list, 4);
    let detail = api.get(&place(&agent)).send().await;
    detail.expect(200);
    shows(&detail, 3);
    let unknown = api.get(&format!("{LIST}/x")).send().await;
    unknown.expect(404);
    shows(&unknown, 2);
    let bad = api.get(&format!("{LIST}?limit=0")).send().await;
    bad.expect(400);
    shows(&bad, 1);
    let document = format!("{}/did", agent.path());
    let document = api.get(&document).send().await;
    document.expect(200);
    shows(&document, 0);
    for path in [LIST.to_owned(), place(&agent), format!("{LIST}?limit=0")] {
        too_many(&api.get(&path).send().await);
    }
    assert_eq!(
        api.counted.limited(),
        [LIST, "/api/v1/marketplace/agents/:id", LIST]
    );
    let elsewhere = api.get(LIST).from("198.51.100.1").send().await;
    elsewhere.expect(200);
    shows(&elsewhere, 4);
    api.pass(120);
    shows(&api.get(LIST).send().await, 4);
}

#[actix_web::test]
async fn a_token_changes_nothing() {
    let (api, acme, agent) = start().await;
    let token = api.token(&acme, TENANT_SCOPES);
    for remaining in (0..5).rev() {
        let answer = api.get(LIST).bearer(&token).send().await;
        answer.expect(200);
        shows(&answer, remaining);
    }
    for bearer in [token.as_str(), "garbage"] {
        too_many(&api.get(&place(&agent)).bearer(bearer).send().await);
    }
    // The bucket of the organization is another one.
    let read = api.get(&agent.path()).bearer(&token).send().await;
    read.expect(200);
}

#[actix_web::test]
async fn four_search_at_the_same_time_and_the_others_wait() {
    let gate = Gate::default();
    let of_store = gate.clone();
    let api = Setup::default()
        .start_with(move |state| {
            let identities = identities(Arc::new(Factory));
            state.marketplace = MarketplaceService::new(of_store.ports(&state.ports), identities);
        })
        .await;
    let path = format!("{LIST}?q=a%20b");
    let searches = (0..16).map(|_| api.get(&path).send());
    let (begun, answers) = gate.rush(searches).await;
    assert_eq!(begun, 4);
    for answer in answers {
        answer.expect(200);
    }
}
