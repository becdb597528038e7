//! The table of usage per agent.

use agentidp_domain::analytics::AgentSummaries;
use agentidp_domain::usage::AgentUsage;

use crate::text::{Moment, count};

/// Rows of the table at most.
const SHOWN: usize = 100;

/// How many agents are asked for: one more, to know whether these are all.
pub const WANTED: i64 = 101;

/// What the agents did this month, most tokens first.
pub struct AgentTable {
    /// The month (UTC), `YYYY-MM`.
    pub month: String,
    /// The first agents.
    pub rows: Vec<Row>,
    /// Whether there are more.
    pub is_cut: bool,
}

/// An agent.
pub struct Row {
    /// Its address.
    pub email: String,
    /// Tokens issued to it.
    pub tokens: String,
    /// Its API calls.
    pub calls: String,
    /// The last of these.
    pub last_active: Option<Moment>,
}

impl From<AgentUsage> for Row {
    fn from(usage: AgentUsage) -> Self {
        Self {
            email: usage.email,
            tokens: count(usage.tokens_issued),
            calls: count(usage.api_calls),
            last_active: usage.last_call_at.map(Moment::minute),
        }
    }
}

impl AgentTable {
    /// The table of these agents.
    pub fn new(summaries: AgentSummaries) -> Self {
        let is_cut = summaries.agents.len() > SHOWN;
        let agents = summaries.agents.into_iter().take(SHOWN);
        Self {
            month: summaries.month.to_string(),
            rows: agents.map(Row::from).collect(),
            is_cut,
        }
    }
}
