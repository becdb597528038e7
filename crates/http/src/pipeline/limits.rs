//! Rate limits on the wire: `X-RateLimit-*` headers.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, ResponseError, web};
use agentidp_domain::limit::Reading;

use crate::error::ApiError;
use crate::pipeline::switch;
use crate::state::AppState;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Notes a limit that applied to a request. The headers show the one nearest
/// to exhaustion.
///
/// # Errors
///
/// 429 when the request exceeded it.
pub fn note(request: &HttpRequest, reading: Option<Reading>) -> Result<(), ApiError> {
    let Some(reading) = reading else {
        return Ok(());
    };
    if !reading.allowed {
        return Err(ApiError::rate_limited(reading));
    }
    let mut extensions = request.extensions_mut();
    let nearest = match extensions.get::<Reading>() {
        Some(known) if known.remaining <= reading.remaining => *known,
        _ => reading,
    };
    extensions.insert(nearest);
    Ok(())
}

/// Writes the headers.
pub fn write_headers(headers: &mut HeaderMap, reading: Reading) {
    headers.insert(LIMIT, HeaderValue::from(reading.limit));
    headers.insert(REMAINING, HeaderValue::from(reading.remaining));
    headers.insert(RESET, HeaderValue::from(reading.reset_at));
}

/// Charges a refused authentication to the address of the client: 429 instead
/// of `error` when its bucket is exhausted.
pub async fn charge_refusal(request: &HttpRequest, state: &AppState, error: ApiError) -> ApiError {
    if error.status != StatusCode::UNAUTHORIZED {
        return error;
    }
    charged(request, state, error).await
}

/// The same for a signed message that was refused; a failing server is not the
/// fault of whoever sent it.
pub async fn charge_unverified(
    request: &HttpRequest,
    state: &AppState,
    error: ApiError,
) -> ApiError {
    if !error.status.is_client_error() {
        return error;
    }
    charged(request, state, error).await
}

async fn charged(request: &HttpRequest, state: &AppState, error: ApiError) -> ApiError {
    charge_address(request, state).await.err().unwrap_or(error)
}

/// Wraps a public route that is limited: every request is charged to the
/// address of the client, unless the route is switched off.
///
/// # Errors
///
/// Those of the handler; 429 is an answer, no error.
pub async fn by_address<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    match admit(request.request()).await {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(error) => {
            let response = request.into_response(error.error_response());
            Ok(response.map_into_right_body())
        }
    }
}

async fn admit(request: &HttpRequest) -> Result<(), ApiError> {
    let state = request
        .app_data::<web::Data<AppState>>()
        .ok_or_else(|| ApiError::internal(&"no application state"))?;
    let route = request.match_pattern().unwrap_or_default();
    switch::require_on(&route, &state.settings)?;
    charge_address(request, state).await
}

/// Charges a request without authentication to the address of the client.
///
/// # Errors
///
/// 429.
async fn charge_address(request: &HttpRequest, state: &AppState) -> Result<(), ApiError> {
    let origin = super::origin::stored(request);
    note(request, state.limits.charge_ip(&origin).await)
}
