//! The client that everything outbound is built upon.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use url::{Host, Url};

use crate::failure::cause;
use crate::lookup::Lookup;
use crate::reach::Reach;
use crate::resolver::{ForbiddenAddress, GuardedResolver};

const USER_AGENT: &str = "AgentIdP";

/// The client cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the HTTP client cannot be set up: {0}")]
pub struct SetupError(String);

/// An HTTP client that connects to admitted addresses only.
///
/// It follows no redirect, uses no proxy, keeps no cookie and decompresses
/// nothing. It keeps no connection either, so every request is judged anew. It
/// sets no time limit: that is for those who use it.
#[derive(Clone)]
pub struct GuardedClient {
    http: Client,
    reach: Reach,
}

impl GuardedClient {
    /// A client that reaches as far as `reach` says and finds the addresses of
    /// names with `lookup`. It trusts the certificates of the system.
    ///
    /// # Errors
    ///
    /// When the system has no certificates.
    pub fn new(reach: Reach, lookup: Arc<dyn Lookup>) -> Result<Self, SetupError> {
        let http = Client::builder()
            .user_agent(USER_AGENT)
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .pool_max_idle_per_host(0)
            .tls_backend_rustls()
            .dns_resolver(GuardedResolver::new(reach, lookup))
            .build()
            .map_err(|error| SetupError(cause(&error)))?;
        Ok(Self { http, reach })
    }

    /// Begins a request.
    ///
    /// # Errors
    ///
    /// The host is an IP address that is not admitted. Addresses of a name are
    /// judged when the request is sent.
    pub fn request(&self, method: Method, url: Url) -> Result<RequestBuilder, ForbiddenAddress> {
        // Hosts that are addresses are never resolved.
        let admitted = match url.host() {
            Some(Host::Ipv4(address)) => self.reach.admits(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => self.reach.admits(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => true,
        };
        if !admitted {
            return Err(ForbiddenAddress);
        }
        Ok(self.http.request(method, url))
    }
}

impl fmt::Debug for GuardedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedClient")
            .field("reach", &self.reach)
            .finish_non_exhaustive()
    }
}
