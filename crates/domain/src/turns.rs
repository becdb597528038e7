//! Turns for work that keeps a connection to the database for long, so that
//! whoever asks for much of it does not take them all.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::StoreError;

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
    /// Never: turns do not end.
    pub(crate) async fn take(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = Arc::clone(&self.0).acquire_owned().await;
        turn.map_err(|error| StoreError::Backend(error.to_string()))
    }
}
