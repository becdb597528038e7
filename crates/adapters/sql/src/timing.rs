//! Measures every query through diesel's instrumentation.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use agentidp_domain::metrics::Metrics;
use diesel::connection::{Instrumentation, InstrumentationEvent};

/// When the query that runs on a connection was sent; shared with whoever
/// watches over the connection.
#[derive(Default)]
pub(crate) struct Pending(Mutex<Option<Instant>>);

impl Pending {
    /// How long the answer is due; `None` while nothing is asked.
    pub(crate) fn since(&self) -> Option<Duration> {
        self.sent().map(|sent| sent.elapsed())
    }

    /// Something is asked now.
    pub(crate) fn begin(&self) {
        *self.sent() = Some(Instant::now());
    }

    /// Nobody waits any more; what is owed still, is owed from now on.
    fn abandon(&self) {
        self.sent().get_or_insert_with(Instant::now);
    }

    fn end(&self) -> Option<Duration> {
        self.sent().take().map(|sent| sent.elapsed())
    }

    fn sent(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reports the duration of each query of one connection.
pub(crate) struct QueryTimer {
    metrics: Arc<dyn Metrics>,
    pending: Arc<Pending>,
}

impl QueryTimer {
    /// Reports to `metrics`, and notes in `pending` what runs.
    pub(crate) fn new(metrics: Arc<dyn Metrics>, pending: Arc<Pending>) -> Self {
        Self { metrics, pending }
    }
}

/// Goes with its connection. If that was in the midst of rows, it ends only with
/// the last of them: whoever watches over it closes it when they do not come.
impl Drop for QueryTimer {
    fn drop(&mut self) {
        self.pending.abandon();
    }
}

impl Instrumentation for QueryTimer {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => self.pending.begin(),
            InstrumentationEvent::FinishQuery { .. } => {
                if let Some(took) = self.pending.end() {
                    self.metrics.database_query(took);
                }
            }
            _ => {}
        }
    }
}
