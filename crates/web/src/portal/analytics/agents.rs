//! The table of usage per agent.

use agentidp_domain::analytics::AgentSummaries;
use agentidp_domain::usage::AgentUsage;

use crate::text::{Moment, count};

/// Rows of the table at most.
const SHOWN: usize = 100;

/// What the agents did this month, most tokens first.
pub struct AgentTable {
    /// The month (UTC), `YYYY-MM`.
    pub month: String,
    /// The first agents.
    pub rows: Vec<Row>,
    /// How many there are, if not all are shown.
    pub all: Option<String>,
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
        let all = summaries.agents.len();
        let agents = summaries.agents.into_iter().take(SHOWN);
        Self {
            month: summaries.month.to_string(),
            rows: agents.map(Row::from).collect(),
            all: (all > SHOWN).then(|| count(i64::try_from(all).unwrap_or(i64::MAX))),
        }
    }
}
