//! Tiers, subscriptions and events of Stripe.

use agentidp_domain::billing::StripeEventType;
use agentidp_domain::organization::PlanTier;
use agentidp_domain::tier::TierChange;
use agentidp_domain::unit_of_work::Mode;

use super::{PlainSql, as_tenant};
use crate::fixtures::{
    at, put_subscription, record_event, stored_organization, stripe_event, tenant_subscription,
};
use crate::harness::{PostgresDatabase, Target, on_postgres};

#[tokio::test]
async fn a_tenant_cannot_change_its_tier() {
    on_postgres(async |target: &Target| {
        let own = stored_organization(target).await;
        let mut work = as_tenant(target, own, Mode::Write).await;
        let change = TierChange {
            organization_id: own,
            tier: PlanTier::Enterprise,
            subscription_id: None,
            at: at(1),
        };
        assert!(work.tiers().set(&change).await.is_err());
        let mut work = as_tenant(target, own, Mode::Write).await;
        let subscription = tenant_subscription(own, "sub_1");
        let put = work.billing().put_subscription(&subscription).await;
        assert!(put.is_err());
        let mut work = as_tenant(target, own, Mode::Write).await;
        let event = stripe_event("evt_1", StripeEventType::CheckoutCompleted, None, 1);
        assert!(work.billing().record_event(&event).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn plain_sql_of_a_tenant_is_bound_in_billing() {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    let target = database.target().await;
    let own = stored_organization(&target).await;
    let foreign = stored_organization(&target).await;
    for (organization, name) in [(own, "sub_1"), (foreign, "sub_2")] {
        put_subscription(&target, &tenant_subscription(organization, name)).await;
    }
    let event = stripe_event("evt_1", StripeEventType::CheckoutCompleted, None, 1);
    assert!(record_event(&target, &event).await);

    let mut sql = PlainSql::new(&database, own).await;
    let readable = [
        "SELECT tier FROM tenant_tiers",
        "SELECT tier FROM tenant_tier_changes",
        "SELECT status FROM tenant_subscriptions",
    ];
    for statement in readable {
        assert_eq!(sql.run(statement).await.unwrap(), 1, "{statement}");
    }
    for statement in [
        "SELECT stripe_customer_id FROM tenant_subscriptions",
        "SELECT stripe_subscription_id FROM tenant_tiers",
        "SELECT 1 FROM stripe_events",
        "UPDATE tenant_tiers SET tier = 'enterprise'",
        "DELETE FROM tenant_tiers",
        "DELETE FROM tenant_tier_changes",
        "UPDATE tenant_subscriptions SET status = 'active'",
        "DELETE FROM tenant_subscriptions",
        "DELETE FROM stripe_events",
    ] {
        sql.assert_refused(statement).await;
    }
    sql.begin = "BEGIN; SET LOCAL ROLE agentidp_app".to_owned();
    for statement in readable {
        assert_eq!(sql.run(statement).await.unwrap(), 0, "{statement}");
    }
}
