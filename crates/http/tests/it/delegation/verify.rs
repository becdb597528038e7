//! Whether a delegation holds.

use serde_json::{Value, json};

use super::{Pair, delegate, nothing, revoke, text, verdict, verify, wish};
use crate::support::{Api, Identity};

/// Checks the verdict on a chain, as seen by an agent that nothing happens to.
async fn expect(api: &Api, by: &Identity, chain: &Value, valid: bool) {
    let token = text(chain, "delegationToken");
    assert_eq!(verify(api, by, token).await, verdict(valid, chain));
}

#[actix_web::test]
async fn any_agent_may_ask_with_any_token() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let other = api.organization("other").await;
    let chain = pair.chain(&api).await;
    for by in [
        &pair.delegator,
        &pair.delegatee,
        &pair.admin,
        &other,
        &api.operator,
    ] {
        expect(&api, by, &chain, true).await;
    }
    // As often as wanted.
    expect(&api, &other, &chain, true).await;
}

#[actix_web::test]
async fn it_ends_with_its_last_second() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    let end: agentidp_domain::time::Timestamp = text(&chain, "expiresAt").parse().unwrap();
    let rest = end.unix_millis() - api.world.ports.now().unix_millis();
    let just_before = std::time::Duration::from_millis(u64::try_from(rest - 1).unwrap());
    api.world.clock.advance(just_before);
    expect(&api, &pair.admin, &chain, true).await;
    let last = std::time::Duration::from_millis(1);
    api.world.clock.advance(last);
    expect(&api, &pair.admin, &chain, false).await;
    api.pass(1_000_000);
    expect(&api, &pair.admin, &chain, false).await;
}

#[actix_web::test]
async fn a_revocation_counts_at_once_and_for_ever() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let mut chain = pair.chain(&api).await;
    api.pass(7);
    let id = text(&chain, "id");
    revoke(&api, &pair.delegator, "openid", id)
        .await
        .no_content();
    chain["revokedAt"] = json!(api.world.ports.now().to_string());
    expect(&api, &pair.delegatee, &chain, false).await;
    api.pass(5000);
    expect(&api, &pair.delegatee, &chain, false).await;
}

#[actix_web::test]
async fn both_agents_must_be_active() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    for agent in [&pair.delegator, &pair.delegatee] {
        for (status, valid) in [("suspended", false), ("active", true)] {
            let changed = api.set_status(&pair.admin, agent, status).await;
            changed.expect(200);
            expect(&api, &pair.admin, &chain, valid).await;
        }
    }
    // Past the second that ended the tokens of the delegator.
    api.pass(1);
    let body = wish(&pair.admin);
    let third = delegate(&api, &pair.delegator, "agents:read", &body).await;
    let third = third.expect(201);
    let gone = api.set_status(&pair.admin, &pair.delegatee, "decommissioned");
    gone.await.expect(200);
    expect(&api, &pair.admin, &chain, false).await;
    expect(&api, &pair.admin, &third, true).await;
    let gone = api.set_status(&pair.admin, &pair.delegator, "decommissioned");
    gone.await.expect(200);
    expect(&api, &pair.admin, &third, false).await;
}

#[actix_web::test]
async fn their_organization_must_be_active() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let other = api.organization("other").await;
    let chain = pair.chain(&api).await;
    for (status, valid) in [("suspended", false), ("active", true)] {
        let body = json!({ "status": status });
        api.set_organization(&pair.admin, &body).await.expect(200);
        expect(&api, &other, &chain, valid).await;
    }
    let operator = api.token(&api.operator, "admin:orgs");
    let path = pair.admin.organization_path();
    let deleted = api.delete(&path).bearer(&operator).send().await;
    deleted.no_content();
    expect(&api, &other, &chain, false).await;
}

#[actix_web::test]
async fn a_chain_that_was_removed_is_unknown() {
    use agentidp_domain::unit_of_work::Scope;
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    api.pass(3600);
    expect(&api, &pair.admin, &chain, false).await;
    let ports = &api.world.ports;
    let mut work = ports.write(Scope::System).await.unwrap();
    api.pass(1);
    let removed = work.delegations().prune(ports.now(), 10).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(removed, 1);
    let token = text(&chain, "delegationToken");
    assert_eq!(verify(&api, &pair.admin, token).await, nothing());
}
