//! All routes. Registering a handler here documents it.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use utoipa_actix_web::scope::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::ApiError;
use crate::pipeline::edge::Unmatched;
use crate::{agents, audit, credentials, health, organizations, tokens, wellknown};

/// The public routes, method and path: no token, the scope policy is not
/// asked. Every other route needs an entry in `policies/data/scopes.json`.
pub const PUBLIC: [(&str, &str); 8] = [
    ("POST", "/api/v1/token"),
    ("POST", "/oauth2/token"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/health"),
    ("GET", "/health/detailed"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/api-docs"),
];

/// Registers every route of the API description.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(health::health)
        .service(health::detailed)
        .service(health::metrics)
        .service(wellknown::jwks)
        .service(tokens::issue_alias)
        .service(tokens::introspect_alias)
        .service(tokens::revoke_alias)
        .service(
            scope("/api/v1")
                .service(agents::register)
                .service(agents::list)
                .service(agents::get)
                .service(agents::update)
                .service(agents::decommission)
                .service(credentials::generate)
                .service(credentials::list)
                .service(credentials::rotate)
                .service(credentials::revoke)
                .service(tokens::issue)
                .service(tokens::introspect)
                .service(tokens::revoke)
                .service(audit::query)
                .service(audit::verify)
                .service(audit::get)
                .service(organizations::create)
                .service(organizations::list)
                .service(organizations::get)
                .service(organizations::update)
                .service(organizations::delete)
                .service(organizations::add_member),
        );
}

/// The answer to everything else.
pub async fn not_found(request: HttpRequest) -> HttpResponse {
    request.extensions_mut().insert(Unmatched);
    ApiError::not_found("NOT_FOUND", "The requested resource was not found.").error_response()
}
