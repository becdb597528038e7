//! Trends of usage.

mod activity;
mod agents;
mod refusals;
mod tokens;

use agentidp_domain::id::AgentId;
use agentidp_domain::time::Timestamp;
use agentidp_domain::unit_of_work::Scope;
use agentidp_domain::usage::{MetricType, UsageDelta};
use serde_json::Value;

use crate::support::{Answer, Api, Identity};

const TOKENS: &str = "/api/v1/analytics/tokens";
const ACTIVITY: &str = "/api/v1/analytics/agents/activity";
const AGENTS: &str = "/api/v1/analytics/agents";
const DAY: i64 = 86_400;

async fn ask(api: &Api, of: &Identity, path: &str) -> Answer {
    let token = api.token(of, "");
    api.get(path).bearer(&token).send().await
}

async fn shown(api: &Api, of: &Identity, path: &str) -> Value {
    ask(api, of, path).await.expect(200)
}

/// 00:00 of today, Unix seconds.
fn midnight(api: &Api) -> i64 {
    api.now() - api.now() % DAY
}

/// Counts as of a time, Unix seconds.
async fn count(api: &Api, of: &Identity, metric: MetricType, at: i64, count: i64) {
    let at = Timestamp::from_unix_millis(at * 1000).unwrap();
    let agent: AgentId = of.agent.parse().unwrap();
    let one = UsageDelta::one(of.organization.parse().unwrap(), agent, metric, at);
    let mut work = api.world.ports.write(Scope::System).await.unwrap();
    let usage = work.usage();
    usage.add(&[UsageDelta { count, ..one }]).await.unwrap();
    work.commit().await.unwrap();
}
