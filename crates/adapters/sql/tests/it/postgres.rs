//! What only PostgreSQL promises, apart from the isolation of tenants.

use agentidp_domain::change::Change;
use agentidp_domain::id::OrganizationId;
use agentidp_domain::page::PageRequest;
use agentidp_domain::unit_of_work::{Mode, Scope};
use agentidp_domain::usage::MetricType;
use agentidp_sql::{PostgresStore, SchemaState};

use super::contract::{agent_totals, marketplace_search};
use crate::fixtures::{
    add_usage, append, at, delivery, platform_event, queue, store_events, stored_agent,
    stored_organization, stored_subscription, usage,
};
use crate::harness::{PostgresDatabase, Target, on_postgres, settings};

#[tokio::test]
async fn the_log_cannot_be_truncated_and_the_system_role_cannot_alter_it() {
    on_postgres(async |target: &Target| {
        append(target, stored_organization(target).await, 1).await;
        let error = target
            .raw
            .execute("TRUNCATE audit_events")
            .await
            .unwrap_err();
        assert!(error.contains("immutable"), "{error}");
        let unlock = target.raw.unlock_audit();
        target.raw.execute(unlock).await.unwrap();
        for sql in [
            "UPDATE audit_events SET action = 'x'",
            "DELETE FROM audit_events",
        ] {
            let sql = format!("BEGIN; SET LOCAL ROLE agentidp_system; {sql}");
            let error = target.raw.execute(&sql).await.unwrap_err();
            assert!(error.contains("permission denied"), "{error}");
            target.raw.execute("ROLLBACK").await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn changes_are_seen_whatever_the_order_of_commits() {
    on_postgres(async |target: &Target| {
        let agent_id = stored_agent(target).await.agent_id;
        let organization_id = OrganizationId::SYSTEM;
        let slow = Change::AgentChanged { agent_id };
        let quick = Change::OrganizationChanged { organization_id };
        let start = target.read().await.changes().cursor().await.unwrap();

        let mut first = target.write().await;
        first
            .changes()
            .record(std::slice::from_ref(&slow))
            .await
            .unwrap();
        let mut second = target.write().await;
        second
            .changes()
            .record(std::slice::from_ref(&quick))
            .await
            .unwrap();
        second.commit().await.unwrap();
        let (seen, next) = target.read().await.changes().since(start).await.unwrap();
        assert_eq!(seen, [quick]);
        first.commit().await.unwrap();
        let (seen, _) = target.read().await.changes().since(next).await.unwrap();
        assert!(seen.contains(&slow));
    })
    .await;
}

#[tokio::test]
async fn only_one_transaction_holds_a_lock() {
    on_postgres(async |target: &Target| {
        let mut first = target.write().await;
        let mut second = target.write().await;
        assert!(first.locks().try_lock("job").await.unwrap());
        assert!(!second.locks().try_lock("job").await.unwrap());
        assert!(second.locks().try_lock("another").await.unwrap());
        first.commit().await.unwrap();
        assert!(second.locks().try_lock("job").await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn what_somebody_has_locked_is_skipped() {
    on_postgres(async |target: &Target| {
        let subscription = stored_subscription(target).await;
        let id = subscription.subscription_id;
        let events = [1, 2, 3].map(|time| platform_event(subscription.organization_id, time));
        store_events(target, &events).await;
        queue(target, &[1, 2, 3].map(|due| delivery(&subscription, due))).await;

        let mut first = target.write().await;
        let mut second = target.write().await;
        let seen = first.outbox().pending(2).await.unwrap();
        assert_eq!(seen.events, events[..2]);
        let seen = second.outbox().pending(9).await.unwrap();
        assert_eq!(seen.events, events[2..]);
        for (work, limit, count) in [(&mut first, 2, 2), (&mut second, 9, 1)] {
            let deliveries = work.deliveries();
            let claimed = deliveries.claim(id, at(9), at(69), limit).await;
            assert_eq!(claimed.unwrap().len(), count);
        }
        let pruned = second.deliveries().prune(at(99), 9).await;
        assert_eq!(pruned.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_plain_member_of_the_roles_can_run_the_server() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    let role = format!("login_{}", crate::fixtures::uuid().simple());
    let admin = database.client().await;
    let create = format!("CREATE ROLE {role} LOGIN IN ROLE agentidp_app, agentidp_system");
    admin.batch_execute(&create).await.unwrap();
    let settings = settings(&database.url_as(&role));
    let state = PostgresStore::schema_state(&settings).await.unwrap();
    assert_eq!(state, SchemaState::Current);
    let target = database.target_with(settings).await;
    let agent = stored_agent(&target).await;
    let scope = Scope::Organization(agent.organization_id);
    let mut work = target.store.begin(scope, Mode::Read).await.unwrap();
    let page = PageRequest::default();
    let listed = work
        .agents()
        .list(agent.organization_id, &Default::default(), page)
        .await;
    assert_eq!(listed.unwrap().items, [agent]);
    work.commit().await.unwrap();
    drop(target);
    admin
        .batch_execute(&format!("DROP ROLE {role}"))
        .await
        .unwrap();
}

#[tokio::test]
async fn migrations_and_their_state() {
    let Some(database) = PostgresDatabase::empty().await else {
        return;
    };
    let settings = database.settings();
    let state = || PostgresStore::schema_state(&settings);
    assert_eq!(state().await.unwrap(), SchemaState::Empty);
    let (first, second) = tokio::join!(
        PostgresStore::migrate(&settings),
        PostgresStore::migrate(&settings),
    );
    let mut applied = [first.unwrap(), second.unwrap()];
    applied.sort_unstable();
    assert_eq!(applied[0], 0);
    assert!(applied[1] > 0);
    assert_eq!(state().await.unwrap(), SchemaState::Current);
    let client = database.client().await;
    let behind = "DELETE FROM __diesel_schema_migrations \
                  WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)";
    client.batch_execute(behind).await.unwrap();
    assert_eq!(state().await.unwrap(), SchemaState::Behind);
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99999999999999')";
    client.batch_execute(newer).await.unwrap();
    assert_eq!(state().await.unwrap(), SchemaState::Newer);
}

#[tokio::test]
async fn agents_of_earlier_versions_are_found() {
    let down =
        include_str!("../../../../../migrations/postgres/2026-11-26-010000_marketplace/down.sql");
    let up =
        include_str!("../../../../../migrations/postgres/2026-11-26-010000_marketplace/up.sql");
    on_postgres(async |target: &Target| marketplace_search::back_fill(target, down, up).await)
        .await;
}

#[tokio::test]
async fn agents_of_earlier_versions_are_counted() {
    let up =
        include_str!("../../../../../migrations/postgres/2026-11-26-102000_agents_counted/up.sql");
    on_postgres(async |target: &Target| agent_totals::back_fill(target, up).await).await;
}

#[tokio::test]
async fn times_before_the_calendar_of_the_database_are_clamped() {
    on_postgres(async |target: &Target| {
        let log = stored_organization(target).await;
        append(target, log, 1).await;
        let earliest = at(0).minus(std::time::Duration::from_secs(u64::MAX / 1_000_000));
        let mut work = target.read().await;
        let first = work.audit().first_at_or_after(log, earliest).await.unwrap();
        assert_eq!(first, Some(0));
    })
    .await;
}

#[tokio::test]
async fn usage_of_an_older_build_is_recounted_by_the_statements_of_the_guide() {
    let guide = include_str!("../../../../../docs/operations.md");
    let mut blocks = guide.split("```").map(str::trim_start);
    let recount = blocks.find(|block| block.starts_with("sql\nBEGIN;"));
    let recount = recount.unwrap().strip_prefix("sql").unwrap();
    on_postgres(async |target: &Target| {
        let own = stored_agent(target).await;
        let id = own.organization_id;
        let (token, call) = (MetricType::TokenIssued, MetricType::ApiCall);
        let counted = [(token, 0), (call, 1)]
            .map(|(metric, seconds)| usage(id, own.agent_id, metric, seconds));
        add_usage(target, &counted).await;
        // It adds to rows of agents, and makes them, and knows of no sums.
        let older = "UPDATE usage_events \
             SET count = count + 3, last_at = last_at + interval '5 seconds'; \
             INSERT INTO usage_events (tenant_id, hour, metric_type, agent_id, count, last_at) \
             SELECT tenant_id, hour + interval '1 hour', metric_type, agent_id, 7, last_at \
             FROM usage_events WHERE metric_type = 'token_issued'";
        target.raw.execute(older).await.unwrap();
        for _ in 0..2 {
            target.raw.execute(recount).await.unwrap();
            let mut work = target.read().await;
            let sums = work.usage();
            let period = at(0).start_of_hour()..at(7_200).start_of_hour();
            let hours = sums.by_hour(id, period, &[token]).await.unwrap();
            let mut hours: Vec<_> = hours.iter().map(|sum| sum.count).collect();
            hours.sort_unstable();
            assert_eq!(hours, [4, 7]);
            let agents = sums.by_agent(id, at(0).month(), 9).await.unwrap();
            assert_eq!((agents[0].tokens_issued, agents[0].api_calls), (11, 4));
            assert_eq!(agents[0].last_call_at, Some(at(6)));
        }
    })
    .await;
}
