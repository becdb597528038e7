//! The SDK in the hands of a command, and its errors as texts.

use std::future::Future;
use std::time::Duration;

use sentryagent_idp::{AgentIdPClient, AgentIdPError, SecretString};

use crate::config::{self, Settings};
use crate::failure::{Failure, Outcome};
use crate::text;

/// A token is used while it has more time left than this.
const TOKEN_RESERVE: Duration = Duration::from_secs(30);

/// What stands before status and body of a refusal by the API.
const API_ERROR: &str = "API error";

/// Codes of the API for faults of the server; it has no others with 5xx for the
/// calls of this tool.
const OWN_FAULTS: [&str; 2] = ["INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"];

/// A call that did not succeed.
#[derive(Debug)]
pub(crate) struct Failed {
    /// What stands before status and body of a refusal.
    what: &'static str,
    error: AgentIdPError,
}

impl Failed {
    /// For how long the server wants to be left alone.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match &self.error {
            AgentIdPError::RateLimited { retry_after, .. } => retry_after.map(Duration::from_secs),
            _ => None,
        }
    }
}

/// A connection to the configured server.
#[derive(Debug)]
pub(crate) struct Session {
    client: AgentIdPClient,
    api_url: String,
}

impl Session {
    /// A connection as the configured agent, which asks for these scopes; for
    /// none, the server chooses.
    pub(crate) fn open(settings: &Settings, scopes: &[&str]) -> Outcome<Self> {
        let secret = settings.client_secret.clone();
        Self::open_as(settings, &settings.client_id, secret, scopes)
    }

    /// A connection as another agent.
    pub(crate) fn open_as(
        settings: &Settings,
        client_id: &str,
        secret: SecretString,
        scopes: &[&str],
    ) -> Outcome<Self> {
        config::refuse_user_information(&settings.api_url)?;
        let (base, path) = api_location(&settings.api_url);
        let client = AgentIdPClient::builder(base, client_id, secret)
            .api_path(path)
            .scopes(scopes)
            .token_reserve(TOKEN_RESERVE)
            .build();
        let api_url = settings.api_url.clone();
        match client {
            Ok(client) => Ok(Self { client, api_url }),
            Err(error) => Err(Failure::new(format!(
                "Cannot use the API URL '{api_url}': {error}. \
                 Run `sentryagent configure` to change it."
            ))),
        }
    }

    /// The SDK.
    pub(crate) fn client(&self) -> &AgentIdPClient {
        &self.client
    }

    /// Makes sure that there is a token, then makes a call.
    pub(crate) async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, AgentIdPError>>,
    ) -> Outcome<T> {
        let done = self.attempt(call).await;
        done.map_err(|failed| self.explain(&failed))
    }

    /// The same for those who go on after a failure.
    pub(crate) async fn attempt<T>(
        &self,
        call: impl Future<Output = Result<T, AgentIdPError>>,
    ) -> Result<T, Failed> {
        self.obtain_token().await?;
        let what = API_ERROR;
        call.await.map_err(|error| Failed { what, error })
    }

    /// The same for a call that must not be made twice: when its answer is lost,
    /// the user is told that, and with `doubt` how to find out what happened.
    pub(crate) async fn change<T>(
        &self,
        call: impl Future<Output = Result<T, AgentIdPError>>,
        doubt: &str,
    ) -> Outcome<T> {
        self.authenticate().await?;
        call.await.map_err(|error| match self.lost_answer(&error) {
            Some(told) => Failure::new(format!(
                "{told} The request may have been carried out all the same. {doubt}"
            )),
            None => self.failure(API_ERROR, &error),
        })
    }

    /// What is said of an answer that tells nothing of what became of a request
    /// that was sent; `None` when the API answered or nothing got away.
    fn lost_answer(&self, error: &AgentIdPError) -> Option<String> {
        let server = &self.api_url;
        match error {
            AgentIdPError::Transport {
                message,
                maybe_sent: true,
            }
            | AgentIdPError::Decoding { message } => {
                let cause = message.trim_end_matches('.');
                Some(format!("No usable answer came from {server}: {cause}."))
            }
            AgentIdPError::Api {
                status, code, body, ..
            } if is_of_proxy(*status, code) => Some(format!(
                "{}\nThis is no answer of AgentIdP at {server}, but of something in between.",
                refusal(API_ERROR, *status, body)
            )),
            _ => None,
        }
    }

    /// Makes sure that there is a token.
    pub(crate) async fn authenticate(&self) -> Outcome<()> {
        let obtained = self.obtain_token().await;
        obtained.map_err(|failed| self.explain(&failed))
    }

    async fn obtain_token(&self) -> Result<(), Failed> {
        let what = "Authentication failed";
        let token = self.client.token_manager().get_token().await;
        token.map(drop).map_err(|error| Failed { what, error })
    }

    /// What the user is told of a failure.
    pub(crate) fn explain(&self, failed: &Failed) -> Failure {
        self.failure(failed.what, &failed.error)
    }

    /// What the user is told of an error; `what` stands before status and body
    /// of a refusal.
    pub(crate) fn failure(&self, what: &str, error: &AgentIdPError) -> Failure {
        Failure::new(match (error, error.http_status()) {
            (_, Some(status)) => refusal(what, status, error.body().unwrap_or_default()),
            (AgentIdPError::Transport { message, .. }, None) => format!(
                "Cannot reach {}: {message}. Check that the server runs, and the API URL \
                 with `sentryagent configure`.",
                self.api_url
            ),
            (AgentIdPError::Decoding { message }, None) => {
                format!("{} does not answer like AgentIdP: {message}", self.api_url)
            }
            (error, None) => error.to_string(),
        })
    }
}

