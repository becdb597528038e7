//! Listener, public URL, data directory.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use agentidp_domain::token::Issuer;
use ipnet::IpNet;
use url::Url;

use crate::config::reader::Reader;

/// The hosted service.
const HOSTED: &str = "https://api.sentryagent.ai";

/// What the installation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Environment {
    /// A developer's machine.
    Development,
    /// A test suite.
    Test,
    /// Real use.
    Production,
}

impl Environment {
    /// The values of `APP_ENV`.
    pub(crate) const WORDS: [(&str, Self); 3] = [
        ("development", Self::Development),
        ("test", Self::Test),
        ("production", Self::Production),
    ];

    /// Whether this is `production`.
    pub(crate) fn is_production(self) -> bool {
        self == Self::Production
    }
}

/// Settings of the server itself.
#[derive(Debug)]
pub(crate) struct ServerConfig {
    /// `APP_ENV`.
    pub(crate) environment: Environment,
    /// Address to listen on.
    pub(crate) host: String,
    /// Port to listen on; 0 lets the system choose.
    pub(crate) port: u16,
    /// Folder of everything the server keeps in files.
    pub(crate) data_dir: PathBuf,
    /// Configured public URL.
    issuer: Option<Issuer>,
    /// Origin of the server that starter projects speak to.
    pub(crate) api_url: String,
    /// Allowed browser origins; empty means any.
    pub(crate) cors_origins: Vec<String>,
    /// Peers whose forwarding headers are believed.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Whether plain HTTP is redirected.
    pub(crate) enforce_tls: bool,
}

impl ServerConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let environment = reader.choice("APP_ENV", &Environment::WORDS, Environment::Development);
        let production = environment.is_production();
        let issuer = issuer(reader);
        if production && !reader.is_set("OIDC_ISSUER") {
            reader.require("OIDC_ISSUER");
        }
        let host = if production { "0.0.0.0" } else { "127.0.0.1" };
        let networks = reader.list("TRUSTED_PROXIES", "networks such as 10.0.0.0/8");
        Self {
            environment,
            host: reader.text("HOST").unwrap_or(host).to_owned(),
            port: reader.number("PORT", 3000, 0..=65_535),
            data_dir: reader.text("AGENTIDP_DATA_DIR").unwrap_or("./data").into(),
            issuer,
            api_url: api_url(reader),
            cors_origins: origins(reader),
            trusted_proxies: networks
                .into_iter()
                .map(|Network(network)| network)
                .collect(),
            enforce_tls: reader.flag("ENFORCE_TLS", production),
        }
    }

    /// The public URL: `iss` of all tokens, base of all published URLs.
    pub(crate) fn issuer(&self) -> Issuer {
        match &self.issuer {
            Some(issuer) => issuer.clone(),
            None => Issuer::new(&self.local_url()),
        }
    }

    /// The URL of the listener as seen from this machine.
    pub(crate) fn local_url(&self) -> String {
        let host = match self.host.parse() {
            Ok(IpAddr::V6(ip)) if !ip.is_loopback() && !ip.is_unspecified() => format!("[{ip}]"),
            Ok(ip) if !ip.is_loopback() && !ip.is_unspecified() => ip.to_string(),
            Ok(_) => "localhost".to_owned(),
            Err(_) => self.host.clone(),
        };
        format!("http://{host}:{}", self.port)
    }
}

fn issuer(reader: &mut Reader<'_>) -> Option<Issuer> {
    let url = reader.url("OIDC_ISSUER", &["https", "http"])?;
    if url.query().is_some() || url.fragment().is_some() || has_user(&url) {
        reader.refuse(
            "OIDC_ISSUER",
            "expected a URL without user, query and fragment",
        );
    }
    // As written: a URL is normalized by parsing, an issuer is compared
    // character by character.
    reader.text("OIDC_ISSUER").map(Issuer::new)
}

/// The origin of the hosted service or of this one; SDKs add `/api/v1`
/// themselves.
fn api_url(reader: &mut Reader<'_>) -> String {
    let Some(url) = reader.url("API_URL", &["https", "http"]) else {
        return HOSTED.to_owned();
    };
    if url.query().is_some() || url.fragment().is_some() || has_user(&url) {
        let reason = "expected a URL without user, query and fragment";
        reader.refuse("API_URL", reason);
    }
    let text = url.as_str().trim_end_matches('/');
    text.strip_suffix("/api/v1").unwrap_or(text).to_owned()
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// A browser origin: scheme, host, port, nothing else.
fn origins(reader: &mut Reader<'_>) -> Vec<String> {
    let origins: Vec<String> = reader.list("CORS_ORIGIN", "origins");
    if origins.iter().any(|origin| origin == "*") {
        if origins.len() > 1 {
            reader.refuse("CORS_ORIGIN", "* cannot stand beside other origins");
        }
        return Vec::new();
    }
    let is_origin = |text: &String| {
        Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == *text)
    };
    if let Some(wrong) = origins.iter().find(|origin| !is_origin(origin)) {
        let text = format!("expected origins such as https://app.example.com, not {wrong:?}");
        reader.refuse("CORS_ORIGIN", text);
    }
    origins
}

/// A network, or a single address as a network of its own.
struct Network(IpNet);

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        text.parse()
            .or_else(|_| address())
            .map(Self)
            .map_err(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Variables};

    fn api_url<const N: usize>(entries: [(&str, &str); N]) -> Result<String, Vec<String>> {
        let config = Config::read(&Variables::from(entries));
        config
            .map(|config| config.server.api_url)
            .map_err(|error| error.0)
    }

    #[test]
    fn starter_projects_speak_to_the_hosted_service_or_the_configured_one() {
        assert_eq!(api_url([]).unwrap(), "https://api.sentryagent.ai");
        for (written, origin) in [
            ("http://localhost:3000", "http://localhost:3000"),
            ("https://idp.example/", "https://idp.example"),
            ("https://idp.example/api/v1", "https://idp.example"),
            ("https://example.com/idp/api/v1/", "https://example.com/idp"),
        ] {
            assert_eq!(api_url([("API_URL", written)]).unwrap(), origin);
            let alias = ("NEXT_PUBLIC_API_URL", written);
            assert_eq!(api_url([alias]).unwrap(), origin);
            let both = [alias, ("API_URL", "https://wins.example")];
            assert_eq!(api_url(both).unwrap(), "https://wins.example");
        }
    }

    #[test]
    fn their_server_is_a_plain_url() {
        for bad in [
            "idp.example",
            "ftp://idp.example",
            "https://a:b@c",
            "https://a/?b",
        ] {
            let problems = api_url([("API_URL", bad)]).unwrap_err();
            assert!(problems[0].starts_with("API_URL: expected"), "{problems:?}");
            assert!(!problems[0].contains("a:b"), "{problems:?}");
        }
    }
}
