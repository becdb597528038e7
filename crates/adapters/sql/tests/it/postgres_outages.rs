//! PostgreSQL goes away, or is busy.

use std::ops::ControlFlow;
use std::time::Duration;

use agentidp_domain::audit::StoredEvent;
use agentidp_domain::error::StoreError;
use agentidp_domain::unit_of_work::{Mode, Scope};

use crate::fixtures::{agent, append, organization, stored_organization};
use crate::harness::{PostgresDatabase, Target, on_postgres};

fn assert_unavailable<T>(result: Result<T, StoreError>) {
    let error = result.err().expect("an outage");
    assert!(error.is_unavailable(), "{error}");
}

/// Ends all other sessions on the database, as a restart of the server does.
const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
     WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test]
async fn lost_connections_are_outages_and_are_replaced() {
    on_postgres(async |target: &Target| {
        let id = stored_organization(target).await;
        let mut open = target.write().await;
        open.organizations().find(id).await.unwrap();
        target.raw.texts(KILL).await;
        assert_unavailable(open.organizations().find(id).await);
        assert_unavailable(open.commit().await);
        for _ in 0..20 {
            let mut work = target.write().await;
            work.organizations().find(id).await.unwrap();
            work.commit().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_killed_while_it_waits_is_an_outage() {
    on_postgres(async |target: &Target| {
        let id = stored_organization(target).await;
        let mut holder = target.write().await;
        holder.organizations().find_for_update(id).await.unwrap();
        let waiter = async {
            let mut work = target.write().await;
            work.organizations().find_for_update(id).await
        };
        // Only the waiter: the holder's end would let it go on.
        let killer = async {
            let waiting = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE wait_event_type = 'Lock' AND datname = current_database()";
            while target.raw.texts(waiting).await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        let (waited, ()) = tokio::join!(waiter, killer);
        assert_unavailable(waited);
    })
    .await;
}

#[tokio::test]
async fn an_exhausted_pool_is_an_outage() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    let mut settings = database.settings();
    settings.pool_max = 2;
    settings.connection_timeout = Duration::from_millis(200);
    let target = database.target_with(settings).await;
    let first = target.write().await;
    let second = target.write().await;
    assert_eq!(target.raw.pool_status().active, 2);
    assert_unavailable(target.store.begin(Scope::System, Mode::Read).await);
    drop(first);
    second.commit().await.unwrap();
    target.store.begin(Scope::System, Mode::Read).await.unwrap();
}

/// Refuses new organizations with a code and a message.
const REFUSAL: &str = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ \
     BEGIN RAISE EXCEPTION USING ERRCODE = TG_ARGV[0], MESSAGE = TG_ARGV[1]; END $$";

#[tokio::test]
async fn messages_and_codes_tell_outages_from_mistakes() {
    on_postgres(async |target: &Target| {
        target.raw.execute(REFUSAL).await.unwrap();
        for (code, message, outage) in [
            ("53300", "sorry, too many clients already", true),
            ("40001", "in whatever language", true),
            ("25006", "in whatever language", true),
            ("42601", "syntax error", false),
            ("XX000", "no outage: sorry, too many clients", false),
        ] {
            let trigger = format!(
                "CREATE OR REPLACE TRIGGER refusal BEFORE INSERT ON organizations \
                 FOR EACH ROW EXECUTE FUNCTION refuse('{code}', '{message}')"
            );
            target.raw.execute(&trigger).await.unwrap();
            let mut work = target.write().await;
            let refused = work.organizations().insert(&organization()).await;
            let error = refused.unwrap_err();
            assert_eq!(error.is_unavailable(), outage, "{error}");
        }
    })
    .await;
}

/// Lets the server send the first 300 events of a log, which it reads in their
/// order, and then fall silent.
const SILENT_AFTER_300: &str = "CREATE POLICY silence ON audit_events AS RESTRICTIVE FOR SELECT \
     TO agentidp_system USING (sequence < 300 OR pg_sleep(3600) IS NULL)";

#[tokio::test]
async fn rows_that_stay_away_are_an_outage_and_their_connection_is_closed() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    // Even a small log is read by its index, as a large one is.
    let by_index = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_sort = off', \
         current_database()); END $$";
    database
        .client()
        .await
        .batch_execute(by_index)
        .await
        .unwrap();
    let mut settings = database.settings();
    settings.pool_max = 1;
    settings.answer_within = Some(Duration::from_secs(2));
    settings.rows_within = Duration::from_secs(1);
    let target = database.target_with(settings).await;
    let log = stored_organization(&target).await;
    append(&target, log, 400).await;
    target.raw.execute(SILENT_AFTER_300).await.unwrap();

    for mode in [Mode::Read, Mode::Snapshot] {
        let mut seen = 0;
        let mut count = |_: &StoredEvent<'_>| {
            seen += 1;
            ControlFlow::Continue(())
        };
        let mut work = target.store.begin(Scope::System, mode).await.unwrap();
        work.audit().walk(log, 0, 300, &mut count).await.unwrap();
        let silent = work.audit().walk(log, 0, 400, &mut count).await;
        assert!(seen > 300, "{seen}: nothing was sent before the silence");
        let error = silent.as_ref().err().map(ToString::to_string);
        assert!(error.unwrap().contains("rows stayed away"));
        assert_unavailable(silent);
        drop(work);
        // There is one connection: it would wait for the rest of the rows.
        target.store.ping().await.unwrap();
    }
    let sleeping = "SELECT 1 FROM pg_stat_activity \
         WHERE wait_event = 'PgSleep' AND datname = current_database()";
    let closed = async {
        while !target.raw.texts(sleeping).await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), closed)
        .await
        .expect("the server goes on for nobody");
}

#[tokio::test]
async fn a_server_that_refuses_connections_is_an_outage() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    let target = database.target().await;
    let held = target.write().await;
    database.allow_connections(false).await;
    assert_unavailable(target.store.begin(Scope::System, Mode::Write).await);
    held.commit().await.unwrap();
    database.allow_connections(true).await;
    let (_first, _second) = (target.write().await, target.write().await);
}

