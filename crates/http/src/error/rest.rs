//! The error envelope of the REST API: `{code, message, details?}`.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use agentidp_domain::error::StoreError;
use agentidp_domain::limit::Reading;
use agentidp_domain::scope::Scope;
use agentidp_domain::validation::Violations;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Error answer of every endpoint outside OAuth 2.0.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// Machine readable, stable, upper snake case.
    #[schema(example = "VALIDATION_ERROR")]
    pub code: &'static str,
    /// For humans.
    #[schema(example = "Request validation failed.")]
    pub message: String,
    /// Further facts; which, depends on the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, example = json!({"field": "email", "reason": "This field is required."}))]
    pub details: Option<Value>,
}

/// An error on its way to the client.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// Body; boxed, so that results stay small.
    pub body: Box<ErrorBody>,
    /// `WWW-Authenticate`, if any.
    pub challenge: Option<String>,
    /// `Retry-After` in seconds, if any.
    pub retry_after: Option<u32>,
    /// State of the limit that refused the request.
    pub limit: Option<Reading>,
}

impl ApiError {
    /// An error with this status, code and message.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            body: Box::new(ErrorBody {
                code,
                message: message.into(),
                details: None,
            }),
            challenge: None,
            retry_after: None,
            limit: None,
        }
    }

    /// The same error with `details`.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.body.details = Some(details);
        self
    }

    /// 400 for a body with bad fields.
    pub fn invalid_body(violations: &Violations) -> Self {
        Self::invalid("Request validation failed.", violations)
    }

    /// 400 for a missing field that the whole request is about.
    pub fn field_required(field: &str) -> Self {
        let violations = Violations::one(field, "This field is required.");
        Self::invalid(&format!("The '{field}' field is required."), &violations)
    }

    /// 400 for a missing header that the whole request is about.
    pub fn header_required(name: &str) -> Self {
        let violations = Violations::one(name, "This header is required.");
        Self::invalid(&format!("Missing {name} header."), &violations)
    }

    /// 400 for a field that is well formed but refused.
    pub fn refused_field(field: &str, reason: &str) -> Self {
        Self::invalid_body(&Violations::one(field, reason))
    }

    /// 400 for bad query parameters.
    pub fn invalid_query(violations: &Violations) -> Self {
        Self::invalid("Invalid query parameter value.", violations)
    }

    fn invalid(message: &str, violations: &Violations) -> Self {
        let errors = violations.as_slice();
        let first = errors.first();
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message).with(json!({
            "field": first.map(|violation| &violation.field),
            "reason": first.map(|violation| &violation.reason),
            "errors": errors,
        }))
    }

    /// 401; `challenge` tells whether a token was sent and refused.
    pub fn unauthorized(message: &str, token_sent: bool) -> Self {
        let mut error = Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message);
        error.challenge = Some(if token_sent {
            "Bearer error=\"invalid_token\"".to_owned()
        } else {
            "Bearer".to_owned()
        });
        error
    }

    /// 403 for missing scopes.
    pub fn missing_scope(required: &[Scope]) -> Self {
        let names: Vec<&str> = required.iter().map(|scope| scope.as_str()).collect();
        let mut error = Self::forbidden("You do not have permission to perform this action.")
            .with(json!({ "requiredScopes": names }));
        error.challenge = Some(format!(
            "Bearer error=\"insufficient_scope\", scope=\"{}\"",
            names.join(" ")
        ));
        error
    }

    /// 403 `FORBIDDEN`.
    pub fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    /// 403 for foreign resources and the non-escalation rule.
    pub fn denied() -> Self {
        Self::denied_because("You do not have permission to access this resource.")
    }

    /// The same with another text.
    pub fn denied_because(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "AUTHORIZATION_ERROR", message)
    }

    /// 404 with the code and message of a resource.
    pub fn not_found(code: &'static str, message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 409.
    pub fn conflict(code: &'static str, message: &str) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 413.
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "PAYLOAD_TOO_LARGE",
            "The request body is too large.",
        )
    }

    /// 415.
    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "The content type of the request is not supported.",
        )
    }

    /// 429.
    pub fn rate_limited(reading: Reading) -> Self {
        let mut error = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "RATE_LIMIT_EXCEEDED",
            "Too many requests. Please retry after the rate limit window resets.",
        );
        error.retry_after = Some(reading.retry_after);
        error.limit = Some(reading);
        error
    }

    /// Writes when to come again: `Retry-After`, and the state of the limit
    /// that refused the request.
    pub fn write_retry(&self, headers: &mut HeaderMap) {
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(reading) = self.limit {
            crate::pipeline::limits::write_headers(headers, reading);
        }
    }

    /// 500; the cause goes to the log only.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL_SERVER_ERROR",
            "An unexpected error occurred. Please try again later.",
        )
    }

    /// 503; the cause goes to the log only.
    pub fn unavailable(cause: &dyn std::fmt::Display) -> Self {
        tracing::warn!(%cause, "request refused, a dependency is away");
        let mut error = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "SERVICE_UNAVAILABLE",
            "The service is temporarily unavailable. Please try again later.",
        );
        error.retry_after = Some(1);
        error
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::unavailable(&error),
            StoreError::Conflict { .. }
            | StoreError::Stale
            | StoreError::Corrupt { .. }
            | StoreError::Backend(_) => Self::internal(&error),
        }
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.body.code)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(challenge) = &self.challenge {
            response.append_header((WWW_AUTHENTICATE, challenge.as_str()));
        }
        let mut response = response.json(&self.body);
        self.write_retry(response.headers_mut());
        response
    }
}
