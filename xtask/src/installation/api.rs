//! The few requests that prepare and check a scenario.

use std::time::Duration;

use serde_json::Value;

use crate::failure::{Failure, Result};

/// Longer than any request takes, the verification of a large log included.
const TIMEOUT: Duration = Duration::from_secs(90);
/// Where the dashboard signs in.
const SIGN_IN: &str = "/dashboard/login";
/// Name of the cookie of a session.
const SESSION: &str = "agentidp_session";

/// Client id and secret.
#[derive(Clone)]
pub struct Client {
    /// `client_id`, at once the id of the agent.
    pub id: String,
    /// `client_secret`.
    pub secret: String,
}

impl Client {
    /// From an answer with `clientId` and `clientSecret`.
    pub fn from_json(json: &Value) -> Result<Self> {
        Ok(Self {
            id: member(json, "clientId")?,
            secret: member(json, "clientSecret")?,
        })
    }
}

/// A server, over connections that stay open.
#[derive(Clone)]
pub struct Api {
    agent: ureq::Agent,
    base: String,
}

/// What the server said.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body; null when it is not JSON.
    pub body: Value,
}

type Reply = std::result::Result<ureq::http::Response<ureq::Body>, ureq::Error>;

impl Api {
    /// The server at `base`, an address without a trailing slash.
    pub fn new(base: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build();
        Self {
            agent: config.new_agent(),
            base: base.to_owned(),
        }
    }

    /// A GET.
    pub fn get(&self, path: &str, token: &str) -> Result<Answer> {
        let request = self.agent.get(self.url(path));
        Answer::read(path, request.header("authorization", bearer(token)).call())
    }

    /// A POST of JSON.
    pub fn post(&self, path: &str, token: &str, body: &Value) -> Result<Answer> {
        let request = self.agent.post(self.url(path));
        let request = request
            .header("authorization", bearer(token))
            .header("content-type", "application/json");
        Answer::read(path, request.send(body.to_string()))
    }

    /// A POST of a form.
    pub fn form(&self, path: &str, token: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let request = self.agent.post(self.url(path));
        let request = request.header("authorization", bearer(token));
        Answer::read(path, request.send_form(fields.iter().copied()))
    }

    /// An access token with these scopes.
    pub fn token(&self, client: &Client, scopes: &str) -> Result<String> {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", client.id.as_str()),
            ("client_secret", client.secret.as_str()),
            ("scope", scopes),
        ];
        let request = self.agent.post(self.url("/oauth2/token"));
        let answer = Answer::read("/oauth2/token", request.send_form(fields))?;
        member(&answer.expect(200)?, "access_token")
    }

    /// Signs in to the dashboard; returns the cookie of the session as a browser
    /// sends it, `name=value`.
    pub fn sign_in(&self, client: &Client) -> Result<String> {
        let fields = [
            ("clientId", client.id.as_str()),
            ("clientSecret", client.secret.as_str()),
        ];
        // The cookie comes with the answer that leads to the first page.
        let request = self.agent.post(self.url(SIGN_IN)).config();
        let request = request.max_redirects(0).build();
        let reply = request.send_form(fields);
        let answer = reply.map_err(Failure::because(format!("no answer from {SIGN_IN}")))?;
        let lines = answer.headers().get_all("set-cookie").iter();
        session(lines.filter_map(|line| line.to_str().ok())).ok_or_else(|| {
            let status = answer.status().as_u16();
            Failure::new(format!("{SIGN_IN} began no session (status {status})"))
        })
    }

    /// Whether a GET of `path` gives 200.
    pub fn is_ready(&self, path: &str) -> bool {
        let reply = self.agent.get(self.url(path)).call();
        reply.is_ok_and(|answer| answer.status().as_u16() == 200)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

impl Answer {
    fn read(path: &str, reply: Reply) -> Result<Self> {
        let failed = format!("no answer from {path}");
        let mut answer = reply.map_err(Failure::because(&failed))?;
        let text = answer.body_mut().read_to_string();
        let text = text.map_err(Failure::because(&failed))?;
        Ok(Self {
            status: answer.status().as_u16(),
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        })
    }

    /// The body of an answer that must have this status.
    pub fn expect(self, status: u16) -> Result<Value> {
        if self.status == status {
            return Ok(self.body);
        }
        Err(Failure::new(format!(
            "the server answered {} instead of {status}: {}",
            self.status, self.body
        )))
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// The cookie of a session among values of `Set-Cookie` (RFC 6265, section
/// 4.1.1), without its attributes.
fn session<'a>(mut lines: impl Iterator<Item = &'a str>) -> Option<String> {
    lines.find_map(|line| {
        let pair = line.split(';').next()?.trim();
        let (name, value) = pair.split_once('=')?;
        (name == SESSION && !value.is_empty()).then(|| pair.to_owned())
    })
}

/// A text member of a JSON object.
pub fn member(json: &Value, name: &str) -> Result<String> {
    let text = json.get(name).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| Failure::new(format!("the answer of the server has no `{name}`")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn clients_are_read_and_missing_members_named() {
        let client = Client::from_json(&json!({"clientId": "a", "clientSecret": "b"})).unwrap();
        assert_eq!((client.id.as_str(), client.secret.as_str()), ("a", "b"));
        let incomplete = Client::from_json(&json!({"clientId": "a"}));
        let error = incomplete.err().unwrap();
        assert!(error.to_string().contains("clientSecret"), "{error}");
    }

    #[test]
    fn the_cookie_of_a_session_is_told_from_others_and_from_its_end() {
        let found = |lines: &[&str]| session(lines.iter().copied());
        let other = "theme=dark; Path=/";
        let begun = "agentidp_session=a-_b; HttpOnly; SameSite=Strict; Path=/";
        assert_eq!(
            found(&[other, begun]).as_deref(),
            Some("agentidp_session=a-_b")
        );
        let ended = "agentidp_session=; Max-Age=0; HttpOnly; SameSite=Strict; Path=/";
        let none: [&[&str]; 4] = [&[], &[other], &[ended], &["agentidp_session"]];
        for lines in none {
            assert_eq!(found(lines), None, "{lines:?}");
        }
    }

    #[test]
    fn an_unexpected_status_tells_the_answer() {
        let answer = Answer {
            status: 503,
            body: json!({"code": "SERVICE_UNAVAILABLE"}),
        };
        let error = answer.expect(200).unwrap_err().to_string();
        assert!(error.contains("503") && error.contains("SERVICE_UNAVAILABLE"));
    }
}
