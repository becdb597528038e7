//! Rate limits, plan limits, cost of hashing.

use agentidp_domain::limit::LimitSettings;

use crate::config::reader::Reader;
use crate::config::store::StoreConfig;

/// Settings of limits.
#[derive(Debug)]
pub(crate) struct LimitConfig {
    /// Numbers and switches.
    pub(crate) settings: LimitSettings,
    /// Whether windows are counted in Redis.
    pub(crate) in_redis: bool,
    /// Whether plan limits hold.
    pub(crate) enforce_plans: bool,
    /// bcrypt cost of new secrets.
    pub(crate) bcrypt_cost: u32,
}

impl LimitConfig {
    pub(super) fn read(reader: &mut Reader<'_>, store: &StoreConfig) -> Self {
        let enforce_plans = reader.flag("TIER_ENFORCEMENT", true);
        let settings = LimitSettings {
            enabled: reader.flag("RATE_LIMIT_ENABLED", true),
            enforce_plans,
            per_ip: reader.number("RATE_LIMIT_MAX_REQUESTS", 100, 1..=MANY),
            ip_window: reader.millis("RATE_LIMIT_WINDOW_MS", 60_000),
            auth_failures: reader.number("AUTH_FAILURE_LIMIT", 20, 1..=MANY),
        };
        Self {
            settings,
            in_redis: reader.flag("REDIS_RATE_LIMIT_ENABLED", true) && store.redis.is_some(),
            enforce_plans,
            bcrypt_cost: reader.number("BCRYPT_COST", 10, 4..=31),
        }
    }
}

/// Upper end of counts; fits the type of the counters.
const MANY: u64 = 1_000_000_000;
