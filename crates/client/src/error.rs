//! What a call can fail with.

use std::error::Error;

use serde::Deserialize;
use serde_json::Value;

/// Code of an answer whose body is no error of the API.
const UNREADABLE: &str = "HTTP_ERROR";

/// So much of the body of a refusal is kept, in bytes; those of the API are far
/// shorter.
const MAX_BODY: usize = 64 * 1024;

/// Why a call failed. Secrets and tokens are never put into it; the body of a
/// refusal is what the server said.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AgentIdPError {
    /// The API refused the call.
    #[error("{code} (HTTP {status}): {message}")]
    Api {
        /// HTTP status.
        status: u16,
        /// Machine-readable code, e.g. `AGENT_NOT_FOUND`; `HTTP_ERROR` when the
        /// answer did not come from the API.
        code: String,
        /// For people.
        message: String,
        /// Further facts; which, depends on the code. `FORBIDDEN` names
        /// `requiredScopes`.
        details: Option<Box<Value>>,
        /// The body of the answer as it came; of a long one, its beginning.
        body: Box<str>,
    },
    /// No token was issued to this client, or the API refused the one it has.
    #[error("{code} (HTTP {status}): {message}")]
    Authentication {
        /// HTTP status.
        status: u16,
        /// Machine-readable code, e.g. `UNAUTHORIZED` for a wrong secret.
        code: String,
        /// For people.
        message: String,
        /// Further facts.
        details: Option<Box<Value>>,
        /// The body of the answer as it came; of a long one, its beginning.
        body: Box<str>,
    },
    /// A rate limit is exhausted. The call is not repeated by itself.
    #[error("{code} (HTTP 429): {message}")]
    RateLimited {
        /// Seconds to wait, from `Retry-After`.
        retry_after: Option<u64>,
        /// Machine-readable code, `RATE_LIMIT_EXCEEDED`.
        code: String,
        /// For people.
        message: String,
        /// Further facts.
        details: Option<Box<Value>>,
        /// The body of the answer as it came; of a long one, its beginning.
        body: Box<str>,
    },
    /// The server was not reached, the connection broke, or time ran out.
    #[error("{message}")]
    Transport {
        /// What happened.
        message: String,
        /// Whether the server may have received the request, and so may have
        /// carried it out.
        maybe_sent: bool,
    },
    /// The answer is not what the API describes.
    #[error("{message}")]
    Decoding {
        /// What is wrong with it, without its content.
        message: String,
    },
    /// Nothing was sent: a setting or an argument cannot be right.
    #[error("{message}")]
    InvalidArgument {
        /// What is wrong with it.
        message: String,
    },
}

/// A refusal: the envelope of the API, the form of OAuth 2.0, or both.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    code: Option<String>,
    message: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    details: Option<Value>,
}

