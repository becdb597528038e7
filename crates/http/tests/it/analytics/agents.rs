//! What each agent did this month.

use agentidp_domain::usage::MetricType;
use serde_json::{Value, json};

use super::{AGENTS, count, shown};
use crate::support::{Api, Identity, TENANT_SCOPES};

/// 00:00 of the first day of this month, Unix seconds.
fn first(api: &Api) -> i64 {
    let first = api.world.ports.now().month().first_day();
    agentidp_domain::time::Timestamp::start_of_day(first).unix_seconds()
}

fn entry<'a>(summaries: &'a Value, of: &Identity) -> Option<&'a Value> {
    let agents = summaries["data"].as_array().unwrap();
    agents.iter().find(|agent| agent["agentId"] == of.agent)
}

#[actix_web::test]
async fn it_shows_these_members_and_no_other() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    api.login(&acme).await.expect(200);
    let token = api.token(&acme, "agents:read");
    let read = api.get("/api/v1/agents").bearer(&token).send().await;
    read.expect(200);
    let active = api.world.ports.now().to_string();
    api.world.metering.meter.flush().await.unwrap();
    api.pass(1);
    let now = api.world.ports.now();
    let wanted = json!({
        "organizationId": acme.organization,
        "month": now.month().to_string(),
        "data": [{
            "agentId": acme.agent,
            "agentEmail": "admin@acme.example",
            "tokensIssued": 1,
            "apiCalls": 1,
            "lastActiveAt": active,
        }],
    });
    assert_eq!(shown(&api, &acme, AGENTS).await, wanted);
}

#[actix_web::test]
async fn most_tokens_come_first_and_equal_numbers_by_id() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let mut quiet = vec![acme.agent.clone()];
    for number in 0..4 {
        let name = format!("q{number}");
        quiet.push(api.silent_agent(&acme, &name, &["agents:read"]).await.agent);
    }
    quiet.sort_unstable();
    let busy = api.silent_agent(&acme, "busy", &["agents:read"]).await;
    let calling = api.silent_agent(&acme, "calling", &["agents:read"]).await;
    let now = api.now();
    count(&api, &busy, MetricType::TokenIssued, now, 2).await;
    count(&api, &calling, MetricType::TokenIssued, now, 1).await;
    count(&api, &calling, MetricType::ApiCall, now, 100).await;
    count(&api, &other, MetricType::TokenIssued, now, 100).await;
    let summaries = shown(&api, &acme, AGENTS).await;
    let agents = summaries["data"].as_array().unwrap();
    let shown: Vec<_> = agents
        .iter()
        .map(|agent| agent["agentId"].clone())
        .collect();
    let mut wanted = vec![busy.agent, calling.agent];
    wanted.append(&mut quiet);
    assert_eq!(json!(shown), json!(wanted));
    for agent in &agents[2..] {
        assert_eq!(
            (&agent["tokensIssued"], &agent["apiCalls"]),
            (&json!(0), &json!(0))
        );
        assert_eq!(agent.get("lastActiveAt"), Some(&Value::Null));
    }
}

#[actix_web::test]
async fn a_month_begins_at_midnight() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let first = first(&api);
    for metric in [MetricType::TokenIssued, MetricType::ApiCall] {
        count(&api, &acme, metric, first - 1, 100).await;
        count(&api, &acme, metric, first, 1).await;
    }
    let summaries = shown(&api, &acme, AGENTS).await;
    let entry = entry(&summaries, &acme).unwrap();
    assert_eq!(
        (&entry["tokensIssued"], &entry["apiCalls"]),
        (&json!(1), &json!(1))
    );
    let active = agentidp_domain::time::Timestamp::from_unix_millis(first * 1000).unwrap();
    assert_eq!(entry["lastActiveAt"], active.to_string());
}

#[actix_web::test]
async fn decommissioned_agents_are_shown_if_they_were_active_this_month() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let active = api.silent_agent(&acme, "active", &["agents:read"]).await;
    let earlier = api.silent_agent(&acme, "earlier", &["agents:read"]).await;
    count(&api, &active, MetricType::ApiCall, api.now(), 1).await;
    count(&api, &earlier, MetricType::ApiCall, first(&api) - 1, 1).await;
    let token = api.token(&acme, TENANT_SCOPES);
    for agent in [&active, &earlier] {
        let call = api.delete(&agent.path()).bearer(&token);
        call.send().await.no_content();
    }
    let summaries = shown(&api, &acme, AGENTS).await;
    assert!(entry(&summaries, &active).is_some());
    assert!(entry(&summaries, &earlier).is_none());
    assert!(entry(&summaries, &acme).is_some());
}
