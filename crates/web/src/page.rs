//! Answers that are pages.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::{HttpResponse, ResponseError};
use agentidp_http::ApiError;
use askama::Template;

/// Everything from the own origin, no inline script or style; forms may also
/// lead to the payment page.
pub const POLICY: &str = "default-src 'self'; base-uri 'self'; object-src 'none'; \
     frame-ancestors 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     form-action 'self' https://checkout.stripe.com";

/// A page that nobody keeps.
pub fn page(status: StatusCode, view: &impl Template) -> HttpResponse {
    match view.render() {
        Ok(html) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(html),
        Err(error) => ApiError::internal(&error).error_response(),
    }
}

/// 200 with a page.
pub fn ok(view: &impl Template) -> HttpResponse {
    page(StatusCode::OK, view)
}

/// 303: the browser goes on to `location` with GET.
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}
