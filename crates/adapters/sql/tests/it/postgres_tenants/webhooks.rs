//! Events, webhook subscriptions and their deliveries.

use agentidp_domain::error::StoreError;
use agentidp_domain::id::OrganizationId;
use agentidp_domain::random::SystemRandom;
use agentidp_domain::unit_of_work::Mode;
use agentidp_domain::vault::Kept;
use agentidp_domain::webhook::{DeliveryFilter, SigningSecret, Subscription};

use super::{PlainSql, as_tenant};
use crate::fixtures::{
    delivery, platform_event, queue, store_events, stored_organization, stored_subscription,
    subscription, uuid,
};
use crate::harness::{PostgresDatabase, Target, on_postgres};

const ALL: DeliveryFilter = DeliveryFilter {
    status: None,
    limit: 100,
    offset: 0,
};

/// A subscription with a delivery and an event.
async fn stored_webhook(target: &Target) -> Subscription {
    let subscription = stored_subscription(target).await;
    queue(target, &[delivery(&subscription, 1)]).await;
    store_events(target, &[platform_event(subscription.organization_id, 1)]).await;
    subscription
}

#[tokio::test]
async fn a_tenant_sees_only_its_own_webhooks() {
    on_postgres(async |target: &Target| {
        let own = stored_webhook(target).await;
        let foreign = stored_webhook(target).await;
        let both = [own.organization_id, foreign.organization_id];
        for mode in [Mode::Write, Mode::Read, Mode::Snapshot] {
            let mut work = as_tenant(target, own.organization_id, mode).await;
            for (asked, count) in [(&own, 1_i64), (&foreign, 0)] {
                let (organization, id) = (asked.organization_id, asked.subscription_id);
                let subscriptions = work.subscriptions();
                let found = subscriptions.find(organization, id).await.unwrap();
                assert_eq!(found.is_some(), count > 0);
                let counted = subscriptions.count(organization).await.unwrap();
                assert_eq!(counted, count);
                let history = work.deliveries().history(id, ALL).await.unwrap();
                assert_eq!(history.1, count);
            }
            let active = work.subscriptions().active(&both).await.unwrap();
            assert_eq!(active, std::slice::from_ref(&own));
            let wanted = work.outbox().wanted(&both).await.unwrap();
            let mut organizations = wanted.iter().map(|(organization, _)| *organization);
            assert!(organizations.all(|organization| organization == own.organization_id));
        }
    })
    .await;
}

#[tokio::test]
async fn a_tenant_writes_no_foreign_webhooks() {
    on_postgres(async |target: &Target| {
        let own = stored_webhook(target).await;
        let foreign = stored_webhook(target).await;
        let secret = Kept::Here(SigningSecret::generate(&SystemRandom));
        let begin = || as_tenant(target, own.organization_id, Mode::Write);

        let stray = subscription(foreign.organization_id);
        let refused = begin().await.subscriptions().insert(&stray, &secret).await;
        assert!(refused.is_err());
        let missed = begin().await.subscriptions().update(&foreign).await;
        assert!(matches!(missed, Err(StoreError::Stale)));
        let id = foreign.subscription_id;
        let missed = begin().await.subscriptions().delete(id).await;
        assert!(!missed.unwrap());
        let stray = [platform_event(foreign.organization_id, 1)];
        assert!(begin().await.outbox().add(&stray).await.is_err());
        assert!(begin().await.outbox().pending(9).await.is_err());
        assert!(begin().await.stream().enqueue(&stray).await.is_err());
        assert!(begin().await.stream().is_waiting().await.is_err());
        let stray = [delivery(&own, 1)];
        assert!(begin().await.deliveries().queue(&stray).await.is_err());

        let mut work = begin().await;
        let events = [platform_event(own.organization_id, 1)];
        work.outbox().add(&events).await.unwrap();
        work.stream().enqueue(&events).await.unwrap();
        let new = subscription(own.organization_id);
        let subscriptions = work.subscriptions();
        subscriptions.insert(&new, &secret).await.unwrap();
        subscriptions.update(&new).await.unwrap();
        assert!(subscriptions.delete(own.subscription_id).await.unwrap());
        work.commit().await.unwrap();
        let mut work = target.read().await;
        let deliveries = work.deliveries();
        for (asked, count) in [(&own, 0), (&foreign, 1)] {
            let history = deliveries.history(asked.subscription_id, ALL).await;
            assert_eq!(history.unwrap().1, count);
        }
    })
    .await;
}

