//! Measures every query through diesel's instrumentation.

use std::sync::Arc;
use std::time::Instant;

use agentidp_domain::metrics::Metrics;
use diesel::connection::{Instrumentation, InstrumentationEvent};

/// Reports the duration of each query of one connection.
pub(crate) struct QueryTimer {
    metrics: Arc<dyn Metrics>,
    started: Option<Instant>,
}

impl QueryTimer {
    pub(crate) fn new(metrics: Arc<dyn Metrics>) -> Self {
        Self {
            metrics,
            started: None,
        }
    }
}

impl Instrumentation for QueryTimer {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => self.started = Some(Instant::now()),
            InstrumentationEvent::FinishQuery { .. } => {
                if let Some(started) = self.started.take() {
                    self.metrics.database_query(started.elapsed());
                }
            }
            _ => {}
        }
    }
}
