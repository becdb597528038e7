//! The port to documents on other hosts, and the addresses it may be asked
//! for.

mod address;

pub use address::is_public;

use std::fmt;

use async_trait::async_trait;
use url::{Host, Url};

use crate::validation::Invalid;

/// Largest document that is read, in bytes.
pub const DOCUMENT_LIMIT: usize = 1024 * 1024;

/// Who chose an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChosenBy {
    /// The operator, in the configuration: any address will do.
    Operator,
    /// Somebody else: private and special addresses are refused
    /// (server-side request forgery).
    Stranger,
}

/// An absolute URL that the server may ask for something: `https`, or `http`
/// where that is allowed; without user, password and fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboundUrl {
    url: Url,
    text: String,
    chosen_by: ChosenBy,
}

impl OutboundUrl {
    /// Reads a URL; `http` only with `allow_http`.
    ///
    /// # Errors
    ///
    /// When it is no such URL.
    pub fn parse(text: &str, chosen_by: ChosenBy, allow_http: bool) -> Result<Self, Invalid> {
        let invalid = || {
            Invalid::new(if allow_http {
                "Must be a valid HTTP or HTTPS URL."
            } else {
                "Must be a valid HTTPS URL."
            })
        };
        if text.len() > 2048 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(invalid());
        }
        let url = Url::parse(text).map_err(|_| invalid())?;
        let scheme = url.scheme() == "https" || (allow_http && url.scheme() == "http");
        let bare =
            url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if !(scheme && bare && url.host().is_some_and(|host| is_whole(&host))) {
            return Err(invalid());
        }
        Ok(Self {
            url,
            text: text.to_owned(),
            chosen_by,
        })
    }

    /// The URL as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URL as it is asked for; numeric notations of addresses are
    /// normalized.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> Option<Host<&str>> {
        self.url.host()
    }

    /// Who chose it.
    #[must_use]
    pub fn chosen_by(&self) -> ChosenBy {
        self.chosen_by
    }
}

/// An address, or a name without an empty label. The dot of the root may end it.
fn is_whole(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name.split('.').all(|label| !label.is_empty())
        }
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    }
}

impl fmt::Debug for OutboundUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OutboundUrl").field(&self.text).finish()
    }
}

/// Why a document could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The host has an address that may not be asked.
    #[error("the address of the host is not allowed")]
    ForbiddenAddress,
    /// Name resolution, connection, TLS or transfer failed.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// The time was over.
    #[error("timed out")]
    Timeout,
    /// The answer was no success.
    #[error("status {0}")]
    Status(u16),
    /// The document is larger than [`DOCUMENT_LIMIT`].
    #[error("larger than {DOCUMENT_LIMIT} bytes")]
    TooLarge,
}

/// Gets documents from other hosts.
#[async_trait]
pub trait DocumentFetcher: Send + Sync {
    /// The body of a successful `GET`.
    ///
    /// For an address that a stranger chose, every address of the host is
    /// checked after name resolution and the connection goes to one of those
    /// that were checked. Redirects are followed on the same origin only. Five
    /// seconds are the limit for everything together.
    ///
    /// # Errors
    ///
    /// [`FetchError`].
    async fn get(&self, url: &OutboundUrl) -> Result<Vec<u8>, FetchError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_https_urls_are_taken() {
        for good in ["https://idp.example/jwks", "https://idp.example:8443/a?b=c"] {
            let url = OutboundUrl::parse(good, ChosenBy::Stranger, false).unwrap();
            assert_eq!(url.as_str(), good);
        }
        for bad in [
            "",
            "idp.example",
            "/jwks",
            "http://idp.example/jwks",
            "ftp://idp.example/jwks",
            "https://",
            "https://user@idp.example/",
            "https://user:secret@idp.example/",
            "https://idp.example/#keys",
            "https://idp.example/a b",
            "https://idp.example/\n",
            "https://.idp.example/",
            "https://idp..example/",
            "https://./",
        ] {
            assert!(
                OutboundUrl::parse(bad, ChosenBy::Stranger, false).is_err(),
                "{bad}"
            );
        }
        let http = "http://idp.example/jwks";
        assert!(OutboundUrl::parse(http, ChosenBy::Stranger, true).is_ok());
    }

    #[test]
    fn numeric_notations_of_an_address_become_the_address() {
        for text in [
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://0x7f.1/",
        ] {
            let url = OutboundUrl::parse(text, ChosenBy::Stranger, false).unwrap();
            assert_eq!(
                url.host(),
                Some(Host::Ipv4([127, 0, 0, 1].into())),
                "{text}"
            );
        }
    }
}
