//! Events on their way to the event stream.

use std::time::Duration;

use agentidp_domain::outbox::{EventPublisher, Step};
use tokio::time::{sleep, timeout};

/// Consumers hear of an event within a second.
const PERIOD: Duration = Duration::from_millis(200);
/// Short enough to be there soon after an outage.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Bound of a step, whose parts have bounds of their own.
const PATIENCE: Duration = Duration::from_secs(60);

/// Publishes again and again; waits longer while the stream or the store
/// fails.
pub(super) async fn publish(publisher: EventPublisher) {
    let mut wait = PERIOD;
    let mut is_failing = false;
    loop {
        sleep(wait).await;
        match work_off(&publisher).await {
            Ok(is_done) => {
                if is_done && is_failing {
                    tracing::info!("events reach the event stream again");
                    is_failing = false;
                }
                // Also to take over soon from another replica.
                wait = PERIOD;
            }
            Err(error) => {
                if !is_failing {
                    tracing::warn!(%error, "events cannot be published; they are kept");
                    is_failing = true;
                }
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
    }
}

/// Publishes all that waits; `false` when another replica does.
async fn work_off(publisher: &EventPublisher) -> Result<bool, String> {
    loop {
        match timeout(PATIENCE, publisher.step()).await {
            Ok(Ok(Step::Done { more: true })) => {}
            Ok(Ok(Step::Done { more: false } | Step::Idle)) => return Ok(true),
            Ok(Ok(Step::Elsewhere)) => return Ok(false),
            Ok(Err(error)) => return Err(error.to_string()),
            Err(_) => return Err("no answer in time".to_owned()),
        }
    }
}
