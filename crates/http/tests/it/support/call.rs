//! A request in the making.

use std::net::SocketAddr;

use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::test::TestRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{Answer, Api};

/// Where requests come from unless a test says otherwise.
pub const PEER: &str = "203.0.113.7";

/// A request; `send` sends it.
#[must_use]
pub struct Call<'a> {
    api: &'a Api,
    request: TestRequest,
}

impl<'a> Call<'a> {
    pub fn new(api: &'a Api, method: Method, path: &str) -> Self {
        let request = TestRequest::with_uri(path).method(method);
        Self { api, request }.from(PEER)
    }

    pub fn from(mut self, ip: &str) -> Self {
        let peer = SocketAddr::new(ip.parse().unwrap(), 40_000);
        self.request = self.request.peer_addr(peer);
        self
    }

    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = actix_web::http::header::HeaderValue::from_bytes(value.as_ref()).unwrap();
        self.request = self.request.append_header((name, value));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub fn basic(self, id: &str, secret: &str) -> Self {
        let value = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
        self.header("authorization", format!("Basic {value}"))
    }

    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    pub fn form(self, parameters: &[(&str, &str)]) -> Self {
        let pairs: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        self.raw("application/x-www-form-urlencoded", pairs.join("&"))
    }

    pub fn raw(self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.header("content-type", media_type).bytes(body)
    }

    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.request = self.request.set_payload(body.into());
        self
    }

    pub async fn send(self) -> Answer {
        let answer = self.api.answer(self.request).await;
        assert_hardened(&answer.headers);
        answer
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// What every answer of the product carries, whatever it is.
#[track_caller]
fn assert_hardened(headers: &HeaderMap) {
    let expected = [
        (
            "strict-transport-security",
            "max-age=15552000; includeSubDomains",
        ),
        (
            "content-security-policy",
            "default-src 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'self'; \
             script-src 'self'; style-src 'self'; img-src 'self' data:",
        ),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "SAMEORIGIN"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-dns-prefetch-control", "off"),
        ("x-permitted-cross-domain-policies", "none"),
        ("x-xss-protection", "0"),
    ];
    for (name, value) in expected {
        let sent: Vec<_> = headers.get_all(name).collect();
        assert_eq!(sent, [value], "{name}");
    }
    assert!(headers.get("server").is_none() && headers.get("x-powered-by").is_none());
    assert_eq!(headers.get_all("x-request-id").count(), 1);
}
