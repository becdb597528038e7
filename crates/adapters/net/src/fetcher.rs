//! The port to documents on other hosts, over HTTP.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::outbound::{
    ChosenBy, DOCUMENT_LIMIT, DocumentFetcher, FetchError, OutboundUrl,
};
use async_trait::async_trait;
use reqwest::header::LOCATION;
use reqwest::{Method, Response, StatusCode};
use tokio::time::timeout;
use url::Url;

use crate::client::{GuardedClient, SetupError};
use crate::failure::failure;
use crate::lookup::{Lookup, SystemLookup};
use crate::reach::Reach;

/// Redirects of one request that are followed at most.
const REDIRECTS: u32 = 3;

const DEADLINE: Duration = Duration::from_secs(5);

/// Settings of a [`GuardedFetcher`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetcherSettings {
    /// Admits any address for strangers too; for development.
    pub allow_private: bool,
    /// Time for everything together: name resolution, connection, TLS,
    /// redirects and transfer.
    pub deadline: Duration,
}

impl Default for FetcherSettings {
    /// Public addresses only, five seconds.
    fn default() -> Self {
        Self {
            allow_private: false,
            deadline: DEADLINE,
        }
    }
}

/// Gets documents; for strangers from public addresses only.
pub struct GuardedFetcher {
    operator: GuardedClient,
    stranger: GuardedClient,
    deadline: Duration,
}

impl GuardedFetcher {
    /// Finds the addresses of names with the resolver of the system.
    ///
    /// # Errors
    ///
    /// When the system has no certificates.
    pub fn new(settings: FetcherSettings) -> Result<Self, SetupError> {
        // One each: names of strangers must not take the turns of the operator's.
        Self::assemble(
            settings,
            Arc::new(SystemLookup::new()),
            Arc::new(SystemLookup::new()),
        )
    }

    /// Finds the addresses of names with `lookup`.
    ///
    /// # Errors
    ///
    /// When the system has no certificates.
    pub fn with_lookup(
        settings: FetcherSettings,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, SetupError> {
        Self::assemble(settings, Arc::clone(&lookup), lookup)
    }

    fn assemble(
        settings: FetcherSettings,
        of_operator: Arc<dyn Lookup>,
        of_strangers: Arc<dyn Lookup>,
    ) -> Result<Self, SetupError> {
        let reach = Reach::of_strangers(settings.allow_private);
        Ok(Self {
            operator: GuardedClient::new(Reach::Everywhere, of_operator)?,
            stranger: GuardedClient::new(reach, of_strangers)?,
            deadline: settings.deadline,
        })
    }
}

impl fmt::Debug for GuardedFetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedFetcher")
            .field("stranger", &self.stranger)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl DocumentFetcher for GuardedFetcher {
    async fn get(&self, url: &OutboundUrl) -> Result<Vec<u8>, FetchError> {
        let client = match url.chosen_by() {
            ChosenBy::Operator => &self.operator,
            ChosenBy::Stranger => &self.stranger,
        };
        timeout(self.deadline, fetch(client, url.url()))
            .await
            .unwrap_or(Err(FetchError::Timeout))
    }
}

async fn fetch(client: &GuardedClient, url: &Url) -> Result<Vec<u8>, FetchError> {
    let mut url = url.clone();
    let mut redirects = 0;
    loop {
        let response = client
            .request(Method::GET, url.clone())
            .map_err(|_| FetchError::ForbiddenAddress)?
            .send()
            .await
            .map_err(failure)?;
        if response.status() == StatusCode::OK {
            return read(response).await;
        }
        match same_origin_target(&url, &response) {
            Some(target) if redirects < REDIRECTS => url = target,
            _ => return Err(FetchError::Status(response.status().as_u16())),
        }
        redirects += 1;
    }
}

/// Where a redirect leads that stays on scheme, host and port.
fn same_origin_target(url: &Url, response: &Response) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let target = url.join(location).ok()?;
    let bare = target.username().is_empty() && target.password().is_none();
    (bare && target.origin() == url.origin()).then_some(target)
}

/// The body, if it is no larger than a document may be.
pub(crate) async fn read(mut response: Response) -> Result<Vec<u8>, FetchError> {
    let limit = u64::try_from(DOCUMENT_LIMIT).unwrap_or(u64::MAX);
    if response
        .content_length()
        .is_some_and(|length| length > limit)
    {
        return Err(FetchError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if chunk.len() > DOCUMENT_LIMIT - body.len() {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
