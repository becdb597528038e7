//! The port to receivers.

use async_trait::async_trait;

use crate::outbound::{FetchError, OutboundUrl};

/// One attempt.
#[derive(Clone, Debug)]
pub struct WebhookRequest {
    /// Header `X-SentryAgent-Signature`.
    pub signature: String,
    /// Header `X-SentryAgent-Event`.
    pub event: &'static str,
    /// Header `X-SentryAgent-Delivery`.
    pub delivery: String,
    /// The body, JSON; exactly these bytes are signed.
    pub body: Vec<u8>,
}

/// Sends to receivers.
#[async_trait]
pub trait WebhookSender: Send + Sync {
    /// `POST`s a request and returns the status of the answer, of whatever
    /// kind. Every address of the host is checked after name resolution and the
    /// connection goes to one of those that were checked. Redirects are not
    /// followed. Ten seconds are the limit for everything together.
    ///
    /// # Errors
    ///
    /// [`FetchError`] when there was no answer.
    async fn post(&self, url: &OutboundUrl, request: WebhookRequest) -> Result<u16, FetchError>;
}
