//! Usage on the wire.

use agentidp_domain::usage::DailyUsage;
use serde::Serialize;
use utoipa::ToSchema;

/// Usage of an organization on one day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UsageSummary)]
pub struct UsageSummaryBody {
    /// The organization.
    #[schema(format = Uuid)]
    organization_id: String,
    /// The day (UTC).
    #[schema(format = Date, example = "2026-03-28")]
    date: String,
    /// Access tokens issued.
    #[schema(minimum = 0, example = 412)]
    tokens_issued: i64,
    /// Agents registered.
    #[schema(minimum = 0, example = 3)]
    agents_registered: i64,
    /// Credentials generated.
    #[schema(minimum = 0, example = 3)]
    credentials_generated: i64,
    /// API calls; up to a minute behind.
    #[schema(minimum = 0, example = 2031)]
    api_calls_total: i64,
}

impl From<DailyUsage> for UsageSummaryBody {
    fn from(usage: DailyUsage) -> Self {
        Self {
            organization_id: usage.organization_id.to_string(),
            date: usage.date.to_string(),
            tokens_issued: usage.tokens_issued,
            agents_registered: usage.agents_registered,
            credentials_generated: usage.credentials_generated,
            api_calls_total: usage.api_calls,
        }
    }
}
