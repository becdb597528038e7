//! The connection to a server.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::vault::VaultError;
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;
use url::Url;
use vaultrs::api::EndpointMiddleware;
use vaultrs::client::{VaultClient, VaultClientSettings};

use crate::fault::{Fault, cause};

/// Longest time of a call, connecting and a second attempt included.
const CALL_LIMIT: Duration = Duration::from_secs(5);

/// Longest time of connecting, so that a second attempt fits into a call.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// Version of the API, first segment of every path.
pub(crate) const API: &str = "v1";

/// Which server, and as whom.
#[derive(Clone, Debug)]
pub struct VaultSettings {
    /// The server: `http` or `https`, without a path.
    pub address: Url,
    /// The token; visible ASCII characters.
    pub token: SecretString,
}

/// A Vault server. Cheap to clone; belongs to the async runtime it is first
/// used on.
///
/// It follows no redirect, since the token would go with it, uses no proxy of
/// the environment, and trusts the certificates of the system.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    client: VaultClient,
    token: SecretString,
    /// Without trailing slash.
    base: String,
}

impl Vault {
    /// A client; connects when it is first used.
    ///
    /// # Errors
    ///
    /// When the system has no certificates.
    pub fn new(settings: &VaultSettings) -> Result<Self, VaultError> {
        let base = settings.address.as_str().trim_end_matches('/').to_owned();
        let http = http_client(&settings.address)?;
        let token = settings.token.expose_secret().to_owned();
        let client = VaultClient {
            http: rustify::clients::reqwest::Client::new(&base, http),
            middle: EndpointMiddleware {
                token,
                version: API.to_owned(),
                wrap: None,
                namespace: None,
            },
            // Spelled out: whatever is left to the crate comes from the
            // environment. Only a new client would be built from it.
            settings: VaultClientSettings {
                address: settings.address.clone(),
                ca_certs: Vec::new(),
                identity: None,
                timeout: Some(CALL_LIMIT),
                token: String::new(),
                verify: true,
                version: 1,
                wrapping: false,
                namespace: None,
                proxy: None,
            },
        };
        Ok(Self {
            inner: Arc::new(Inner {
                client,
                token: settings.token.clone(),
                base,
            }),
        })
    }

    pub(crate) fn client(&self) -> &VaultClient {
        &self.inner.client
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.inner.client.http.http
    }

    pub(crate) fn base(&self) -> &str {
        &self.inner.base
    }

    pub(crate) fn token(&self) -> &SecretString {
        &self.inner.token
    }

    /// Makes a call, once.
    pub(crate) async fn once<T, E: Into<Fault>>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Fault> {
        bounded(async { call.await.map_err(Into::into) }).await
    }

    /// Makes a call that changes nothing; once more if the connection failed.
    pub(crate) async fn again<T, E, C, F>(&self, call: C) -> Result<T, Fault>
    where
        E: Into<Fault>,
        C: Fn() -> F,
        F: Future<Output = Result<T, E>>,
    {
        bounded(async {
            match call().await.map_err(Into::into) {
                Err(Fault::Lost(_)) => call().await.map_err(Into::into),
                result => result,
            }
        })
        .await
    }
}

/// Bounds a call, and keeps what happens in it out of the log: the crates
/// below log paths, and an ordinary "not there" as an error.
async fn bounded<T>(call: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let call = call.with_subscriber(Dispatch::none());
    match tokio::time::timeout(CALL_LIMIT, call).await {
        Ok(result) => result,
        Err(_) => {
            let text = format!("no answer within {} s", CALL_LIMIT.as_secs());
            Err(Fault::Vault(VaultError::Unavailable(text)))
        }
    }
}

fn http_client(address: &Url) -> Result<reqwest::Client, VaultError> {
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_LIMIT)
        .timeout(CALL_LIMIT)
        .tls_backend_rustls();
    if address.scheme() == "http" {
        // Otherwise a system without certificates would be an error.
        builder = builder.tls_certs_only(Vec::new());
    }
    builder.build().map_err(|error| {
        VaultError::Failed(format!(
            "the HTTP client cannot be set up: {}",
            cause(&error)
        ))
    })
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}
