//! Events on their way to webhook receivers.

use std::time::Duration;

use agentidp_domain::webhook::Relay;
use tokio::time::{sleep, timeout};

/// Receivers hear of an event within a second.
const PERIOD: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(30);

/// Turns events into deliveries again and again; waits longer while the store
/// fails.
pub(super) async fn relay(relay: Relay) {
    let mut wait = PERIOD;
    loop {
        sleep(wait).await;
        let failure = match timeout(PATIENCE, relay.run()).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("no answer in time".to_owned()),
        };
        match failure {
            None => wait = PERIOD,
            Some(error) => {
                if wait == PERIOD {
                    tracing::warn!(%error, "the event outbox cannot be read");
                }
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
    }
}
