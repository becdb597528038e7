//! Rules of the hourly roll-up.

use std::ops::Range;

use agentidp_domain::agent::{Agent, AgentStatus};
use agentidp_domain::id::{AgentId, OrganizationId};
use agentidp_domain::organization::Limit;
use agentidp_domain::time::Timestamp;
use agentidp_domain::usage::{AgentUsage, HourlyUsage, MetricType, NO_AGENT, UsageDelta};
use futures_util::future::join_all;

use crate::fixtures::{
    add_usage, agent, at, change_agent, store_agent, stored_agent, stored_organization, usage, uuid,
};
use crate::harness::Target;

const HOUR: i64 = 3600;

/// Everything that is stored.
fn ever() -> Range<Timestamp> {
    at(-1_000_000).start_of_hour()..at(1_000_000).start_of_hour()
}

async fn sums(
    target: &Target,
    organization: OrganizationId,
    period: Range<Timestamp>,
    metrics: &[MetricType],
) -> Vec<HourlyUsage> {
    let mut work = target.read().await;
    let usage = work.usage();
    let mut sums = usage.by_hour(organization, period, metrics).await.unwrap();
    sums.sort_by_key(|sum| (sum.hour, sum.metric));
    sums
}

fn sum(seconds: i64, metric: MetricType, count: i64) -> HourlyUsage {
    HourlyUsage {
        hour: at(seconds).start_of_hour(),
        metric,
        count,
    }
}

async fn agents(target: &Target, organization: OrganizationId, limit: i64) -> Vec<AgentUsage> {
    let mut work = target.read().await;
    let usage = work.usage();
    let agents = usage.by_agent(organization, at(0).month(), limit).await;
    agents.unwrap()
}

pub async fn add_is_an_upsert(target: &Target) {
    let own = stored_organization(target).await;
    let agent = AgentId::new(uuid());
    let calls = |seconds, count| UsageDelta {
        count,
        ..usage(own, agent, MetricType::ApiCall, seconds)
    };
    // The same key twice in one call, in several calls, and not in order.
    let later = calls(HOUR, 10);
    add_usage(target, &[later, calls(5, 2), calls(7, 1), calls(6, 4)]).await;
    add_usage(target, &[calls(3, 8)]).await;
    add_usage(target, &[]).await;
    let both = [
        sum(0, MetricType::ApiCall, 15),
        sum(HOUR, MetricType::ApiCall, 10),
    ];
    assert_eq!(sums(target, own, ever(), MetricType::ALL).await, both);
    // What was rolled back was never counted.
    let mut work = target.write().await;
    work.usage().add(&[calls(5, 100)]).await.unwrap();
    drop(work);
    target.all_returned().await;
    assert_eq!(sums(target, own, ever(), MetricType::ALL).await, both);
    let count = "SELECT CAST(count(*) AS text) FROM usage_events";
    assert_eq!(target.raw.texts(count).await, [Some("2".to_owned())]);
}

pub async fn concurrent_adds_lose_nothing(target: &Target) {
    let own = stored_organization(target).await;
    let ids: Vec<_> = (0..4).map(|_| AgentId::new(uuid())).collect();
    let adds = (0..20).map(|round| {
        let mut deltas: Vec<_> = ids
            .iter()
            .map(|id| usage(own, *id, MetricType::TokenIssued, round))
            .collect();
        // Whoever counts in another order must not wait in a circle.
        if round % 2 == 0 {
            deltas.reverse();
        }
        async move { add_usage(target, &deltas).await }
    });
    join_all(adds).await;
    let wanted = [sum(0, MetricType::TokenIssued, 80)];
    assert_eq!(sums(target, own, ever(), MetricType::ALL).await, wanted);
}

pub async fn sums_per_hour(target: &Target) {
    let own = stored_organization(target).await;
    let other = stored_organization(target).await;
    assert!(sums(target, own, ever(), MetricType::ALL).await.is_empty());
    let one = |organization, metric, seconds| usage(organization, NO_AGENT, metric, seconds);
    let (token, call) = (MetricType::TokenIssued, MetricType::ApiCall);
    let first = AgentId::new(uuid());
    add_usage(
        target,
        &[
            one(own, token, 0),
            usage(own, first, token, HOUR - 1),
            one(own, call, HOUR),
            one(own, token, 2 * HOUR),
            one(own, MetricType::AgentRegistered, HOUR),
            one(other, token, 0),
        ],
    )
    .await;
    let tokens = [sum(0, token, 2), sum(2 * HOUR, token, 1)];
    assert_eq!(sums(target, own, ever(), &[token]).await, tokens);
    let both = [tokens[0], sum(HOUR, call, 1), tokens[1]];
    assert_eq!(sums(target, own, ever(), &[token, call]).await, both);
    assert_eq!(sums(target, own, ever(), MetricType::ALL).await.len(), 4);
    assert!(sums(target, own, ever(), &[]).await.is_empty());
    // The beginning belongs to a period, the end does not.
    let hours = |from, until| at(from).start_of_hour()..at(until).start_of_hour();
    for (period, count) in [
        (hours(0, HOUR), 1),
        (hours(0, 2 * HOUR), 1),
        (hours(HOUR, 3 * HOUR), 1),
        (hours(HOUR, 2 * HOUR), 0),
        (hours(0, 3 * HOUR), 2),
    ] {
        assert_eq!(sums(target, own, period, &[token]).await.len(), count);
    }
    let unknown = OrganizationId::new(uuid());
    assert!(sums(target, unknown, ever(), &[token]).await.is_empty());
}

