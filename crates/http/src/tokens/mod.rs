//! OAuth 2.0: `POST /api/v1/token`, `/token/introspect`, `/token/revoke` and
//! their aliases `/oauth2/*` at the root.

mod asker;
mod client;
mod dto;
mod introspection;
mod issuance;
mod revocation;

pub use introspection::{introspect, introspect_alias};
pub use issuance::{issue, issue_alias};
pub use revocation::{revoke, revoke_alias};

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, PRAGMA};

/// Makes sure that no cache keeps an answer, errors included (RFC 6749 §5.1).
fn uncached<E: actix_web::ResponseError>(result: Result<HttpResponse, E>) -> HttpResponse {
    let mut response = result.unwrap_or_else(|error| error.error_response());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
