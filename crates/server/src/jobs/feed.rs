//! Follows the change feed: brings in what the bus did not, and what operator
//! commands changed while there is no bus.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::token::Replica;
use tokio::time::{sleep, timeout};

/// Well below the second in which every replica has to know of a revocation.
const PERIOD: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(10);

/// Catches up again and again; waits longer while the store fails.
pub(super) async fn follow(replica: Arc<Replica>) {
    let mut wait = PERIOD;
    loop {
        sleep(wait).await;
        let failure = match timeout(PATIENCE, replica.catch_up()).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("no answer in time".to_owned()),
        };
        match failure {
            None if wait > PERIOD => {
                tracing::info!("the change feed can be read again");
                wait = PERIOD;
            }
            None => {}
            Some(error) => {
                if wait == PERIOD {
                    tracing::warn!(%error, "the change feed cannot be read");
                }
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
    }
}
