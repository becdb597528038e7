//! Audit logs with valid hash chains, and the usage their events stand for.

use std::collections::BTreeMap;

use agentidp_domain::audit::{Action, AuditRecord, Outcome as End, leaf_hash};
use agentidp_domain::id::{AgentId, EventId};
use agentidp_domain::random::Random;
use agentidp_domain::time::Timestamp;
use agentidp_domain::usage::{MetricType, NO_AGENT};
use tokio_postgres::Client;

use crate::Outcome;
use crate::copy::{CopyIn, Escaped, Maybe};
use crate::events::{Happening, happening};
use crate::plan::{Plan, Tenant};
use crate::random::{Purpose, Seeded};

/// Calls that a client makes with one token, at most.
const CALLS_PER_TOKEN: u64 = 40;
const USER_AGENTS: [&str; 4] = [
    "sentryagent-idp-python/1.2.0",
    "sentryagent-idp-typescript/1.4.1 node/22.4.0",
    "curl/8.5.0",
    "résumé-bot/2.1 \"beta\"",
];

/// Count, and the time of the last one.
type Counted = (u64, Timestamp);

/// What an agent did in a month.
#[derive(Default)]
struct AgentMonth {
    tokens: u64,
    calls: u64,
    last_call: Option<Timestamp>,
}

/// One log while it is written.
struct Log<'a> {
    plan: &'a Plan,
    tenant: &'a Tenant,
    last_hash: String,
    usage: BTreeMap<(Timestamp, MetricType, AgentId), Counted>,
    hours: BTreeMap<(MetricType, Timestamp), u64>,
    months: BTreeMap<(Timestamp, AgentId), AgentMonth>,
    issued: BTreeMap<String, u64>,
}

impl Log<'_> {
    /// The event at `position`; to be called for every position from 0 on.
    fn next(&mut self, position: u64) -> Outcome<AuditRecord> {
        let (plan, tenant) = (self.plan, self.tenant);
        let draw = Seeded::new(plan.seed, Purpose::Event, tenant.number, position);
        let event_id = EventId::new(draw.uuid());
        let time = plan.time(tenant, position)?;
        let happening = happening(plan, tenant, position, time, &draw)?;
        self.count(&happening, time, &draw);
        let mut record = AuditRecord {
            event_id,
            organization_id: tenant.id,
            sequence: i64::try_from(position)?,
            timestamp_micros: time.unix_millis() * 1000,
            action: happening.action.as_str().to_owned(),
            outcome: happening.outcome.as_str().to_owned(),
            agent_id: happening.subject.text(),
            ip_address: format!("203.0.113.{}", draw.below(256)),
            user_agent: draw.pick(&USER_AGENTS).unwrap_or("unknown").to_owned(),
            metadata: happening.metadata.into_json(),
            previous_hash: std::mem::take(&mut self.last_hash),
            hash: String::new(),
        };
        record.hash = leaf_hash(&record.as_stored())?;
        self.last_hash.clone_from(&record.hash);
        Ok(record)
    }

    fn count(&mut self, happening: &Happening, time: Timestamp, draw: &Seeded) {
        let Some(metric) = MetricType::of(happening.action) else {
            return;
        };
        if happening.outcome != End::Success {
            return;
        }
        let agent = happening.subject.text().parse().unwrap_or(NO_AGENT);
        self.add(agent, metric, 1, time);
        if happening.action == Action::TokenIssued {
            let calls = 1 + draw.below(CALLS_PER_TOKEN);
            self.add(agent, MetricType::ApiCall, calls, time);
            *self.issued.entry(time.month().to_string()).or_default() += 1;
        }
    }

    fn add(&mut self, agent: AgentId, metric: MetricType, count: u64, time: Timestamp) {
        let key = (time.start_of_hour(), metric, agent);
        let sum = self.usage.entry(key).or_insert((0, time));
        *sum = (sum.0 + count, time);
        *self.hours.entry((metric, key.0)).or_default() += count;
        if agent == NO_AGENT {
            return;
        }
        let month = Timestamp::start_of_day(time.month().first_day());
        match metric {
            MetricType::TokenIssued => {
                self.months.entry((month, agent)).or_default().tokens += count;
            }
            MetricType::ApiCall => {
                let sum = self.months.entry((month, agent)).or_default();
                sum.calls += count;
                sum.last_call = Some(time);
            }
            _ => {}
        }
    }
}

