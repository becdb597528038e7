//! What keeps the memory of one replica in step with the others: the change
//! feed of the store and the bus.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::change::{Change, ChangeCursor, ChangeSubscriber};
use crate::error::StoreError;
use crate::ports::Ports;
use crate::token::{ACCESS_TOKEN_LIFETIME, CLOCK_MARGIN, Freshness, RevocationView};
use crate::unit_of_work::{Mode, Scope};

/// Loads the revocation view, follows the feed and listens to the bus.
pub struct Replica {
    ports: Ports,
    view: Arc<RevocationView>,
    freshness: Arc<Freshness>,
    cursor: Mutex<Option<ChangeCursor>>,
}

impl Replica {
    /// Keeps `view` and all listeners of `ports.changes` in step.
    #[must_use]
    pub fn new(ports: Ports, view: Arc<RevocationView>, freshness: Arc<Freshness>) -> Self {
        Self {
            ports,
            view,
            freshness,
            cursor: Mutex::new(None),
        }
    }

    /// Brings in everything that was committed so far: the whole view the
    /// first time, the feed since the last call afterwards.
    ///
    /// # Errors
    ///
    /// A failing store; the next call then brings in the same again.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        let mut cursor = self.cursor.lock().await;
        let now = self.ports.now().unix_seconds();
        match *cursor {
            None => *cursor = Some(self.load(now).await?),
            Some(position) => {
                let mut work = self.ports.store.begin(Scope::System, Mode::Read).await?;
                let (changes, next) = work.changes().since(position).await?;
                work.commit().await?;
                self.ports.changes.apply(&changes);
                *cursor = Some(next);
            }
        }
        self.view.prune(now);
        Ok(())
    }

    async fn load(&self, now: i64) -> Result<ChangeCursor, StoreError> {
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        // A clock that is ahead now may be set back while this replica runs.
        let expired_after = now.saturating_sub(seconds(CLOCK_MARGIN));
        let ended_after = expired_after.saturating_sub(seconds(ACCESS_TOKEN_LIFETIME) + 60);
        let mut work = self.ports.store.begin(Scope::System, Mode::Read).await?;
        // The position first: what is committed while the tables are read
        // comes again through the feed.
        let cursor = work.changes().cursor().await?;
        let revocations = work.tokens().live_revocations(expired_after).await?;
        let markers = work.tokens().not_before_markers(ended_after).await?;
        work.commit().await?;
        self.view.load(&revocations, &markers);
        Ok(cursor)
    }
}

#[async_trait]
impl ChangeSubscriber for Replica {
    async fn subscribed(&self) -> Result<(), StoreError> {
        self.catch_up().await
    }

    fn received(&self, changes: &[Change]) {
        self.ports.changes.apply(changes);
    }

    fn confirmed(&self, sent_at: Instant) {
        self.freshness.confirm(sent_at);
    }

    fn lost(&self) {
        self.freshness.lose();
    }
}
