//! Row-level security keeps tenants apart, whatever the use cases do.

use agentidp_domain::agent::Agent;
use agentidp_domain::change::Change;
use agentidp_domain::error::{Constraint, StoreError};
use agentidp_domain::id::OrganizationId;
use agentidp_domain::organization::Role;
use agentidp_domain::unit_of_work::{Mode, Scope, UnitOfWork};

use crate::fixtures::{
    agent, append, append_in, credential, event, head_after, member, stored_agent,
    stored_credential,
};
use crate::harness::{PostgresDatabase, Target, on_postgres};

async fn as_tenant(target: &Target, id: OrganizationId, mode: Mode) -> Box<dyn UnitOfWork> {
    let scope = Scope::Organization(id);
    target.store.begin(scope, mode).await.unwrap()
}

#[tokio::test]
async fn a_tenant_sees_only_its_own_agents_and_credentials() {
    on_postgres(async |target: &Target| {
        let own = stored_credential(target).await;
        let foreign = stored_credential(target).await;
        for mode in [Mode::Write, Mode::Read, Mode::Snapshot] {
            let mut work = as_tenant(target, own.organization_id, mode).await;
            let agents = work.agents();
            assert!(agents.find(own.agent_id).await.unwrap().is_some());
            assert!(agents.find(foreign.agent_id).await.unwrap().is_none());
            assert_eq!(agents.count_active().await.unwrap(), 1);
            let credentials = work.credentials();
            let found = credentials.find(own.credential_id).await.unwrap();
            assert!(found.is_some());
            let found = credentials.find(foreign.credential_id).await.unwrap();
            assert!(found.is_none());
            let active = credentials.active(foreign.agent_id).await.unwrap();
            assert!(active.is_empty());
        }
        let mut work = target.read().await;
        assert_eq!(work.agents().count_active().await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_tenant_sees_only_its_own_log() {
    on_postgres(async |target: &Target| {
        let own = stored_agent(target).await.organization_id;
        let foreign = stored_agent(target).await.organization_id;
        append(target, own, 2).await;
        let events = append(target, foreign, 2).await;
        for mode in [Mode::Write, Mode::Read, Mode::Snapshot] {
            let mut work = as_tenant(target, own, mode).await;
            let log = work.audit();
            assert_eq!(log.range(own, 0, 10).await.unwrap().len(), 2);
            assert!(log.range(foreign, 0, 10).await.unwrap().is_empty());
            let found = log.find(foreign, events[0].event_id).await.unwrap();
            assert!(found.is_none());
        }
    })
    .await;
}

#[tokio::test]
async fn a_tenant_writes_no_foreign_rows() {
    on_postgres(async |target: &Target| {
        let own = stored_agent(target).await;
        let foreign = stored_agent(target).await;
        let begin = || as_tenant(target, own.organization_id, Mode::Write);

        let missed = begin().await.agents().update(&foreign).await;
        assert!(matches!(missed, Err(StoreError::Stale)));
        let stray = agent(foreign.organization_id);
        assert!(begin().await.agents().insert(&stray).await.is_err());
        let mut moved = credential(&own);
        moved.organization_id = foreign.organization_id;
        for credential in [credential(&foreign), moved] {
            let refused = begin().await.credentials().insert(&credential).await;
            assert!(refused.is_err());
        }
        let mut work = begin().await;
        let log = work.audit();
        let event = event(foreign.organization_id, 0);
        log.lock_heads(&[foreign.organization_id]).await.unwrap();
        let head = head_after(&event);
        assert!(log.append(&[event], &[head]).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_tenant_writes_its_own_rows() {
    on_postgres(async |target: &Target| {
        let own = stored_agent(target).await;
        let id = own.organization_id;
        let foreign = stored_agent(target).await;
        // The address of an agent it cannot see is taken all the same.
        let same_address = Agent {
            email: foreign.email,
            ..agent(id)
        };
        let mut work = as_tenant(target, id, Mode::Write).await;
        let refused = work.agents().insert(&same_address).await;
        assert!(refused.is_err_and(|error| error.is_conflict(Constraint::AgentEmail)));
        work.agents().insert(&agent(id)).await.unwrap();
        append_in(work.as_mut(), id, 1).await;
        let organizations = work.organizations();
        organizations
            .add_member(&member(&own, Role::Admin))
            .await
            .unwrap();
        let changes = [Change::SigningKeysChanged];
        work.changes().record(&changes).await.unwrap();
        work.commit().await.unwrap();
    })
    .await;
}

/// Runs plain statements as the tenant `id`, each undone afterwards.
struct PlainSql {
    client: tokio_postgres::Client,
    begin: String,
}

impl PlainSql {
    async fn new(database: &PostgresDatabase, id: OrganizationId) -> Self {
        Self {
            client: database.client().await,
            begin: format!(
                "BEGIN; SET LOCAL ROLE agentidp_app; SET LOCAL app.organization_id = '{id}'"
            ),
        }
    }

    /// Rows affected or counted.
    async fn run(&self, sql: &str) -> Result<u64, tokio_postgres::Error> {
        self.client.batch_execute(&self.begin).await.unwrap();
        let result = self.client.execute(sql, &[]).await;
        self.client.batch_execute("ROLLBACK").await.unwrap();
        result
    }
}

#[tokio::test]
async fn plain_sql_of_a_tenant_is_bound_too() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    let target = database.target().await;
    let own = stored_credential(&target).await.organization_id;
    let foreign = stored_credential(&target).await.organization_id;
    append(&target, own, 1).await;
    append(&target, foreign, 1).await;
    let sql = PlainSql::new(&database, own).await;
    for statement in [
        "SELECT 1 FROM agents",
        "SELECT 1 FROM credentials",
        "SELECT 1 FROM audit_events",
        "UPDATE agents SET owner = 'x'",
        "UPDATE credentials SET status = 'revoked'",
    ] {
        assert_eq!(sql.run(statement).await.unwrap(), 1, "{statement}");
    }
    let give_away = format!("UPDATE agents SET organization_id = '{foreign}'");
    for statement in [
        give_away.as_str(),
        "DELETE FROM agents",
        "UPDATE audit_events SET action = 'x'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "SELECT private_key FROM oidc_keys",
        "ALTER TABLE agents DISABLE ROW LEVEL SECURITY",
    ] {
        assert!(sql.run(statement).await.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn without_an_organization_nothing_is_visible() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    let target = database.target().await;
    let own = stored_agent(&target).await.organization_id;
    let mut sql = PlainSql::new(&database, own).await;
    assert_eq!(sql.run("SELECT 1 FROM agents").await.unwrap(), 1);
    // The setting of the transaction before is gone.
    sql.begin = "BEGIN; SET LOCAL ROLE agentidp_app".to_owned();
    assert_eq!(sql.run("SELECT 1 FROM agents").await.unwrap(), 0);
}