/// Copies the log of an organization, its end, and what was counted.
///
/// # Errors
///
/// When the database refuses.
pub async fn fill(client: &Client, plan: &Plan, tenant: &Tenant) -> Outcome<()> {
    let mut log = Log {
        plan,
        tenant,
        last_hash: String::new(),
        usage: BTreeMap::new(),
        hours: BTreeMap::new(),
        months: BTreeMap::new(),
        issued: BTreeMap::new(),
    };
    let columns = "audit_events (event_id, organization_id, sequence, timestamp, action, \
                   outcome, agent_id, ip_address, user_agent, metadata, previous_hash, hash)";
    let mut copy = CopyIn::begin(client, columns).await?;
    for position in 0..tenant.events {
        let record = log.next(position)?;
        let timestamp = record.timestamp().ok_or("a time outside the calendar")?;
        copy.row(&[
            &record.event_id,
            &record.organization_id,
            &record.sequence,
            &timestamp,
            &record.action,
            &record.outcome,
            &record.agent_id,
            &record.ip_address,
            &Escaped(&record.user_agent),
            &Escaped(&record.metadata.to_string()),
            &record.previous_hash,
            &record.hash,
        ])
        .await?;
    }
    copy.finish().await?;
    copy_head(client, &log).await?;
    copy_usage(client, &log).await
}

/// Nothing counts as verified: the server shall find out itself.
async fn copy_head(client: &Client, log: &Log<'_>) -> Outcome<()> {
    let columns = "audit_log_heads (organization_id, next_sequence, last_hash, last_timestamp, \
                   verified_sequence)";
    let mut copy = CopyIn::begin(client, columns).await?;
    let last = log
        .plan
        .time(log.tenant, log.tenant.events.saturating_sub(1))?;
    copy.row(&[
        &log.tenant.id,
        &log.tenant.events,
        &log.last_hash,
        &last,
        &0,
    ])
    .await?;
    copy.finish().await
}

async fn copy_usage(client: &Client, log: &Log<'_>) -> Outcome<()> {
    let organization = log.tenant.id;
    let columns = "usage_events (tenant_id, hour, metric_type, agent_id, count, last_at)";
    let mut copy = CopyIn::begin(client, columns).await?;
    for ((hour, metric, agent), (count, last)) in &log.usage {
        copy.row(&[&organization, hour, metric, agent, count, last])
            .await?;
    }
    copy.finish().await?;
    let columns = "usage_hours (tenant_id, metric_type, hour, count)";
    let mut copy = CopyIn::begin(client, columns).await?;
    for ((metric, hour), count) in &log.hours {
        copy.row(&[&organization, metric, hour, count]).await?;
    }
    copy.finish().await?;
    let columns = "usage_months (tenant_id, month, agent_id, tokens, calls, last_call_at)";
    let mut copy = CopyIn::begin(client, columns).await?;
    for ((month, agent), sum) in &log.months {
        let last_call = Maybe(sum.last_call);
        let (tokens, calls) = (&sum.tokens, &sum.calls);
        copy.row(&[&organization, month, agent, tokens, calls, &last_call])
            .await?;
    }
    copy.finish().await?;
    let columns = "token_monthly_counts (organization_id, month, count)";
    let mut copy = CopyIn::begin(client, columns).await?;
    for (month, count) in &log.issued {
        copy.row(&[&organization, month, count]).await?;
    }
    copy.finish().await
}
