//! OAuth 2.0 forms and HTTP Basic.

use actix_web::http::header::HeaderValue;
use actix_web::test::TestRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use crate::api::Api;
use crate::{Broken, Property, Seen, Verdict, first_line, holds, member};

/// A token is issued, shown or revoked only for the client whose id and secret
/// another reading of the request finds too, each there once; what is shown is the
/// token that was asked about.
///
/// Input: a line `token`, `introspect` or `revoke`, a line with the credentials
/// of HTTP Basic as `id:secret`, or with another `Authorization`, or empty, and the
/// form. `{id}`, `{secret}` and `{token}` stand for the client's own.
pub struct TokenForms {
    api: Api,
}

impl Property for TokenForms {
    const NAME: &'static str = "token_forms";

    fn new() -> Result<Self, Broken> {
        Ok(Self { api: Api::start()? })
    }

    fn check(&self, input: &[u8]) -> Verdict {
        let Ok(text) = std::str::from_utf8(input) else {
            return Ok(Seen::Refused);
        };
        let (endpoint, rest) = first_line(text);
        let (credentials, form) = first_line(rest);
        let path = match endpoint {
            "token" => "/api/v1/token",
            "introspect" => "/oauth2/introspect",
            "revoke" => "/api/v1/token/revoke",
            _ => return Ok(Seen::Refused),
        };
        let token = self.api.fresh_token()?;
        let sent = Sent {
            credentials: self.api.filled(credentials, &token),
            form: self.api.filled(form, &token),
        };
        let Some(request) = sent.request(path) else {
            return Ok(Seen::Refused);
        };
        let answer = self.api.send(request)?;
        if answer.status != 200 {
            return Ok(Seen::Refused);
        }
        self.is_client(&sent, &token)?;
        match endpoint {
            "token" => holds(
                sent.only("grant_type").as_deref() == Some("client_credentials"),
                || "another grant".to_owned(),
            )?,
            "introspect" if *member(&answer.body, "active") == true => holds(
                sent.only("token").as_deref() == Some(token.as_str()),
                || "another token".to_owned(),
            )?,
            _ => {}
        }
        Ok(Seen::Taken)
    }
}

impl TokenForms {
    fn is_client(&self, sent: &Sent, token: &str) -> Result<(), Broken> {
        let own = (self.api.id.clone(), self.api.secret.clone());
        let bearer = sent.credentials.trim().strip_prefix("Bearer ");
        let genuine = match sent.basic() {
            Some(basic) => basic == own,
            None if bearer.map(str::trim) == Some(token) => true,
            None => sent.only("client_id").zip(sent.only("client_secret")) == Some(own),
        };
        holds(genuine, || "somebody else".to_owned())
    }
}

/// What a request carries.
struct Sent {
    credentials: String,
    form: String,
}

impl Sent {
    /// The request; `None` when HTTP does not let the header through.
    fn request(&self, path: &str) -> Option<TestRequest> {
        let mut request = TestRequest::post()
            .uri(path)
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(self.form.clone());
        if !self.credentials.is_empty() {
            let header = if self.basic().is_some() {
                format!("Basic {}", STANDARD.encode(&self.credentials))
            } else {
                self.credentials.clone()
            };
            let header = HeaderValue::from_bytes(header.as_bytes()).ok()?;
            request = request.insert_header(("authorization", header));
        }
        Some(request)
    }

    /// Both parts of HTTP Basic (RFC 6749 §2.3.1).
    fn basic(&self) -> Option<(String, String)> {
        let (id, secret) = self.credentials.split_once(':')?;
        Some((form_decoded(id), form_decoded(secret)))
    }

    /// The value of a parameter that is there once.
    fn only(&self, name: &str) -> Option<String> {
        let mut values = form_urlencoded::parse(self.form.as_bytes())
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned());
        values.next().filter(|_| values.next().is_none())
    }
}

fn form_decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}
