//! The usage summary.

use crate::caller::Caller;
use crate::error::StoreError;
use crate::ports::Ports;
use crate::time::days;
use crate::unit_of_work::Scope;
use crate::usage::{DailyUsage, MetricType};

/// Shows an organization what it uses.
#[derive(Clone)]
pub struct UsageService {
    ports: Ports,
}

impl UsageService {
    /// The service over `ports`.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Usage of the caller's organization on the present day (UTC).
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn today(&self, caller: &Caller) -> Result<DailyUsage, StoreError> {
        let organization_id = caller.organization_id;
        let date = self.ports.now().date();
        let scope = Scope::Organization(organization_id);
        let mut work = self.ports.read(scope).await?;
        let hours = work
            .usage()
            .by_hour(organization_id, days(date, date), MetricType::ALL)
            .await?;
        work.commit().await?;
        let sum = |metric: MetricType| -> i64 {
            let of_metric = hours.iter().filter(|hour| hour.metric == metric);
            of_metric.map(|hour| hour.count).sum()
        };
        Ok(DailyUsage {
            organization_id,
            date,
            tokens_issued: sum(MetricType::TokenIssued),
            agents_registered: sum(MetricType::AgentRegistered),
            credentials_generated: sum(MetricType::CredentialGenerated),
            api_calls: sum(MetricType::ApiCall),
        })
    }
}
