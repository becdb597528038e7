//! Use cases of plan tiers.

use std::sync::Arc;

use crate::caller::Caller;
use crate::error::StoreError;
use crate::limit::RateLimits;
use crate::ports::Ports;
use crate::tier::TierStatus;
use crate::unit_of_work::Scope;

/// Shows an organization its plan.
#[derive(Clone)]
pub struct TierService {
    ports: Ports,
    limits: Arc<RateLimits>,
}

impl TierService {
    /// The service over `ports`; requests are counted by `limits`.
    #[must_use]
    pub fn new(ports: Ports, limits: Arc<RateLimits>) -> Self {
        Self { ports, limits }
    }

    /// Plan, limits and their use of the caller's organization.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn status(&self, caller: &Caller) -> Result<TierStatus, StoreError> {
        let id = caller.organization_id;
        let period = self.ports.now().month();
        let mut work = self.ports.read(Scope::Organization(id)).await?;
        let found = work.organizations().find(id).await?;
        let organization = found.ok_or(StoreError::Stale)?;
        let agents = work.organizations().live_agents(id).await?;
        let tokens_this_month = work.tokens().issued_in(id, period).await?;
        work.commit().await?;
        Ok(TierStatus {
            organization_id: id,
            tier: organization.plan_tier,
            limits: organization.effective_limits(),
            agents,
            tokens_this_month,
            requests_this_minute: self.limits.requests_this_minute(&organization).await,
            period,
        })
    }
}
