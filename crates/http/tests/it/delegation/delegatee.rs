//! To whom an agent can delegate.

use serde_json::{Value, json};

use super::{Pair, delegate, wish};
use crate::support::texts::INVALID_BODY;
use crate::support::{Answer, Api, Identity, TENANT_SCOPES};

const CROSS_TENANT: &str = "Delegatee agent must be in the same organization as the delegator.";
const UNKNOWN: &str = "Delegatee agent with the specified ID was not found.";

async fn to(api: &Api, by: &Identity, delegatee: &Identity) -> Answer {
    delegate(api, by, "agents:read", &wish(delegatee)).await
}

#[actix_web::test]
async fn not_to_itself() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let answer = to(&api, &pair.delegator, &pair.delegator).await;
    let details = answer.invalid(INVALID_BODY, &["delegateeAgentId"]);
    assert_eq!(details["reason"], "Must be another agent than the caller.");
    // In upper case it is the same agent.
    let mut body = wish(&pair.delegator);
    body["delegateeAgentId"] = json!(pair.delegator.agent.to_uppercase());
    let answer = delegate(&api, &pair.delegator, "agents:read", &body).await;
    answer.invalid(INVALID_BODY, &["delegateeAgentId"]);
}

#[actix_web::test]
async fn not_to_an_unknown_or_a_foreign_agent() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let other = Pair::new(&api, "other").await;
    let before = (
        api.event_count(&pair.admin).await,
        api.event_count(&other.admin).await,
    );
    let answer = to(&api, &pair.delegator, &pair.admin.stranger()).await;
    let details = answer.refused(404, "AGENT_NOT_FOUND", UNKNOWN);
    assert_eq!(details, Value::Null);
    for foreign in [&other.delegatee, &api.operator] {
        let answer = to(&api, &pair.delegator, foreign).await;
        let details = answer.refused(400, "CROSS_TENANT_DELEGATION", CROSS_TENANT);
        assert_eq!(details, Value::Null);
    }
    // Platform administrators are no exception, and the state of a foreign
    // agent is not told.
    api.set_status(&other.admin, &other.delegatee, "suspended")
        .await
        .expect(200);
    let scope = "agents:read admin:orgs";
    let body = wish(&other.delegatee);
    let answer = delegate(&api, &api.operator, scope, &body).await;
    answer.refused(400, "CROSS_TENANT_DELEGATION", CROSS_TENANT);
    assert_eq!(api.event_count(&pair.admin).await, before.0);
    // One event more: the suspension.
    assert_eq!(api.event_count(&other.admin).await, before.1 + 1);
}

#[actix_web::test]
async fn not_to_an_inactive_agent() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let set = async |status| {
        api.set_status(&pair.admin, &pair.delegatee, status)
            .await
            .expect(200)
    };
    let refused = async || {
        let answer = to(&api, &pair.delegator, &pair.delegatee).await;
        let details = answer.invalid(INVALID_BODY, &["delegateeAgentId"]);
        assert_eq!(details["reason"], "The agent must be active.");
    };
    set("suspended").await;
    refused().await;
    set("active").await;
    to(&api, &pair.delegator, &pair.delegatee).await.expect(201);
    set("decommissioned").await;
    refused().await;
}

#[actix_web::test]
async fn to_an_agent_with_more_or_less_than_the_delegator() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    // No rule of escalation: lending takes nothing from anybody.
    for delegatee in [&pair.delegatee, &pair.admin] {
        to(&api, &pair.delegator, delegatee).await.expect(201);
    }
    let body = wish(&pair.delegator);
    delegate(&api, &pair.admin, TENANT_SCOPES, &body)
        .await
        .expect(201);
}
