//! Events on their way to the event stream.

use std::time::Duration;

use agentidp_domain::outbox::{EventPublisher, Step};
use tokio::time::{sleep, timeout};

/// Consumers hear of an event within a second.
const PERIOD: Duration = Duration::from_millis(200);
/// Short enough to be there soon after an outage.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Bound of a step, whose parts have bounds of their own.
const PATIENCE: Duration = Duration::from_secs(30);

/// Publishes again and again; waits longer while the stream or the store
/// fails.
pub(super) async fn publish(publisher: EventPublisher) {
    let mut wait = PERIOD;
    loop {
        sleep(wait).await;
        match work_off(&publisher).await {
            Ok(true) if wait > PERIOD => {
                tracing::info!("events reach the event stream again");
                wait = PERIOD;
            }
            Ok(_) => {}
            Err(error) => {
                if wait == PERIOD {
                    tracing::warn!(%error, "events cannot be published; they are kept");
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
