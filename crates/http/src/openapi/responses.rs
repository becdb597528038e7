//! Answers that many operations share.

use utoipa::IntoResponses;

use crate::error::{ErrorBody, OAuthErrorBody};

/// Refusals of every protected route.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses, is never constructed")]
pub enum Protected {
    /// No token, or one that is refused; `WWW-Authenticate` tells which.
    #[response(status = 401)]
    Unauthorized(ErrorBody),
    /// Scope missing (`FORBIDDEN`), or not allowed here (`AUTHORIZATION_ERROR`).
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// Rate limit exceeded; see `Retry-After`.
    #[response(status = 429)]
    TooManyRequests(ErrorBody),
    /// Unexpected fault.
    #[response(status = 500)]
    Internal(ErrorBody),
    /// A dependency is away; see `Retry-After`.
    #[response(status = 503)]
    Unavailable(ErrorBody),
}

/// Refusals of a limited route that takes no token.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses, is never constructed")]
pub enum Anonymous {
    /// Rate limit of the client's address exceeded; see `Retry-After`.
    #[response(status = 429)]
    TooManyRequests(ErrorBody),
    /// Unexpected fault.
    #[response(status = 500)]
    Internal(ErrorBody),
    /// A dependency is away; see `Retry-After`.
    #[response(status = 503)]
    Unavailable(ErrorBody),
}

/// Refusals of a body.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses, is never constructed")]
pub enum Body {
    /// Bad body; `details.errors` names every bad field.
    #[response(status = 400)]
    Invalid(ErrorBody),
    /// Body larger than 100 KiB.
    #[response(status = 413)]
    TooLarge(ErrorBody),
    /// Content type other than `application/json`.
    #[response(status = 415)]
    UnsupportedMediaType(ErrorBody),
}

/// Refusal of query parameters.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses, is never constructed")]
pub enum Query {
    /// Bad query parameter.
    #[response(status = 400)]
    Invalid(ErrorBody),
}

/// Refusals of the OAuth 2.0 endpoints.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses, is never constructed")]
pub enum OAuth {
    /// `invalid_request`, `invalid_scope`, `unsupported_grant_type`.
    #[response(status = 400)]
    Invalid(OAuthErrorBody),
    /// `invalid_client`, `invalid_token`.
    #[response(status = 401)]
    Unauthorized(OAuthErrorBody),
    /// `unauthorized_client`, `insufficient_scope`, `access_denied`.
    #[response(status = 403)]
    Forbidden(OAuthErrorBody),
    /// Body larger than 100 KiB.
    #[response(status = 413)]
    TooLarge(OAuthErrorBody),
    /// Neither a form nor JSON.
    #[response(status = 415)]
    UnsupportedMediaType(OAuthErrorBody),
    /// `temporarily_unavailable`: rate limit exceeded; see `Retry-After`.
    #[response(status = 429)]
    TooManyRequests(OAuthErrorBody),
    /// `server_error`.
    #[response(status = 500)]
    Internal(OAuthErrorBody),
    /// `temporarily_unavailable`; see `Retry-After`.
    #[response(status = 503)]
    Unavailable(OAuthErrorBody),
}
