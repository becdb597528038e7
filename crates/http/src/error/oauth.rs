//! The errors of the OAuth 2.0 endpoints: RFC 6749 §5.2 and the envelope of
//! the REST API in one body.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use agentidp_domain::limit::Reading;
use agentidp_domain::validation::Violations;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::error::ApiError;

/// Error answer of the OAuth 2.0 endpoints.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OAuthErrorBody {
    /// Error code of RFC 6749 §5.2, RFC 6750 §3.1.
    #[schema(example = "invalid_client")]
    pub error: &'static str,
    /// For humans.
    #[schema(example = "Client authentication failed.")]
    pub error_description: String,
    /// Machine readable, stable, upper snake case.
    #[schema(example = "UNAUTHORIZED")]
    pub code: &'static str,
    /// Equal to `error_description`.
    #[schema(example = "Client authentication failed.")]
    pub message: String,
    /// Further facts; which, depends on the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub details: Option<Value>,
}

/// An OAuth 2.0 error on its way to the client.
#[derive(Clone, Debug)]
pub struct OAuthError {
    error: &'static str,
    inner: ApiError,
}

impl OAuthError {
    /// An error with this RFC code, status, code and message.
    pub fn new(
        error: &'static str,
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            error,
            inner: ApiError::new(status, code, message),
        }
    }

    /// The same error with `details`.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.inner = self.inner.with(details);
        self
    }

    /// 400 `invalid_request`.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::bad_request("invalid_request", message)
    }

    /// 400 `invalid_request` that names every bad parameter.
    pub fn invalid_parameters(violations: &Violations) -> Self {
        let errors = violations.as_slice();
        let text: Vec<String> = errors
            .iter()
            .map(|violation| format!("{}: {}", violation.field, violation.reason))
            .collect();
        let first = errors.first();
        Self::invalid_request(text.join(" ")).with(json!({
            "field": first.map(|violation| &violation.field),
            "reason": first.map(|violation| &violation.reason),
            "errors": errors,
        }))
    }

    /// 400 with another RFC code.
    pub fn bad_request(error: &'static str, message: impl Into<String>) -> Self {
        Self::new(error, StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message)
    }

    /// 401 `invalid_client`.
    pub fn invalid_client() -> Self {
        Self {
            error: "invalid_client",
            inner: ApiError::unauthorized("Client authentication failed.", false),
        }
    }

    /// 403 `unauthorized_client`.
    pub fn unauthorized_client(code: &'static str, message: impl Into<String>) -> Self {
        Self::new("unauthorized_client", StatusCode::FORBIDDEN, code, message)
    }

    /// 429 `temporarily_unavailable`.
    pub fn rate_limited(reading: Reading) -> Self {
        ApiError::rate_limited(reading).into()
    }
}

/// The envelope alone, for endpoints that fail like OAuth 2.0 ones but answer
/// like the others.
impl From<OAuthError> for ApiError {
    fn from(error: OAuthError) -> Self {
        error.inner
    }
}

/// Errors of shared steps (authentication, policy, limits, body) get the RFC
/// code that belongs to their cause.
impl From<ApiError> for OAuthError {
    fn from(inner: ApiError) -> Self {
        let error = match (inner.status.as_u16(), inner.body.code) {
            (401, _) => "invalid_token",
            (403, "FORBIDDEN") => "insufficient_scope",
            (403, _) => "access_denied",
            (429 | 503, _) => "temporarily_unavailable",
            (500, _) => "server_error",
            _ => "invalid_request",
        };
        Self { error, inner }
    }
}

impl std::fmt::Display for OAuthError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.error)
    }
}

impl ResponseError for OAuthError {
    fn status_code(&self) -> StatusCode {
        self.inner.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.inner.status);
        if let Some(challenge) = &self.inner.challenge {
            response.append_header((WWW_AUTHENTICATE, challenge.as_str()));
        }
        if self.inner.status == StatusCode::UNAUTHORIZED {
            response.append_header((WWW_AUTHENTICATE, "Basic realm=\"agentidp\""));
        }
        if let Some(seconds) = self.inner.retry_after {
            response.insert_header((RETRY_AFTER, HeaderValue::from(seconds)));
        }
        let mut response = response.json(OAuthErrorBody {
            error: self.error,
            error_description: self.inner.body.message.clone(),
            code: self.inner.body.code,
            message: self.inner.body.message.clone(),
            details: self.inner.body.details.clone(),
        });
        if let Some(reading) = self.inner.limit {
            crate::pipeline::limits::write_headers(response.headers_mut(), reading);
        }
        response
    }
}
