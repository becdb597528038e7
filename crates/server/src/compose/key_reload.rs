//! Follows changes of the signing keys made by other replicas and commands.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::change::{Change, ChangeListener};
use agentidp_domain::token::KeyService;
use tokio::sync::Notify;

/// Wait between two attempts to load the ring.
const RETRY: Duration = Duration::from_secs(1);

/// Remembers that the ring changed; several changes count as one.
#[derive(Default)]
pub(crate) struct KeyReload {
    changed: Notify,
}

impl KeyReload {
    /// Loads the ring after each change. Never ends.
    pub(crate) async fn run(self: Arc<Self>, keys: KeyService) {
        loop {
            self.changed.notified().await;
            while let Err(error) = keys.reload().await {
                tracing::error!(%error, "the changed ring of signing keys cannot be loaded");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

impl ChangeListener for KeyReload {
    fn changed(&self, change: &Change) {
        if *change == Change::SigningKeysChanged {
            self.changed.notify_one();
        }
    }
}
