//! What only PostgreSQL promises: isolation of tenants, and order-independent
//! change feeds.

use agentidp_domain::change::Change;
use agentidp_domain::error::StoreError;
use agentidp_domain::id::OrganizationId;
use agentidp_domain::organization::Role;
use agentidp_domain::page::PageRequest;
use agentidp_domain::unit_of_work::{Mode, Scope, UnitOfWork};
use agentidp_sql::{PostgresStore, SchemaState};

use crate::fixtures::{
    agent, append, append_in, at, credential, member, stored_agent, stored_credential,
    stored_organization,
};
use crate::harness::{PostgresDatabase, Target, on_postgres, settings};

async fn as_tenant(target: &Target, id: OrganizationId, mode: Mode) -> Box<dyn UnitOfWork> {
    target
        .store
        .begin(Scope::Organization(id), mode)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_tenant_sees_only_its_own_rows() {
    on_postgres(async |target: &Target| {
        let own = stored_credential(target).await;
        let foreign = stored_credential(target).await;
        append(target, own.organization_id, 2).await;
        let events = append(target, foreign.organization_id, 2).await;
        let log = foreign.organization_id;
        for mode in [Mode::Write, Mode::Read, Mode::Snapshot] {
            let mut work = as_tenant(target, own.organization_id, mode).await;
            assert!(work.agents().find(own.agent_id).await.unwrap().is_some());
            assert!(
                work.agents()
                    .find(foreign.agent_id)
                    .await
                    .unwrap()
                    .is_none()
            );
            assert!(
                work.credentials()
                    .find(own.credential_id)
                    .await
                    .unwrap()
                    .is_some()
            );
            assert!(
                work.credentials()
                    .find(foreign.credential_id)
                    .await
                    .unwrap()
                    .is_none()
            );
            assert!(
                work.credentials()
                    .active(foreign.agent_id)
                    .await
                    .unwrap()
                    .is_empty()
            );
            assert_eq!(
                work.audit()
                    .range(own.organization_id, 0, 10)
                    .await
                    .unwrap()
                    .len(),
                2
            );
            assert!(work.audit().range(log, 0, 10).await.unwrap().is_empty());
            assert!(
                work.audit()
                    .find(log, events[0].event_id)
                    .await
                    .unwrap()
                    .is_none()
            );
            assert_eq!(work.agents().count_active().await.unwrap(), 1);
        }
        let mut work = target.read().await;
        assert_eq!(work.agents().count_active().await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_tenant_writes_only_its_own_rows() {
    on_postgres(async |target: &Target| {
        let own = stored_agent(target).await;
        let foreign = stored_agent(target).await;
        let begin = || as_tenant(target, own.organization_id, Mode::Write);

        assert!(matches!(
            begin().await.agents().update(&foreign).await,
            Err(StoreError::Stale)
        ));
        let stray = agent(foreign.organization_id);
        assert!(begin().await.agents().insert(&stray).await.is_err());
        assert!(
            begin()
                .await
                .credentials()
                .insert(&credential(&foreign))
                .await
                .is_err()
        );
        let mut moved = credential(&own);
        moved.organization_id = foreign.organization_id;
        assert!(begin().await.credentials().insert(&moved).await.is_err());
        let mut work = begin().await;
        let event = crate::fixtures::event(foreign.organization_id, 0);
        work.audit()
            .lock_heads(&[foreign.organization_id])
            .await
            .unwrap();
        let head = crate::fixtures::head_after(&event);
        assert!(work.audit().append(&[event], &[head]).await.is_err());
        drop(work);

        // The address of a foreign agent is taken, too.
        let mut same_address = agent(own.organization_id);
        same_address.email = foreign.email.clone();
        let mut work = begin().await;
        let refused = work.agents().insert(&same_address).await;
        let wanted = agentidp_domain::error::Constraint::AgentEmail;
        assert!(refused.is_err_and(|error| error.is_conflict(wanted)));
        work.agents()
            .insert(&agent(own.organization_id))
            .await
            .unwrap();
        append_in(work.as_mut(), own.organization_id, 1).await;
        work.organizations()
            .add_member(&member(&own, Role::Admin))
            .await
            .unwrap();
        work.changes()
            .record(&[Change::SigningKeysChanged])
            .await
            .unwrap();
        work.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn plain_sql_of_a_tenant_is_bound_too() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    let target = database.target().await;
    let own = stored_credential(&target).await;
    let foreign = stored_credential(&target).await;
    append(&target, foreign.organization_id, 1).await;
    let client = database.client().await;
    let begin = |id: OrganizationId| {
        format!("BEGIN; SET LOCAL ROLE agentidp_app; SET LOCAL app.organization_id = '{id}';")
    };
    let own_id = own.organization_id;
    for table in ["agents", "credentials", "audit_events"] {
        client.batch_execute(&begin(own_id)).await.unwrap();
        let sql = format!("SELECT count(*) FROM {table} WHERE organization_id <> '{own_id}'");
        let foreign_rows: i64 = client.query_one(&sql, &[]).await.unwrap().get(0);
        assert_eq!(foreign_rows, 0, "{table}");
        client.batch_execute("ROLLBACK").await.unwrap();
    }
    for sql in [
        "UPDATE agents SET owner = 'x'",
        "UPDATE credentials SET status = 'revoked'",
    ] {
        client.batch_execute(&begin(own_id)).await.unwrap();
        assert_eq!(client.execute(sql, &[]).await.unwrap(), 1, "{sql}");
        client.batch_execute("ROLLBACK").await.unwrap();
    }
    let steal = format!(
        "UPDATE agents SET organization_id = '{}'",
        foreign.organization_id
    );
    for sql in [
        steal.as_str(),
        "DELETE FROM agents",
        "UPDATE audit_events SET action = 'x'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "SELECT private_key FROM oidc_keys",
        "ALTER TABLE agents DISABLE ROW LEVEL SECURITY",
    ] {
        client.batch_execute(&begin(own_id)).await.unwrap();
        assert!(client.batch_execute(sql).await.is_err(), "{sql}");
        client.batch_execute("ROLLBACK").await.unwrap();
    }
    // Without an organization nothing is visible, also after one was set.
    client
        .batch_execute("BEGIN; SET LOCAL ROLE agentidp_app")
        .await
        .unwrap();
    let seen: i64 = client
        .query_one("SELECT count(*) FROM agents", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(seen, 0);
}

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
    let mut work = as_tenant(&target, agent.organization_id, Mode::Read).await;
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
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99999999999999')";
    client.batch_execute(newer).await.unwrap();
    assert_eq!(state().await.unwrap(), SchemaState::Newer);
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
