//! Tiers are written in three places at once.

use agentidp_domain::error::StoreError;
use agentidp_domain::id::OrganizationId;
use agentidp_domain::organization::PlanTier;
use agentidp_domain::tier::TierChange;

use crate::fixtures::{at, change_organization, organization, stripe_id, uuid};
use crate::harness::Target;

fn change(id: OrganizationId, tier: PlanTier, name: Option<&str>, seconds: i64) -> TierChange {
    TierChange {
        organization_id: id,
        tier,
        subscription_id: name.map(stripe_id),
        at: at(seconds),
    }
}

async fn set(target: &Target, change: &TierChange) {
    let mut work = target.write().await;
    work.tiers().set(change).await.unwrap();
    work.commit().await.unwrap();
}

/// A new organization on `pro`.
async fn stored(target: &Target) -> OrganizationId {
    let organization = organization();
    let mut work = target.write().await;
    work.organizations().insert(&organization).await.unwrap();
    work.commit().await.unwrap();
    organization.organization_id
}

/// The tier of the record, that of the row, and the history; each with the
/// subscription behind it.
async fn tiers(target: &Target, id: OrganizationId) -> [Vec<String>; 3] {
    target.all_returned().await;
    let key = target.raw.id(id.uuid());
    let query = async |sql: String| -> Vec<String> {
        target.raw.texts(&sql).await.into_iter().flatten().collect()
    };
    let with_link = "tier || COALESCE(' ' || stripe_subscription_id, '')";
    [
        query(format!(
            "SELECT plan_tier FROM organizations WHERE organization_id = {key}"
        ))
        .await,
        query(format!(
            "SELECT {with_link} FROM tenant_tiers WHERE tenant_id = {key}"
        ))
        .await,
        query(format!(
            "SELECT {with_link} FROM tenant_tier_changes WHERE tenant_id = {key} ORDER BY id"
        ))
        .await,
    ]
}

#[track_caller]
fn assert_tiers(found: &[Vec<String>; 3], record: &str, row: &str, history: &[&str]) {
    assert_eq!(found[0], [record]);
    assert_eq!(found[1], [row]);
    assert_eq!(found[2], history);
}

pub async fn every_change_has_its_history(target: &Target) {
    let own = stored(target).await;
    let other = stored(target).await;
    assert_tiers(&tiers(target, own).await, "pro", "pro", &["pro"]);

    let bought = change(own, PlanTier::Enterprise, Some("sub_1"), 5);
    set(target, &bought).await;
    // The same again is no change.
    set(target, &bought).await;
    let history = ["pro", "enterprise sub_1"];
    let found = tiers(target, own).await;
    assert_tiers(&found, "enterprise", "enterprise sub_1", &history);
    let mut work = target.read().await;
    let record = work.organizations().find(own).await.unwrap().unwrap();
    assert_eq!(record.plan_tier, PlanTier::Enterprise);
    assert_eq!(record.updated_at, at(5));
    drop(work);

    // An administrator writes the whole record.
    change_organization(target, own, |record| {
        record.plan_tier = PlanTier::Free;
        record.updated_at = at(6);
    })
    .await;
    let history = ["pro", "enterprise sub_1", "free"];
    assert_tiers(&tiers(target, own).await, "free", "free", &history);
    // What leaves the tier alone leaves the history alone.
    change_organization(target, own, |record| record.updated_at = at(7)).await;
    assert_tiers(&tiers(target, own).await, "free", "free", &history);
    assert_tiers(&tiers(target, other).await, "pro", "pro", &["pro"]);
}

pub async fn without_a_row_a_change_makes_one(target: &Target) {
    let own = stored(target).await;
    target.all_returned().await;
    for table in ["tenant_tiers", "tenant_tier_changes"] {
        let sql = format!("DELETE FROM {table}");
        target.raw.execute(&sql).await.unwrap();
    }
    set(target, &change(own, PlanTier::Free, None, 5)).await;
    assert_tiers(&tiers(target, own).await, "free", "free", &["free"]);
}

pub async fn all_or_nothing(target: &Target) {
    let own = stored(target).await;
    let mut work = target.write().await;
    let enterprise = change(own, PlanTier::Enterprise, None, 5);
    work.tiers().set(&enterprise).await.unwrap();
    drop(work);
    assert_tiers(&tiers(target, own).await, "pro", "pro", &["pro"]);
    let unknown = change(OrganizationId::new(uuid()), PlanTier::Pro, None, 5);
    let mut work = target.write().await;
    let missed = work.tiers().set(&unknown).await;
    assert!(matches!(missed, Err(StoreError::Stale)));
}

/// The migration gave every organization a row.
pub async fn the_system_organization_has_one(target: &Target) {
    let found = tiers(target, OrganizationId::SYSTEM).await;
    assert_tiers(&found, "enterprise", "enterprise", &["enterprise"]);
}
