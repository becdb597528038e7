//! Cross-origin requests (Fetch standard, CORS protocol).

use actix_cors::Cors;

use crate::state::HttpSettings;

/// The CORS layer: any origin or the configured ones, never with credentials.
pub fn layer(settings: &HttpSettings) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "POST", "PATCH", "DELETE", "OPTIONS"])
        .allowed_headers(["authorization", "content-type", "x-request-id"])
        .expose_headers([
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
            "retry-after",
            "content-disposition",
            "x-request-id",
            "www-authenticate",
        ])
        .block_on_origin_mismatch(false)
        .max_age(3600);
    if settings.cors_origins.is_empty() {
        cors.allow_any_origin().send_wildcard()
    } else {
        settings
            .cors_origins
            .iter()
            .fold(cors, |cors, origin| cors.allowed_origin(origin))
    }
}