#[tokio::test]
async fn an_unreachable_server_is_an_outage() {
    let url = "postgres://nobody@127.0.0.1:1/none";
    let keys = crate::harness::SqliteDatabase::migrated()
        .await
        .target()
        .await
        .cipher;
    let mut settings = crate::harness::settings(url);
    settings.connection_timeout = Duration::from_secs(1);
    let metrics = std::sync::Arc::new(agentidp_domain::metrics::NoMetrics);
    let store = agentidp_sql::PostgresStore::connect(settings.clone(), keys, metrics);
    assert_unavailable(store.await);
    assert_unavailable(agentidp_sql::PostgresStore::schema_state(&settings).await);
}

#[tokio::test]
async fn a_transaction_with_a_failed_statement_does_not_commit() {
    on_postgres(async |target: &Target| {
        let organization = organization();
        let mut work = target.write().await;
        work.organizations().insert(&organization).await.unwrap();
        let stray = agent(agentidp_domain::id::OrganizationId::new(
            crate::fixtures::uuid(),
        ));
        assert!(work.agents().insert(&stray).await.is_err());
        assert!(work.commit().await.is_err());
        let found = target
            .read()
            .await
            .organizations()
            .find(organization.organization_id)
            .await;
        assert!(found.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn idle_connections_above_the_minimum_are_closed() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    let mut settings = database.settings();
    settings.idle_timeout = Duration::from_millis(200);
    let target = database.target_with(settings).await;
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(target.write().await);
    }
    drop(open);
    target.all_returned().await;
    let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'agentidp' \
         AND datname = current_database()";
    let shrunk = async {
        while target.raw.texts(count).await != [Some("1".to_owned())] {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), shrunk)
        .await
        .expect("idle connections stay open");
    target.store.ping().await.unwrap();
}
