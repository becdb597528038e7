//! Tiers of organizations.

use agentidp_domain::billing::StripeId;
use agentidp_domain::error::StoreError;
use agentidp_domain::tier::{TierChange, TierStore};
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl};

use super::SqlUnitOfWork;
use super::statement::Statement;
use crate::error::require_met;
use crate::schema::organizations;
use crate::schema::tenant_tier_changes::{self, dsl as history};
use crate::schema::tenant_tiers::{self, dsl};
use crate::types::{DbId, Micros};

/// The one place where the tier of an organization is written: in its record,
/// in a row of its own, and in the history. Does nothing when it has the tier.
pub(super) async fn write(work: &mut SqlUnitOfWork, change: &TierChange) -> Result<(), StoreError> {
    let id = DbId::from(change.organization_id);
    let present: Option<String> = tenant_tiers::table
        .find(id)
        .select(dsl::tier)
        .row(work)
        .await?;
    let (tier, at) = (change.tier.as_str(), Micros::from(change.at));
    if present.as_deref() == Some(tier) {
        return Ok(());
    }
    let subscription = change.subscription_id.as_ref().map(StripeId::as_str);
    let updated = diesel::update(organizations::table.find(id))
        .set((
            organizations::plan_tier.eq(tier),
            organizations::updated_at.eq(at),
        ))
        .run(work)
        .await?;
    require_met(updated)?;
    diesel::insert_into(tenant_tiers::table)
        .values((
            dsl::organization_id.eq(id),
            dsl::tier.eq(tier),
            dsl::subscription_id.eq(subscription),
            dsl::created_at.eq(at),
            dsl::updated_at.eq(at),
        ))
        .on_conflict(dsl::organization_id)
        .do_update()
        .set((
            dsl::tier.eq(tier),
            dsl::subscription_id.eq(subscription),
            dsl::updated_at.eq(at),
        ))
        .run(work)
        .await?;
    diesel::insert_into(tenant_tier_changes::table)
        .values((
            history::organization_id.eq(id),
            history::tier.eq(tier),
            history::subscription_id.eq(subscription),
            history::changed_at.eq(at),
        ))
        .run(work)
        .await?;
    Ok(())
}

#[async_trait]
impl TierStore for SqlUnitOfWork {
    async fn set(&mut self, change: &TierChange) -> Result<(), StoreError> {
        write(self, change).await
    }
}
