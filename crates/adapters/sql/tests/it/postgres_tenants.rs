//! Row-level security keeps tenants apart, whatever the use cases do.

mod billing;
mod usage;
mod webhooks;

use agentidp_domain::agent::Agent;
use agentidp_domain::change::Change;
use agentidp_domain::error::{Constraint, StoreError};
use agentidp_domain::id::{OrganizationId, TrustPolicyId};
use agentidp_domain::organization::Role;
use agentidp_domain::unit_of_work::{Mode, Scope, UnitOfWork};

use tokio_postgres::error::SqlState;

use crate::fixtures::{
    agent, append, append_in, chain, credential, delegation_key, did_key, event, head_after,
    member, page, partner, policy, policy_of, store_chain, store_delegation_key, store_did_key,
    store_partner, store_policy, stored_agent, stored_credential, uuid,
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
            for (tenant, wanted) in [(own.organization_id, 1), (foreign.organization_id, 0)] {
                let listed = agents.list(tenant, &Default::default(), page(1, 20)).await;
                assert_eq!(listed.unwrap().items.len(), wanted);
            }
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

    async fn assert_refused(&self, sql: &str) {
        let error = self.run(sql).await.expect_err(sql);
        let code = error.code();
        assert_eq!(code, Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{sql}");
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
    store_policy(&target, &policy(own)).await;
    let mut sql = PlainSql::new(&database, own).await;
    let tables = ["agents", "oidc_trust_policies"];
    for table in tables {
        let count = sql.run(&format!("SELECT 1 FROM {table}")).await;
        assert_eq!(count.unwrap(), 1, "{table}");
    }
    // The setting of the transaction before is gone.
    sql.begin = "BEGIN; SET LOCAL ROLE agentidp_app".to_owned();
    for table in tables {
        let count = sql.run(&format!("SELECT 1 FROM {table}")).await;
        assert_eq!(count.unwrap(), 0, "{table}");
    }
}

/// An agent with a key, a policy and a delegation.
async fn stored_identity(target: &Target) -> (Agent, TrustPolicyId) {
    let agent = stored_agent(target).await;
    store_did_key(target, &did_key(agent.agent_id)).await;
    let policy = policy_of(&agent);
    store_policy(target, &policy).await;
    store_chain(target, &chain(&agent, &agent)).await;
    (agent, policy.policy_id)
}

#[tokio::test]
async fn a_tenant_sees_only_its_own_policies_and_keys() {
    on_postgres(async |target: &Target| {
        let (own, own_policy) = stored_identity(target).await;
        let (foreign, foreign_policy) = stored_identity(target).await;
        for mode in [Mode::Write, Mode::Read, Mode::Snapshot] {
            let mut work = as_tenant(target, own.organization_id, mode).await;
            let policies = work.trust_policies();
            let listed = policies.list(own.organization_id, None).await.unwrap();
            assert_eq!(listed.len(), 1);
            let listed = policies.list(foreign.organization_id, None).await;
            assert!(listed.unwrap().is_empty());
            let keys = work.did_keys();
            assert!(keys.public_key(own.agent_id).await.unwrap().is_some());
            let hidden = keys.public_key(foreign.agent_id).await.unwrap();
            assert_eq!(hidden, None);
        }
        let mut work = as_tenant(target, own.organization_id, Mode::Write).await;
        let policies = work.trust_policies();
        let missed = policies
            .delete(foreign.organization_id, foreign_policy)
            .await;
        assert_eq!(missed.unwrap(), None);
        let removed = policies.delete(own.organization_id, own_policy).await;
        assert!(removed.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_tenant_writes_no_foreign_policies_and_keys() {
    on_postgres(async |target: &Target| {
        let own = stored_agent(target).await;
        let foreign = stored_agent(target).await;
        let tenant = own.organization_id;
        let begin = || as_tenant(target, tenant, Mode::Write);
        let mut linked = policy(tenant);
        linked.agent_id = Some(foreign.agent_id);
        for stray in [linked, policy(foreign.organization_id), policy_of(&foreign)] {
            let refused = begin().await.trust_policies().insert(&stray).await;
            assert!(refused.is_err(), "{stray:?}");
        }
        let stray = did_key(foreign.agent_id);
        assert!(begin().await.did_keys().insert(&stray).await.is_err());
        // What belongs to the platform is out of reach.
        assert!(begin().await.partners().list().await.is_err());
        assert!(begin().await.delegations().keys().await.is_err());

        let mut work = begin().await;
        work.trust_policies()
            .insert(&policy_of(&own))
            .await
            .unwrap();
        work.did_keys()
            .insert(&did_key(own.agent_id))
            .await
            .unwrap();
        work.commit().await.unwrap();
    })
    .await;
}

fn insert_policy(organization: OrganizationId, agent: &Agent) -> String {
    format!(
        "INSERT INTO oidc_trust_policies (id, organization_id, provider, repository, agent_id, \
         created_at, updated_at) \
         VALUES ('{}', '{organization}', 'github', 'acme/new', '{}', now(), now())",
        uuid(),
        agent.agent_id
    )
}

#[tokio::test]
async fn plain_sql_of_a_tenant_is_bound_in_policies_and_keys() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    let target = database.target().await;
    let (own, _) = stored_identity(&target).await;
    let (foreign, foreign_policy) = stored_identity(&target).await;
    let (own_id, foreign_id) = (own.organization_id, foreign.organization_id);
    let sql = PlainSql::new(&database, own_id).await;
    let key_of = |agent: &Agent| {
        let id = agent.agent_id;
        format!("SELECT public_jwk FROM agent_did_keys WHERE agent_id = '{id}'")
    };
    let delete = format!("DELETE FROM oidc_trust_policies WHERE id = '{foreign_policy}'");
    for (statement, rows) in [
        ("SELECT * FROM oidc_trust_policies", 1),
        ("DELETE FROM oidc_trust_policies", 1),
        (&delete, 0),
        ("SELECT key_id FROM agent_did_keys", 1),
        (&key_of(&own), 1),
        (&key_of(&foreign), 0),
        (&insert_policy(own_id, &own), 1),
    ] {
        assert_eq!(sql.run(statement).await.unwrap(), rows, "{statement}");
    }
    for statement in [
        &insert_policy(own_id, &foreign),
        &insert_policy(foreign_id, &foreign),
        &insert_policy(foreign_id, &own),
        "UPDATE oidc_trust_policies SET repository = 'acme/other'",
        "UPDATE oidc_trust_policies SET repository_id = '1'",
        "SELECT * FROM agent_did_keys",
        "SELECT private_key FROM agent_did_keys",
        "SELECT vault_key_path FROM agent_did_keys",
        "SELECT 1 FROM agent_did_keys WHERE private_key IS NOT NULL",
        "UPDATE agent_did_keys SET private_key = NULL",
        "UPDATE agent_did_keys SET public_jwk = '{}'",
        "DELETE FROM agent_did_keys",
    ] {
        sql.assert_refused(statement).await;
    }
}

#[tokio::test]
async fn plain_sql_of_a_tenant_does_not_reach_the_platform() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    let target = database.target().await;
    let (own, _) = stored_identity(&target).await;
    stored_identity(&target).await;
    store_partner(&target, &partner()).await;
    store_delegation_key(&target, &delegation_key(1)).await;
    let sql = PlainSql::new(&database, own.organization_id).await;
    for (table, column) in [
        ("federation_partners", "status"),
        ("delegation_keys", "secret"),
        ("delegation_chains", "revoked_at"),
        ("compliance_status", "status"),
        ("leases", "holder"),
        ("_encryption_migration_log", "finished_at"),
    ] {
        for statement in [
            format!("SELECT 1 FROM {table}"),
            format!("SELECT {column} FROM {table}"),
            format!("UPDATE {table} SET {column} = NULL"),
            format!("INSERT INTO {table} DEFAULT VALUES"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
        ] {
            sql.assert_refused(&statement).await;
        }
    }

    // Delegations stay apart even if somebody grants more.
    let grant = "GRANT SELECT, UPDATE, DELETE ON delegation_chains TO agentidp_app";
    target.raw.execute(grant).await.unwrap();
    for statement in [
        "SELECT 1 FROM delegation_chains",
        "UPDATE delegation_chains SET revoked_at = now()",
        "DELETE FROM delegation_chains",
    ] {
        assert_eq!(sql.run(statement).await.unwrap(), 1, "{statement}");
    }
}