fn insert_event(organization: OrganizationId) -> String {
    format!(
        "INSERT INTO event_outbox (id, organization_id, event_type, payload, created_at) \
         VALUES ('{}', '{organization}', 'token.issued', '{{}}', now())",
        uuid()
    )
}

fn insert_subscription(organization: OrganizationId) -> String {
    format!(
        "INSERT INTO webhook_subscriptions (id, organization_id, name, url, events, active, \
         failure_count, created_at, updated_at) \
         VALUES ('{}', '{organization}', 'x', 'x', '{{}}', true, 0, now(), now())",
        uuid()
    )
}

#[tokio::test]
async fn plain_sql_of_a_tenant_is_bound_in_webhooks() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    let target = database.target().await;
    let own = stored_webhook(&target).await;
    let foreign = stored_webhook(&target).await;
    let (own_id, foreign_id) = (own.organization_id, foreign.organization_id);
    let sql = PlainSql::new(&database, own_id).await;
    let of_foreign = foreign.subscription_id;
    for (statement, rows) in [
        ("SELECT id FROM webhook_subscriptions", 1),
        ("SELECT * FROM webhook_deliveries", 1),
        (
            &format!("SELECT 1 FROM webhook_deliveries WHERE subscription_id = '{of_foreign}'"),
            0,
        ),
        ("UPDATE webhook_subscriptions SET active = false", 1),
        ("DELETE FROM webhook_subscriptions", 1),
        (&insert_event(own_id), 1),
        (&insert_subscription(own_id), 1),
    ] {
        assert_eq!(sql.run(statement).await.unwrap(), rows, "{statement}");
    }
    let give_away = format!("UPDATE webhook_subscriptions SET organization_id = '{foreign_id}'");
    for statement in [
        &insert_event(foreign_id),
        &insert_subscription(foreign_id),
        &give_away,
        "SELECT 1 FROM event_outbox",
        "UPDATE event_outbox SET processed_at = NULL",
        "DELETE FROM event_outbox",
        "SELECT 1 FROM event_stream_queue",
        "UPDATE event_stream_queue SET failed_at = NULL",
        "DELETE FROM event_stream_queue",
        "SELECT * FROM webhook_subscriptions",
        "SELECT signing_secret FROM webhook_subscriptions",
        "SELECT vault_secret_path FROM webhook_subscriptions",
        "SELECT 1 FROM webhook_subscriptions WHERE signing_secret IS NOT NULL",
        "UPDATE webhook_subscriptions SET signing_secret = NULL",
        "UPDATE webhook_subscriptions SET failure_count = 0",
        "INSERT INTO webhook_deliveries DEFAULT VALUES",
        "UPDATE webhook_deliveries SET status = 'delivered'",
        "DELETE FROM webhook_deliveries",
    ] {
        sql.assert_refused(statement).await;
    }
}

#[tokio::test]
async fn without_an_organization_no_webhook_is_visible() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    let target = database.target().await;
    stored_webhook(&target).await;
    let mut sql = PlainSql::new(&database, stored_organization(&target).await).await;
    sql.begin = "BEGIN; SET LOCAL ROLE agentidp_app".to_owned();
    for table in ["webhook_subscriptions", "webhook_deliveries"] {
        let count = sql.run(&format!("SELECT id FROM {table}")).await;
        assert_eq!(count.unwrap(), 0, "{table}");
    }
}
