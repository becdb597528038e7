//! What trends are made of.

use chrono::NaiveDate;

use crate::time::Month;
use crate::usage::AgentUsage;

/// Length of a trend: 1–90 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrendDays(u32);

impl TrendDays {
    /// The longest trend, as long as usage is kept for sure.
    pub const MAX: Self = Self(90);

    /// So many days; `None` outside 1–90.
    #[must_use]
    pub fn new(days: u32) -> Option<Self> {
        (1..=Self::MAX.0).contains(&days).then_some(Self(days))
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }
}

impl Default for TrendDays {
    fn default() -> Self {
        Self(30)
    }
}

/// Something counted on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The day, UTC.
    pub date: NaiveDate,
    /// How often.
    pub count: i64,
}

/// Activity at one hour of one day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivityCell {
    /// Day of the week, 0 for Sunday.
    pub day_of_week: u32,
    /// Hour of the day, UTC.
    pub hour: u32,
    /// Tokens issued and API calls.
    pub count: i64,
}

/// What the agents of an organization did in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentSummaries {
    /// The month, UTC.
    pub month: Month,
    /// The agents, most tokens first.
    pub agents: Vec<AgentUsage>,
}
