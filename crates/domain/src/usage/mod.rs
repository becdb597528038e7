//! Usage metering: how much of what an organization and its agents do, per
//! hour. Billing and analytics read it.
//!
//! What has an audit event is counted in the transaction of that event and
//! agrees with the log at any moment. API calls are counted in memory and
//! written once a minute.

mod meter;
mod model;
mod record;
mod service;
mod store;

pub use meter::UsageMeter;
pub use model::{AgentUsage, DailyUsage, HourlyUsage, MetricType, NO_AGENT, UsageDelta};
pub(crate) use record::{append, deltas};
pub use service::UsageService;
pub use store::UsageStore;