/// A refusal as the user is told of it.
fn refusal(what: &str, status: u16, body: &str) -> String {
    format!("{what} ({status}): {}", text::one_line(body))
}

/// Whether a proxy answered in place of the API, and so may have passed the
/// request on: 502 and 504 (RFC 9110, section 15.6) are never the API's own, and
/// its other faults have a code.
fn is_of_proxy(status: u16, code: &str) -> bool {
    matches!(status, 502 | 504) || (status >= 500 && !OWN_FAULTS.contains(&code))
}

/// Base URL of the server and path of its API: `/api/v1` unless the URL ends in
/// a version already.
fn api_location(api_url: &str) -> (&str, &'static str) {
    let url = api_url.trim().trim_end_matches('/');
    for path in ["/api/v1", "/v1"] {
        if let Some(base) = url.strip_suffix(path) {
            return (base, path);
        }
    }
    (url, "/api/v1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(api_url: &str) -> Settings {
        Settings {
            api_url: api_url.to_owned(),
            client_id: "id".to_owned(),
            client_secret: "secret".into(),
        }
    }

    #[test]
    fn a_version_is_added_unless_there_is_one() {
        for (url, base, path) in [
            ("http://h:3000", "http://h:3000", "/api/v1"),
            ("http://h:3000/", "http://h:3000", "/api/v1"),
            ("http://h/api/v1/", "http://h", "/api/v1"),
            ("http://h/idp/v1", "http://h/idp", "/v1"),
            ("http://h/idp/v2", "http://h/idp/v2", "/api/v1"),
        ] {
            assert_eq!(api_location(url), (base, path), "{url}");
        }
    }

    #[test]
    fn an_unusable_url_is_named_with_what_to_do() {
        let Err(Failure::Error(text)) = Session::open(&settings("localhost:3000"), &[]) else {
            panic!("accepted");
        };
        assert!(text.contains("'localhost:3000'"), "{text}");
        assert!(text.contains("`sentryagent configure`"), "{text}");
    }

    #[test]
    fn a_url_with_a_password_is_not_repeated() {
        let Err(Failure::Error(text)) = Session::open(&settings("http://u:hunter2@h"), &[]) else {
            panic!("accepted");
        };
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("`sentryagent configure`"), "{text}");
    }

    #[test]
    fn a_fault_that_has_no_code_of_the_api_is_one_of_a_proxy() {
        for (status, code) in [
            (500, "HTTP_ERROR"),
            (502, "HTTP_ERROR"),
            (502, "SERVICE_UNAVAILABLE"),
            (503, "HTTP_ERROR"),
            (503, "upstream connect error"),
            (504, "INTERNAL_SERVER_ERROR"),
            (524, "HTTP_ERROR"),
        ] {
            assert!(is_of_proxy(status, code), "{status} {code}");
        }
        for (status, code) in [
            (400, "HTTP_ERROR"),
            (409, "AGENT_ALREADY_EXISTS"),
            (413, "HTTP_ERROR"),
            (500, "INTERNAL_SERVER_ERROR"),
            (503, "SERVICE_UNAVAILABLE"),
        ] {
            assert!(!is_of_proxy(status, code), "{status} {code}");
        }
    }

    #[test]
    fn a_server_that_is_not_there_is_named_with_what_to_do() {
        let session = Session::open(&settings("http://h"), &["agents:read"]).unwrap();
        let error = AgentIdPError::Transport {
            message: "connection refused".to_owned(),
            maybe_sent: false,
        };
        assert_eq!(session.lost_answer(&error), None);
        let Failure::Error(text) = session.failure("API error", &error) else {
            panic!("without a prefix");
        };
        assert!(
            text.starts_with("Cannot reach http://h: connection refused."),
            "{text}"
        );
    }
}
