//! The port to webhook receivers, over HTTP.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::outbound::{FetchError, OutboundUrl};
use agentidp_domain::webhook::{WebhookRequest, WebhookSender};
use async_trait::async_trait;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Response};
use tokio::time::timeout;

use crate::client::{GuardedClient, SetupError};
use crate::failure::failure;
use crate::lookup::{Lookup, SystemLookup};
use crate::reach::Reach;

/// Bytes of an answer that are read at most; nothing is kept of them.
const ANSWER_LIMIT: usize = 64 * 1024;

/// Time for everything together.
const DEADLINE: Duration = Duration::from_secs(10);

/// Sends to receivers at public addresses, follows no redirect.
pub struct HttpWebhookSender {
    client: GuardedClient,
    deadline: Duration,
}

impl HttpWebhookSender {
    /// A sender that finds the addresses of names with the resolver of the
    /// system; with `allow_private` it reaches any address, for development.
    ///
    /// # Errors
    ///
    /// When the system has no certificates.
    pub fn new(allow_private: bool) -> Result<Self, SetupError> {
        Self::with_lookup(allow_private, Arc::new(SystemLookup::new()), DEADLINE)
    }

    /// A sender that finds the addresses of names with `lookup` and gives up
    /// after `deadline`.
    ///
    /// # Errors
    ///
    /// When the system has no certificates.
    pub fn with_lookup(
        allow_private: bool,
        lookup: Arc<dyn Lookup>,
        deadline: Duration,
    ) -> Result<Self, SetupError> {
        let reach = Reach::of_strangers(allow_private);
        Ok(Self {
            client: GuardedClient::new(reach, lookup)?,
            deadline,
        })
    }

    async fn send(&self, url: &OutboundUrl, request: WebhookRequest) -> Result<u16, FetchError> {
        let response = self
            .client
            .request(Method::POST, url.url().clone())
            .map_err(|_| FetchError::ForbiddenAddress)?
            .header(CONTENT_TYPE, "application/json")
            .header("X-SentryAgent-Signature", request.signature)
            .header("X-SentryAgent-Event", request.event)
            .header("X-SentryAgent-Delivery", request.delivery)
            .body(request.body)
            .send()
            .await
            .map_err(failure)?;
        let status = response.status().as_u16();
        read_away(response).await;
        Ok(status)
    }
}

impl fmt::Debug for HttpWebhookSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpWebhookSender")
            .field("client", &self.client)
            .field("deadline", &self.deadline)
            .finish()
    }
}

#[async_trait]
impl WebhookSender for HttpWebhookSender {
    async fn post(&self, url: &OutboundUrl, request: WebhookRequest) -> Result<u16, FetchError> {
        timeout(self.deadline, self.send(url, request))
            .await
            .unwrap_or(Err(FetchError::Timeout))
    }
}

/// Lets a receiver finish its answer, as far as that is short. The status has
/// arrived: what goes wrong now does not matter.
async fn read_away(mut response: Response) {
    let mut read = 0_usize;
    while read < ANSWER_LIMIT {
        match response.chunk().await {
            Ok(Some(chunk)) => read = read.saturating_add(chunk.len()),
            Ok(None) | Err(_) => break,
        }
    }
}
