//! The hourly roll-up.

use agentidp_domain::id::AgentId;
use agentidp_domain::unit_of_work::Mode;
use agentidp_domain::usage::{MetricType, NO_AGENT};

use super::{PlainSql, as_tenant};
use crate::fixtures::{add_usage, at, stored_agent, stored_organization, usage, uuid};
use crate::harness::{PostgresDatabase, Target, on_postgres};

#[tokio::test]
async fn a_tenant_sees_only_its_own_usage() {
    on_postgres(async |target: &Target| {
        let own = stored_agent(target).await;
        let foreign = stored_agent(target).await;
        for agent in [&own, &foreign] {
            let (organization, id) = (agent.organization_id, agent.agent_id);
            add_usage(target, &[usage(organization, id, MetricType::ApiCall, 0)]).await;
        }
        let day = || at(0).start_of_hour()..at(86_400).start_of_hour();
        for mode in [Mode::Write, Mode::Read, Mode::Snapshot] {
            let mut work = as_tenant(target, own.organization_id, mode).await;
            for (organization, count) in [(own.organization_id, 1), (foreign.organization_id, 0)] {
                let usage = work.usage();
                let sums = usage.by_hour(organization, day(), MetricType::ALL).await;
                assert_eq!(sums.unwrap().len(), count);
                let agents = usage.by_agent(organization, at(0).month(), 9).await;
                assert_eq!(agents.unwrap().len(), count);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_tenant_counts_for_itself_only() {
    on_postgres(async |target: &Target| {
        let own = stored_organization(target).await;
        let foreign = stored_organization(target).await;
        let call = |organization| usage(organization, NO_AGENT, MetricType::ApiCall, 0);
        add_usage(target, &[call(foreign)]).await;
        let mut work = as_tenant(target, own, Mode::Write).await;
        assert!(work.usage().add(&[call(foreign)]).await.is_err());
        drop(work);
        for _ in 0..2 {
            let mut work = as_tenant(target, own, Mode::Write).await;
            work.usage().add(&[call(own)]).await.unwrap();
            work.commit().await.unwrap();
        }
        // Old rows are removed by the platform.
        let mut work = as_tenant(target, own, Mode::Write).await;
        assert!(work.usage().prune(at(86_400), 9).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn plain_sql_of_a_tenant_is_bound_in_usage() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    let target = database.target().await;
    let own = stored_organization(&target).await;
    let foreign = stored_organization(&target).await;
    for organization in [own, foreign] {
        let agent = AgentId::new(uuid());
        let call = usage(organization, agent, MetricType::ApiCall, 0);
        add_usage(&target, &[call]).await;
    }
    let mut sql = PlainSql::new(&database, own).await;
    for statement in [
        "SELECT 1 FROM usage_events",
        "UPDATE usage_events SET count = 0",
        "SELECT 1 FROM usage_hours",
        "UPDATE usage_hours SET count = 0",
        "SELECT 1 FROM usage_months",
        "UPDATE usage_months SET tokens = 0, calls = 0, last_call_at = NULL",
    ] {
        assert_eq!(sql.run(statement).await.unwrap(), 1, "{statement}");
    }
    let give_away = format!("UPDATE usage_events SET tenant_id = '{foreign}'");
    for statement in [
        give_away.as_str(),
        "UPDATE usage_events SET metric_type = 'x'",
        "DELETE FROM usage_events",
        "TRUNCATE usage_events",
        "UPDATE usage_hours SET hour = now()",
        "DELETE FROM usage_hours",
        "TRUNCATE usage_hours",
        "UPDATE usage_months SET month = now()",
        "DELETE FROM usage_months",
        "TRUNCATE usage_months",
    ] {
        sql.assert_refused(statement).await;
    }
    sql.begin = "BEGIN; SET LOCAL ROLE agentidp_app".to_owned();
    for table in ["usage_events", "usage_hours", "usage_months"] {
        let count = sql.run(&format!("SELECT 1 FROM {table}")).await;
        assert_eq!(count.unwrap(), 0, "{table}");
    }
}
