//! What only SQLite promises.

use std::ops::ControlFlow;
use std::time::Duration;

use agentidp_domain::audit::{StoredEvent, leaf_hash};
use agentidp_domain::unit_of_work::{Mode, Scope};
use agentidp_sql::{SchemaState, SqliteStore};
use diesel::connection::SimpleConnection;
use futures_util::future::join_all;

use super::contract::{agent_totals, assert_corrupt, marketplace_search};
use crate::fixtures::{append, organization, stored_agent, stored_organization};
use crate::harness::{SqliteDatabase, Target, on_sqlite, open_sqlite};

#[tokio::test]
async fn migrations_and_their_state() {
    let database = SqliteDatabase::empty();
    let settings = &database.settings;
    let state = || SqliteStore::schema_state(settings);
    assert_eq!(state().await.unwrap(), SchemaState::Empty);
    assert!(!settings.path.exists());
    let (first, second) = tokio::join!(
        SqliteStore::migrate(settings),
        SqliteStore::migrate(settings)
    );
    let mut applied = [first.unwrap(), second.unwrap()];
    applied.sort_unstable();
    assert_eq!(applied[0], 0);
    assert!(applied[1] > 0);
    assert_eq!(state().await.unwrap(), SchemaState::Current);
    let change = |sql| open_sqlite(&settings.path).batch_execute(sql).unwrap();
    change(
        "DELETE FROM __diesel_schema_migrations \
         WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)",
    );
    assert_eq!(state().await.unwrap(), SchemaState::Behind);
    change("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
    assert_eq!(state().await.unwrap(), SchemaState::Newer);
}

#[tokio::test]
async fn many_may_open_a_new_file_at_once() {
    for _ in 0..20 {
        let database = SqliteDatabase::empty();
        join_all((0..8).map(|_| database.target())).await;
    }
}

#[tokio::test]
async fn a_member_that_was_hidden_behind_another_one_has_no_hash() {
    on_sqlite(async |target: &Target| {
        let log = stored_organization(target).await;
        append(target, log, 3).await;
        target.raw.execute(target.raw.unlock_audit()).await.unwrap();
        // Whoever reads the object sees the second one only.
        let alter = r#"UPDATE audit_events SET metadata = '{"n":2,' || substr(metadata, 2)
                       WHERE sequence = 1"#;
        target.raw.execute(alter).await.unwrap();
        let mut hashed = Vec::new();
        let mut hash = |event: &StoredEvent<'_>| {
            hashed.push(leaf_hash(event).is_ok());
            ControlFlow::Continue(())
        };
        let mut work = target.read().await;
        work.audit().walk(log, 0, 9, &mut hash).await.unwrap();
        assert_eq!(hashed, [true, false, true]);
    })
    .await;
}

#[tokio::test]
async fn waiting_for_the_writer_is_bounded() {
    let mut database = SqliteDatabase::migrated().await;
    database.settings.connection_timeout = Duration::from_millis(100);
    let target = database.target().await;
    let holder = target.write().await;
    let refused = target.store.begin(Scope::System, Mode::Write).await;
    assert!(refused.is_err_and(|error| error.is_unavailable()));
    target.read().await.agents().count_active().await.unwrap();
    holder.commit().await.unwrap();
    target.write().await.commit().await.unwrap();
}

#[tokio::test]
async fn readers_cannot_write() {
    on_sqlite(async |target: &Target| {
        for mode in [Mode::Read, Mode::Snapshot] {
            let mut work = target.store.begin(Scope::System, mode).await.unwrap();
            let refused = work.organizations().insert(&organization()).await;
            assert!(refused.is_err());
        }
    })
    .await;
}

#[tokio::test]
async fn events_cannot_be_replaced() {
    on_sqlite(async |target: &Target| {
        append(target, stored_organization(target).await, 2).await;
        let replace = "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events";
        let error = target.raw.execute(replace).await.unwrap_err();
        assert!(error.contains("immutable"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_list_that_is_no_json_names_its_place() {
    on_sqlite(async |target: &Target| {
        let agent = stored_agent(target).await;
        target
            .raw
            .execute("UPDATE agents SET capabilities = '[1'")
            .await
            .unwrap();
        let found = target.read().await.agents().find(agent.agent_id).await;
        assert_corrupt(
            found,
            ("agents", "capabilities", agent.agent_id.to_string()),
        );
    })
    .await;
}

#[tokio::test]
async fn agents_of_earlier_versions_are_found() {
    let down =
        include_str!("../../../../../migrations/sqlite/2026-11-26-010000_marketplace/down.sql");
    let up = include_str!("../../../../../migrations/sqlite/2026-11-26-010000_marketplace/up.sql");
    on_sqlite(async |target: &Target| marketplace_search::back_fill(target, down, up).await).await;
}

#[tokio::test]
async fn agents_of_earlier_versions_are_counted() {
    let up =
        include_str!("../../../../../migrations/sqlite/2026-11-26-102000_agents_counted/up.sql");
    on_sqlite(async |target: &Target| agent_totals::back_fill(target, up).await).await;
}

#[tokio::test]
async fn data_survives_reopening() {
    let database = SqliteDatabase::migrated().await;
    let agent = stored_agent(&database.target().await).await;
    let found = database
        .target()
        .await
        .read()
        .await
        .agents()
        .find(agent.agent_id)
        .await;
    assert_eq!(found.unwrap(), Some(agent));
    assert!(database.folder.path().exists());
}
