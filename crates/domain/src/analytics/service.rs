//! Use cases of analytics.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, Days, NaiveDate, Timelike};

use crate::analytics::{ActivityCell, AgentSummaries, DayCount, TrendDays};
use crate::caller::Caller;
use crate::error::StoreError;
use crate::id::OrganizationId;
use crate::ports::Ports;
use crate::time::days;
use crate::unit_of_work::Scope;
use crate::usage::{HourlyUsage, MetricType};

/// Agents shown of an organization that may have any number of them.
const TOP: i64 = 1_000;

/// Shows an organization how its usage develops.
#[derive(Clone)]
pub struct AnalyticsService {
    ports: Ports,
}

impl AnalyticsService {
    /// The service over `ports`.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Tokens issued per day, today (UTC) last.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn token_trend(
        &self,
        caller: &Caller,
        length: TrendDays,
    ) -> Result<Vec<DayCount>, StoreError> {
        let (first, last) = self.last_days(length);
        let metrics = [MetricType::TokenIssued];
        let hours = self
            .by_hour(caller.organization_id, (first, last), &metrics)
            .await?;
        let mut counts: HashMap<NaiveDate, i64> = HashMap::new();
        for hour in hours {
            *counts.entry(hour.hour.date()).or_default() += hour.count;
        }
        let dates = first.iter_days().take_while(|date| *date <= last);
        let trend = dates.map(|date| DayCount {
            date,
            count: counts.get(&date).copied().unwrap_or(0),
        });
        Ok(trend.collect())
    }

    /// Tokens and API calls of the last 90 days by weekday and hour (UTC), in
    /// this order; empty cells are left out.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn activity(&self, caller: &Caller) -> Result<Vec<ActivityCell>, StoreError> {
        let metrics = [MetricType::TokenIssued, MetricType::ApiCall];
        let period = self.last_days(TrendDays::MAX);
        let hours = self
            .by_hour(caller.organization_id, period, &metrics)
            .await?;
        let mut cells: BTreeMap<(u32, u32), i64> = BTreeMap::new();
        for hour in hours {
            let time = hour.hour.datetime();
            let cell = (time.weekday().num_days_from_sunday(), time.hour());
            *cells.entry(cell).or_default() += hour.count;
        }
        let cells = cells.into_iter().filter(|(_, count)| *count > 0);
        let cells = cells.map(|((day_of_week, hour), count)| ActivityCell {
            day_of_week,
            hour,
            count,
        });
        Ok(cells.collect())
    }

    /// What each agent did in the present month (UTC).
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn agents(&self, caller: &Caller) -> Result<AgentSummaries, StoreError> {
        let id = caller.organization_id;
        let month = self.ports.now().month();
        let mut work = self.ports.read(Scope::Organization(id)).await?;
        let found = work.organizations().find(id).await?;
        let limits = found.ok_or(StoreError::Stale)?.effective_limits();
        let limit = match limits.max_agents.value() {
            Some(_) => i64::MAX,
            None => TOP,
        };
        let agents = work.usage().by_agent(id, month, limit).await?;
        work.commit().await?;
        Ok(AgentSummaries { month, agents })
    }

    /// The same for at most `limit` agents.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn top_agents(
        &self,
        caller: &Caller,
        limit: i64,
    ) -> Result<AgentSummaries, StoreError> {
        let id = caller.organization_id;
        let month = self.ports.now().month();
        let mut work = self.ports.read(Scope::Organization(id)).await?;
        let agents = work.usage().by_agent(id, month, limit).await?;
        work.commit().await?;
        Ok(AgentSummaries { month, agents })
    }

    async fn by_hour(
        &self,
        organization: OrganizationId,
        (first, last): (NaiveDate, NaiveDate),
        metrics: &[MetricType],
    ) -> Result<Vec<HourlyUsage>, StoreError> {
        let scope = Scope::Organization(organization);
        let mut work = self.ports.read(scope).await?;
        let usage = work.usage();
        let hours = usage
            .by_hour(organization, days(first, last), metrics)
            .await?;
        work.commit().await?;
        Ok(hours)
    }

    /// First and last of so many days, today included.
    fn last_days(&self, length: TrendDays) -> (NaiveDate, NaiveDate) {
        let today = self.ports.now().date();
        let before = Days::new(u64::from(length.value().saturating_sub(1)));
        (today.checked_sub_days(before).unwrap_or(today), today)
    }
}
