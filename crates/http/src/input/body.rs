//! Request bodies: bounded in size and time, of a known content type.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use agentidp_domain::validation::Violations;
use futures_util::StreamExt;
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::error::ApiError;
use crate::input::ObjectReader;

/// Largest body, in bytes.
const LIMIT: usize = 100 * 1024;

/// Largest event of Stripe, in bytes.
const EVENT_LIMIT: usize = 1024 * 1024;

/// Time in which a body has to arrive. Whoever announces one and sends nothing
/// must not hold a connection for ever.
const ARRIVAL: Duration = Duration::from_secs(10);

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Infallible>>>>;

/// The bytes of a body, or why there are none. Extraction never fails, so
/// that a handler can decide when a bad body is reported.
pub struct RawBody(pub Result<Bytes, ApiError>);

impl FromRequest for RawBody {
    type Error = Infallible;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read(request, payload, LIMIT);
        Box::pin(async move { Ok(Self(body.await)) })
    }
}

/// Where Stripe signs.
pub const STRIPE_SIGNATURE: &str = "Stripe-Signature";

/// As [`RawBody`], for an event of Stripe: as it came, and up to 1 MiB. Not
/// read, and empty, when nothing claims to be signed.
pub struct EventBody(pub Result<Bytes, ApiError>);

impl FromRequest for EventBody {
    type Error = Infallible;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !request.headers().contains_key(STRIPE_SIGNATURE) {
            return Box::pin(std::future::ready(Ok(Self(Ok(Bytes::new())))));
        }
        let body = read(request, payload, EVENT_LIMIT);
        Box::pin(async move { Ok(Self(body.await)) })
    }
}

/// Reads a body of at most `limit` bytes, which arrives in time.
fn read(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> impl Future<Output = Result<Bytes, ApiError>> + use<> {
    let announced = request
        .headers()
        .get("content-length")
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let payload = payload.take();
    async move {
        if announced.is_some_and(|length| length > limit) {
            return Err(ApiError::too_large());
        }
        let late = |_| unreadable("The body did not arrive in time.");
        timeout(ARRIVAL, collect(payload, limit))
            .await
            .map_err(late)?
    }
}

async fn collect(mut payload: Payload, limit: usize) -> Result<Bytes, ApiError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| unreadable("The body ended early."))?;
        if body.len() + chunk.len() > limit {
            return Err(ApiError::too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn unreadable(reason: &str) -> ApiError {
    ApiError::invalid_body(&Violations::one("body", reason))
}

/// Media type of a request without its parameters, lower case.
pub(super) fn media_type(request: &HttpRequest) -> Option<String> {
    request.headers().contains_key(CONTENT_TYPE).then(|| {
        let text = request.content_type();
        text.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    })
}

/// A JSON object as body. Behind the authorization wrapper, so that a bad
/// body is seen only by callers that may use the route.
pub struct JsonBody(Map<String, Value>);

impl JsonBody {
    /// A reader over the members.
    pub fn reader(self) -> ObjectReader {
        ObjectReader::new(self.0)
    }
}

impl FromRequest for JsonBody {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let media_type = media_type(request);
        let raw = RawBody::from_request(request, payload);
        Box::pin(async move {
            let Ok(RawBody(body)) = raw.await;
            let body = body?;
            // A body that may be left out is an empty object.
            if body.is_empty() && media_type.is_none() {
                return Ok(Self(Map::new()));
            }
            if media_type.as_deref() != Some("application/json") {
                return Err(ApiError::unsupported_media_type());
            }
            if body.is_empty() {
                return Ok(Self(Map::new()));
            }
            object(&body).map(Self)
        })
    }
}

/// Parses a JSON object.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(unreadable("Must be a JSON object.")),
        Err(_) => Err(unreadable("Must be valid JSON.")),
    }
}
