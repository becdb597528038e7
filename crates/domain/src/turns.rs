//! Turns for work that keeps a connection to the database for long, so that
//! whoever asks for much of it does not take them all.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::StoreError;

/// Longest wait for a turn, as long as for an answer of the database.
const WAIT: Duration = Duration::from_secs(10);

/// A number of turns, per replica. Whoever waits for one keeps nothing.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Turns {
    /// As many turns at the same time.
    pub(crate) fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }

    /// Waits for a turn, which lasts until it is dropped.
    ///
    /// # Errors
    ///
    /// Unavailable when there is none in time.
    pub(crate) async fn take(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        match timeout(WAIT, Arc::clone(&self.0).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(StoreError::Unavailable(
                "too much of this kind is under way".to_owned(),
            )),
        }
    }
}