fn seen(agent: &Agent, tokens: i64, calls: i64, last_call: Option<i64>) -> AgentUsage {
    AgentUsage {
        agent_id: agent.agent_id,
        email: agent.email.as_str().to_owned(),
        tokens_issued: tokens,
        api_calls: calls,
        last_call_at: last_call.map(at),
    }
}

pub async fn sums_per_agent(target: &Target) {
    let busy = stored_agent(target).await;
    let own = busy.organization_id;
    let mut quiet = [agent(own), agent(own)];
    quiet.sort_by_key(|agent| agent.agent_id);
    let gone = agent(own);
    let forgotten = agent(own);
    for agent in quiet.iter().chain([&gone, &forgotten]) {
        store_agent(target, agent).await;
    }
    let end = |agent: &mut Agent| agent.status = AgentStatus::Decommissioned;
    change_agent(target, gone.agent_id, end).await;
    change_agent(target, forgotten.agent_id, end).await;
    let foreign = stored_agent(target).await;
    let of = |agent: &Agent, metric, seconds| {
        usage(agent.organization_id, agent.agent_id, metric, seconds)
    };
    let (token, call) = (MetricType::TokenIssued, MetricType::ApiCall);
    add_usage(
        target,
        &[
            of(&busy, token, 1),
            of(&busy, token, HOUR),
            of(&busy, call, 2),
            of(&busy, call, HOUR + 7),
            // The last event is no call.
            of(&busy, token, 2 * HOUR),
            of(&gone, token, 0),
            of(&forgotten, MetricType::AgentDeactivated, 0),
            of(&foreign, token, 0),
            usage(own, NO_AGENT, token, 0),
        ],
    )
    .await;
    let wanted = [
        seen(&busy, 3, 2, Some(HOUR + 7)),
        seen(&gone, 1, 0, None),
        seen(&quiet[0], 0, 0, None),
        seen(&quiet[1], 0, 0, None),
    ];
    assert_eq!(agents(target, own, i64::MAX).await, wanted);
    assert_eq!(agents(target, own, 2).await, wanted[..2]);
    let alone = agents(target, foreign.organization_id, 9).await;
    assert_eq!(alone, [seen(&foreign, 1, 0, None)]);
    // In the month before nobody did anything.
    let mut work = target.read().await;
    let before = at(-HOUR).month();
    assert_ne!(before, at(0).month());
    let idle = work.usage().by_agent(own, before, 9).await.unwrap();
    assert_eq!(idle.len(), 3);
    assert!(idle.iter().all(|agent| agent.tokens_issued == 0));
}

pub async fn agents_without_tokens_are_in_one_order(target: &Target) {
    let own = stored_organization(target).await;
    let mut quiet: Vec<_> = (0..5).map(|_| agent(own)).collect();
    quiet.sort_by_key(|agent| agent.agent_id);
    for agent in &quiet {
        store_agent(target, agent).await;
    }
    // Calls and no tokens, as those before and after have neither.
    let calls = [1, 3].map(|n: usize| &quiet[n]);
    for caller in calls {
        let call = usage(own, caller.agent_id, MetricType::ApiCall, 0);
        add_usage(target, &[call]).await;
    }
    let wanted: Vec<_> = quiet
        .iter()
        .map(|agent| match calls.contains(&agent) {
            true => seen(agent, 0, 1, Some(0)),
            false => seen(agent, 0, 0, None),
        })
        .collect();
    for limit in 1..=5 {
        let found = agents(target, own, limit).await;
        assert_eq!(found, wanted[..usize::try_from(limit).unwrap()]);
    }
}

/// The number that a statement answers.
async fn number(target: &Target, sql: &str) -> i64 {
    let sql = format!("SELECT CAST(({sql}) AS text)");
    let texts = target.raw.texts(&sql).await;
    texts[0].as_deref().unwrap().parse().unwrap()
}

