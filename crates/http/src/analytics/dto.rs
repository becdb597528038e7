//! Analytics on the wire.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use agentidp_domain::analytics::{ActivityCell, AgentSummaries, DayCount, TrendDays};
use agentidp_domain::id::OrganizationId;
use agentidp_domain::time::Timestamp;
use agentidp_domain::usage::AgentUsage;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::input::QueryReader;

/// Tokens per day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TokenTrend)]
pub struct TokenTrendBody {
    /// The organization.
    #[schema(format = Uuid)]
    organization_id: String,
    /// Length of the trend in days.
    #[schema(minimum = 1, maximum = 90, example = 30)]
    days: u32,
    /// One entry per day, today (UTC) last.
    data: Vec<TokenTrendDayBody>,
}

/// Tokens on one day.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenTrendDay)]
pub struct TokenTrendDayBody {
    /// The day (UTC).
    #[schema(format = Date, example = "2026-03-28")]
    date: String,
    /// Access tokens issued.
    #[schema(minimum = 0, example = 42)]
    count: i64,
}

impl TokenTrendBody {
    /// The wire form.
    pub fn new(organization: OrganizationId, length: TrendDays, trend: Vec<DayCount>) -> Self {
        let day = |day: DayCount| TokenTrendDayBody {
            date: day.date.to_string(),
            count: day.count,
        };
        Self {
            organization_id: organization.to_string(),
            days: length.value(),
            data: trend.into_iter().map(day).collect(),
        }
    }
}

/// Activity by weekday and hour.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AgentActivity)]
pub struct AgentActivityBody {
    /// The organization.
    #[schema(format = Uuid)]
    organization_id: String,
    /// Hours with activity, by day of the week and hour.
    data: Vec<ActivityCellBody>,
}

/// Activity at one hour of one day of the week.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ActivityCell)]
pub struct ActivityCellBody {
    /// Day of the week, 0 for Sunday.
    #[schema(minimum = 0, maximum = 6, example = 1)]
    day_of_week: u32,
    /// Hour of the day (UTC).
    #[schema(minimum = 0, maximum = 23, example = 9)]
    hour: u32,
    /// Tokens issued and API calls.
    #[schema(minimum = 1, example = 120)]
    count: i64,
}

impl AgentActivityBody {
    /// The wire form.
    pub fn new(organization: OrganizationId, cells: Vec<ActivityCell>) -> Self {
        let cell = |cell: ActivityCell| ActivityCellBody {
            day_of_week: cell.day_of_week,
            hour: cell.hour,
            count: cell.count,
        };
        Self {
            organization_id: organization.to_string(),
            data: cells.into_iter().map(cell).collect(),
        }
    }
}

/// What the agents did this month.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AgentUsageSummaries)]
pub struct AgentSummariesBody {
    /// The organization.
    #[schema(format = Uuid)]
    organization_id: String,
    /// The month (UTC).
    #[schema(example = "2026-03", pattern = "^[0-9]{4}-[0-9]{2}$")]
    month: String,
    /// The agents, most tokens first, equal numbers by id.
    data: Vec<AgentUsageSummaryBody>,
}

/// What one agent did this month.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AgentUsageSummary)]
pub struct AgentUsageSummaryBody {
    /// The agent.
    #[schema(format = Uuid)]
    agent_id: String,
    /// Its address.
    #[schema(format = Email, example = "screener-001@talent.example")]
    agent_email: String,
    /// Access tokens issued to it.
    #[schema(minimum = 0, example = 42)]
    tokens_issued: i64,
    /// Its API calls; up to a minute behind.
    #[schema(minimum = 0, example = 314)]
    api_calls: i64,
    /// The last of these calls.
    #[schema(value_type = Option<String>, required = true, format = DateTime)]
    last_active_at: Option<Timestamp>,
}

impl From<AgentUsage> for AgentUsageSummaryBody {
    fn from(usage: AgentUsage) -> Self {
        Self {
            agent_id: usage.agent_id.to_string(),
            agent_email: usage.email,
            tokens_issued: usage.tokens_issued,
            api_calls: usage.api_calls,
            last_active_at: usage.last_call_at,
        }
    }
}

impl AgentSummariesBody {
    /// The wire form.
    pub fn new(organization: OrganizationId, summaries: AgentSummaries) -> Self {
        let agents = summaries.agents.into_iter();
        Self {
            organization_id: organization.to_string(),
            month: summaries.month.to_string(),
            data: agents.map(AgentUsageSummaryBody::from).collect(),
        }
    }
}

/// The query parameter `days`.
///
/// # Errors
///
/// 400 in the words of this area.
pub fn trend_days(request: &HttpRequest) -> Result<TrendDays, ApiError> {
    let mut reader = QueryReader::new(request);
    let text = reader.optional("days", |text| Ok(text.to_owned()));
    reader.into_result().map_err(|_| not_positive())?;
    let Some(text) = text else {
        return Ok(TrendDays::default());
    };
    let digits = text.trim_start_matches('0');
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not_positive());
    }
    let days = digits.parse().ok().and_then(TrendDays::new);
    days.ok_or_else(|| too_many(digits))
}

fn invalid(message: &str, details: Value) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message).with(details)
}

fn not_positive() -> ApiError {
    invalid(
        "Query parameter `days` must be a positive integer.",
        json!({ "field": "days" }),
    )
}

/// `digits` is a number that may be larger than any integer type.
fn too_many(digits: &str) -> ApiError {
    let max = TrendDays::MAX.value();
    let provided = match digits.parse::<u64>() {
        Ok(number) => json!(number),
        Err(_) => json!(digits),
    };
    invalid(
        &format!("Query parameter `days` must not exceed {max}."),
        json!({ "field": "days", "max": max, "provided": provided }),
    )
}
