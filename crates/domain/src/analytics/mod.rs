//! Trends of an organization's usage. Everything is computed from the hourly
//! roll-up of [`usage`](crate::usage).

mod model;
mod service;

pub use model::{ActivityCell, AgentSummaries, DayCount, TrendDays};
pub use service::AnalyticsService;