pub async fn sums_agree_with_rows(target: &Target) {
    let [own, other] = [
        stored_organization(target).await,
        stored_organization(target).await,
    ];
    let ids: Vec<_> = (0..3).map(|_| AgentId::new(uuid())).collect();
    for round in 0..3 {
        let mut deltas = Vec::new();
        for (organization, agent) in [(own, ids[0]), (own, ids[1]), (other, ids[2])] {
            for metric in MetricType::ALL {
                for hour in [0, 1, round] {
                    deltas.push(usage(organization, agent, *metric, hour * HOUR));
                }
            }
        }
        add_usage(target, &deltas).await;
    }
    let groups = "SELECT count(*) FROM (SELECT DISTINCT tenant_id, metric_type, hour \
                  FROM usage_events) AS groups";
    let hours = "SELECT count(*) FROM usage_hours";
    assert_eq!(number(target, groups).await, 2 * 5 * 3);
    assert_eq!(number(target, hours).await, 2 * 5 * 3);
    let different = "SELECT count(*) FROM usage_hours AS sums WHERE sums.count <> ( \
                     SELECT sum(count) FROM usage_events AS own \
                     WHERE own.tenant_id = sums.tenant_id \
                     AND own.metric_type = sums.metric_type AND own.hour = sums.hour)";
    assert_eq!(number(target, different).await, 0);
    let of = |metric| {
        format!(
            "COALESCE((SELECT sum(count) FROM usage_events AS own \
             WHERE own.tenant_id = sums.tenant_id AND own.agent_id = sums.agent_id \
             AND own.metric_type = '{metric}'), 0)"
        )
    };
    let (tokens, calls) = (of(MetricType::TokenIssued), of(MetricType::ApiCall));
    let agreeing = format!(
        "SELECT count(*) FROM usage_months AS sums \
         WHERE sums.tokens = {tokens} AND sums.calls = {calls}"
    );
    let months = "SELECT count(*) FROM usage_months";
    assert_eq!(number(target, months).await, 3);
    assert_eq!(number(target, &agreeing).await, 3);
}

pub async fn months_know_the_last_call(target: &Target) {
    let own = stored_agent(target).await;
    let (token, call) = (MetricType::TokenIssued, MetricType::ApiCall);
    let of = |metric, seconds| usage(own.organization_id, own.agent_id, metric, seconds);
    for (delta, wanted) in [
        (of(token, 9), seen(&own, 1, 0, None)),
        (of(call, 7), seen(&own, 1, 1, Some(7))),
        (of(call, 5), seen(&own, 1, 2, Some(7))),
        (of(token, 8), seen(&own, 2, 2, Some(7))),
        (of(call, HOUR), seen(&own, 2, 3, Some(HOUR))),
        // Another month.
        (of(call, -1), seen(&own, 2, 3, Some(HOUR))),
    ] {
        add_usage(target, &[delta]).await;
        assert_eq!(agents(target, own.organization_id, 9).await, [wanted]);
    }
}

pub async fn prune_is_bounded(target: &Target) {
    let own = stored_organization(target).await;
    let hours = [30, 10, 50, 20, 40];
    let agent = AgentId::new(uuid());
    let deltas = hours.map(|hour| usage(own, agent, MetricType::ApiCall, hour * HOUR));
    add_usage(target, &deltas).await;
    // Rows of agents go first, then the sums of hours, then those of months.
    for (before, limit, removed, left) in [
        (0, 9, 0, [5, 5, 1]),
        (40, 0, 0, [5, 5, 1]),
        (40, 2, 2, [3, 5, 1]),
        (40, 2, 2, [2, 4, 1]),
        (40, 9, 3, [2, 2, 0]),
        (40, 9, 0, [2, 2, 0]),
        (51, 9, 4, [0, 0, 0]),
    ] {
        let mut work = target.write().await;
        let before = at(before * HOUR).start_of_hour();
        let pruned = work.usage().prune(before, limit).await;
        assert_eq!(pruned.unwrap(), removed);
        work.commit().await.unwrap();
        let rows = number(target, "SELECT count(*) FROM usage_events").await;
        let hours = number(target, "SELECT count(*) FROM usage_hours").await;
        let months = number(target, "SELECT count(*) FROM usage_months").await;
        assert_eq!([rows, hours, months], left);
    }
}

pub async fn live_agents(target: &Target) {
    let own = stored_organization(target).await;
    let mut work = target.write().await;
    let organizations = work.organizations();
    assert_eq!(organizations.live_agents(own).await.unwrap(), 0);
    for _ in 0..2 {
        let reserved = organizations.reserve_agent(own, Limit::UNLIMITED).await;
        reserved.unwrap();
    }
    organizations.release_agent(own).await.unwrap();
    assert_eq!(organizations.live_agents(own).await.unwrap(), 1);
    let unknown = OrganizationId::new(uuid());
    assert!(organizations.live_agents(unknown).await.is_err());
}
