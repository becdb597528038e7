//! Usage of a world's organizations.

use std::sync::Arc;

use agentidp_domain::analytics::AnalyticsService;
use agentidp_domain::limit::RateLimits;
use agentidp_domain::ports::Ports;
use agentidp_domain::tier::TierService;
use agentidp_domain::usage::{UsageMeter, UsageService};

/// Use cases of usage.
pub struct Metering {
    /// Counts API calls; a test writes them when it wants.
    pub meter: Arc<UsageMeter>,
    /// Usage of today.
    pub usage: UsageService,
    /// Plans and their use.
    pub tiers: TierService,
    /// Trends.
    pub analytics: AnalyticsService,
}

impl Metering {
    pub(super) fn new(ports: &Ports, limits: &Arc<RateLimits>) -> Self {
        Self {
            meter: Arc::new(UsageMeter::new(ports.clone())),
            usage: UsageService::new(ports.clone()),
            tiers: TierService::new(ports.clone(), Arc::clone(limits)),
            analytics: AnalyticsService::new(ports.clone()),
        }
    }
}
