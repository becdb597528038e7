//! Names of the method `did:web`.

use crate::id::AgentId;
use crate::token::Issuer;
use crate::validation::Invalid;

/// Builds identifiers for one installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DidNaming {
    /// Host as it stands in identifiers: a port after `%3A`.
    host: String,
    base_url: String,
}

impl DidNaming {
    /// Identifiers below `domain` (`host` or `host:port`), by default the host
    /// of the issuer URL, which is also the base of all service endpoints.
    ///
    /// # Errors
    ///
    /// When there is no host.
    pub fn new(issuer: &Issuer, domain: Option<&str>) -> Result<Self, Invalid> {
        let host = match domain {
            Some(domain) => domain.to_owned(),
            None => authority(issuer.as_str())?,
        };
        Ok(Self {
            host: encoded(&host)?,
            base_url: issuer.as_str().to_owned(),
        })
    }

    /// The identifier of the installation.
    #[must_use]
    pub fn instance(&self) -> String {
        format!("did:web:{}", self.host)
    }

    /// The identifier of a new agent.
    #[must_use]
    pub fn agent(&self, id: AgentId) -> String {
        format!("did:web:{}:agents:{id}", self.host)
    }

    /// The public base URL, without trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

fn authority(url: &str) -> Result<String, Invalid> {
    let invalid = || Invalid::new("Must be a URL with a host.");
    let url = url::Url::parse(url).map_err(|_| invalid())?;
    let host = url.host_str().ok_or_else(invalid)?;
    Ok(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// `host` or `host:port` in the form of did:web. An IPv6 address has no such
/// form, since its colons would separate path segments.
fn encoded(domain: &str) -> Result<String, Invalid> {
    let invalid = || Invalid::new("Must be a host name, with a port if need be.");
    let (host, port) = match domain.replace("%3A", ":").split_once(':') {
        Some((host, port)) => (host.to_owned(), Some(port.to_owned())),
        None => (domain.to_owned(), None),
    };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if host.is_empty() || !host.chars().all(word) {
        return Err(invalid());
    }
    match port {
        None => Ok(host),
        Some(port) => {
            let port: u16 = port.parse().map_err(|_| invalid())?;
            Ok(format!("{host}%3A{port}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(issuer: &str, domain: Option<&str>) -> String {
        DidNaming::new(&Issuer::new(issuer), domain)
            .unwrap()
            .instance()
    }

    #[test]
    fn the_host_comes_from_the_issuer_and_ports_are_encoded() {
        assert_eq!(naming("https://idp.example", None), "did:web:idp.example");
        assert_eq!(
            naming("http://localhost:3000/", None),
            "did:web:localhost%3A3000"
        );
        assert_eq!(
            naming("http://localhost:3000", Some("id.example:8443")),
            "did:web:id.example%3A8443"
        );
        assert_eq!(
            naming("http://localhost:3000", Some("id.example%3A8443")),
            "did:web:id.example%3A8443"
        );
    }

    #[test]
    fn agents_are_named_below_the_host() {
        let naming = DidNaming::new(&Issuer::new("https://idp.example/"), None).unwrap();
        let id = "11111111-1111-4111-8111-111111111111".parse().unwrap();
        assert_eq!(
            naming.agent(id),
            "did:web:idp.example:agents:11111111-1111-4111-8111-111111111111"
        );
        assert_eq!(naming.base_url(), "https://idp.example");
    }

    #[test]
    fn what_cannot_be_named_is_refused() {
        let issuer = Issuer::new("https://idp.example");
        for domain in ["", "a/b", "a:b", "[::1]:80", "a b", "a:70000"] {
            assert!(DidNaming::new(&issuer, Some(domain)).is_err(), "{domain}");
        }
        assert!(DidNaming::new(&Issuer::new("https://[::1]"), None).is_err());
    }
}
