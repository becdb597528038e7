//! What the use cases of webhooks can fail with.

use crate::error::StoreError;

/// Failure of a use case of webhooks.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// No such subscription in the caller's organization.
    #[error("subscription not found")]
    NotFound,
    /// The organization has as many subscriptions as it may.
    #[error("the organization has {limit} subscriptions already")]
    LimitReached {
        /// The limit.
        limit: i64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

crate::error::store_failure!(WebhookError);