impl AgentIdPError {
    /// Machine-readable code: that of the API, else `NETWORK_ERROR`,
    /// `HTTP_ERROR`, `INVALID_RESPONSE` or `INVALID_ARGUMENT`.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Api { code, .. }
            | Self::Authentication { code, .. }
            | Self::RateLimited { code, .. } => code,
            Self::Transport { .. } => "NETWORK_ERROR",
            Self::Decoding { .. } => "INVALID_RESPONSE",
            Self::InvalidArgument { .. } => "INVALID_ARGUMENT",
        }
    }

    /// HTTP status, if there was a refusal.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        match self {
            Self::Api { status, .. } | Self::Authentication { status, .. } => Some(*status),
            Self::RateLimited { .. } => Some(429),
            Self::Transport { .. } | Self::Decoding { .. } | Self::InvalidArgument { .. } => None,
        }
    }

    /// Further facts of a refusal.
    #[must_use]
    pub fn details(&self) -> Option<&Value> {
        match self {
            Self::Api { details, .. }
            | Self::Authentication { details, .. }
            | Self::RateLimited { details, .. } => details.as_deref(),
            Self::Transport { .. } | Self::Decoding { .. } | Self::InvalidArgument { .. } => None,
        }
    }

    /// The body of a refusal as it came, for people; of a long one, its
    /// beginning.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        match self {
            Self::Api { body, .. }
            | Self::Authentication { body, .. }
            | Self::RateLimited { body, .. } => Some(body),
            Self::Transport { .. } | Self::Decoding { .. } | Self::InvalidArgument { .. } => None,
        }
    }

    /// A refusal with this status and body.
    pub(crate) fn refused(status: u16, retry_after: Option<u64>, body: &[u8]) -> Self {
        let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
        let code = refusal.code.or(refusal.error);
        let code = code.unwrap_or_else(|| UNREADABLE.to_owned());
        let message = refusal.message.or(refusal.error_description);
        let message = message.unwrap_or_else(|| format!("The server answered {status}."));
        let details = refusal.details.map(Box::new);
        let body = body.get(..MAX_BODY).unwrap_or(body);
        let body = String::from_utf8_lossy(body).into_owned().into_boxed_str();
        match status {
            429 => Self::RateLimited {
                retry_after,
                code,
                message,
                details,
                body,
            },
            401 => Self::Authentication {
                status,
                code,
                message,
                details,
                body,
            },
            _ => Self::Api {
                status,
                code,
                message,
                details,
                body,
            },
        }
    }

    /// The same error at the token endpoint, where every refusal of the client
    /// is one of its authentication.
    pub(crate) fn of_token_endpoint(self) -> Self {
        match self {
            Self::Api {
                status: status @ 400..500,
                code,
                message,
                details,
                body,
            } => Self::Authentication {
                status,
                code,
                message,
                details,
                body,
            },
            other => other,
        }
    }

    /// The request did not get through. The URL is left out: the ids in
    /// it need not get into logs.
    pub(crate) fn transport(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let maybe_sent = !error.is_connect() && !error.is_builder();
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            message.push_str(": ");
            message.push_str(&error.to_string());
            cause = error.source();
        }
        Self::Transport {
            message,
            maybe_sent,
        }
    }

    /// Nothing can be sent with this setting or argument. It is not quoted: it
    /// may be a secret in the wrong place.
    pub(crate) fn invalid_argument(message: &str) -> Self {
        Self::InvalidArgument {
            message: message.to_owned(),
        }
    }

    /// The answer cannot be read. The cause itself would quote from it.
    pub(crate) fn decoding(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        Self::Decoding {
            message: format!(
                "The answer is not what the API describes (line {line}, column {column})."
            ),
        }
    }

    /// The answer is longer than any of the API.
    pub(crate) fn too_large() -> Self {
        Self::Decoding {
            message: "The answer is too large.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_envelope_wins_over_the_form_of_oauth() {
        let both = json!({
            "error": "invalid_scope", "error_description": "b", "code": "VALIDATION_ERROR",
            "message": "a", "details": {"x": 1},
        });
        let error = AgentIdPError::refused(400, None, both.to_string().as_bytes());
        assert_eq!(error.code(), "VALIDATION_ERROR");
        assert_eq!(error.to_string(), "VALIDATION_ERROR (HTTP 400): a");
        assert_eq!(error.details(), Some(&json!({"x": 1})));
        let oauth = json!({"error": "invalid_scope", "error_description": "b"});
        let error = AgentIdPError::refused(400, None, oauth.to_string().as_bytes());
        assert_eq!(error.to_string(), "invalid_scope (HTTP 400): b");
    }

    #[test]
    fn a_body_that_is_no_error_of_the_api_has_a_code_of_its_own() {
        for body in ["", "<html>", "[]", "{\"code\": 1}"] {
            let error = AgentIdPError::refused(502, None, body.as_bytes());
            assert_eq!(
                (error.code(), error.http_status()),
                ("HTTP_ERROR", Some(502))
            );
            assert_eq!(error.body(), Some(body));
        }
    }

    #[test]
    fn of_a_long_body_the_beginning_is_kept() {
        let body = vec![b'x'; MAX_BODY + 1];
        let error = AgentIdPError::refused(502, None, &body);
        assert_eq!(error.body().map(str::len), Some(MAX_BODY));
    }

    #[test]
    fn each_status_has_its_case() {
        let refused = |status| AgentIdPError::refused(status, Some(7), b"{}");
        assert!(matches!(refused(401), AgentIdPError::Authentication { .. }));
        assert!(matches!(
            refused(403),
            AgentIdPError::Api { status: 403, .. }
        ));
        let limited = refused(429);
        assert_eq!(limited.http_status(), Some(429));
        let AgentIdPError::RateLimited { retry_after, .. } = limited else {
            panic!("{limited:?}");
        };
        assert_eq!(retry_after, Some(7));
        let at_token = |status| refused(status).of_token_endpoint();
        assert!(matches!(
            at_token(400),
            AgentIdPError::Authentication { .. }
        ));
        assert!(matches!(at_token(500), AgentIdPError::Api { .. }));
        assert!(matches!(at_token(429), AgentIdPError::RateLimited { .. }));
    }
}
