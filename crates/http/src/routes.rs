//! All routes. Registering a handler here documents it.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use utoipa_actix_web::scope::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::ApiError;
use crate::pipeline::edge::Unmatched;
use crate::{
    agents, analytics, audit, billing, compliance, credentials, delegation, did, federation,
    health, marketplace, oidc, organizations, scaffold, tiers, tokens, webhooks, workload,
};

/// The public routes, method and path: no token, the scope policy is not
/// asked. Every other route needs an entry in `policies/data/scopes.json`.
pub const PUBLIC: [(&str, &str); 18] = [
    ("POST", "/api/v1/token"),
    ("POST", "/oauth2/token"),
    ("POST", "/api/v1/oidc/token"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/.well-known/openid-configuration"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/.well-known/did.json"),
    ("GET", "/agents/{agentId}/did.json"),
    ("GET", "/api/v1/agents/{agentId}/did"),
    ("GET", "/api/v1/agents/{agentId}/did/card"),
    ("GET", "/api/v1/marketplace/agents"),
    ("GET", "/api/v1/marketplace/agents/{agentId}"),
    ("GET", "/api/v1/compliance/controls"),
    // Signed by Stripe.
    ("POST", "/api/v1/billing/webhook"),
    ("GET", "/health"),
    ("GET", "/health/detailed"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
];

/// Registers every route of the API description.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(health::health)
        .service(health::detailed)
        .service(health::metrics)
        .service(oidc::jwks)
        .service(oidc::openid_configuration)
        .service(oidc::authorization_server)
        .service(oidc::agent_info)
        .service(did::instance_document)
        .service(did::did_web_document)
        .service(tokens::issue_alias)
        .service(tokens::introspect_alias)
        .service(tokens::revoke_alias)
        .service(
            scope("/api/v1")
                .configure(registry)
                .configure(trust)
                .configure(events)
                .configure(usage)
                .configure(catalogue)
                .configure(evidence)
                .configure(tools),
        );
}

/// Agents, their credentials and tokens, and what organizations need.
fn registry(config: &mut ServiceConfig<'_>) {
    config
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
        .service(organizations::add_member);
}

/// Identity and trust.
fn trust(config: &mut ServiceConfig<'_>) {
    config
        .service(did::agent_document)
        .service(did::resolve)
        .service(did::card)
        .service(workload::exchange)
        .service(workload::create)
        .service(workload::list)
        .service(workload::delete)
        .service(federation::register)
        .service(federation::list)
        .service(federation::get)
        .service(federation::update)
        .service(federation::delete)
        .service(federation::verify)
        .service(delegation::create)
        .service(delegation::verify)
        .service(delegation::revoke);
}

/// What happens, for those outside.
fn events(config: &mut ServiceConfig<'_>) {
    config
        .service(webhooks::create)
        .service(webhooks::list)
        .service(webhooks::get)
        .service(webhooks::update)
        .service(webhooks::delete)
        .service(webhooks::deliveries);
}

/// Plans, and how much of them is used.
fn usage(config: &mut ServiceConfig<'_>) {
    config
        .service(billing::usage)
        .service(billing::checkout)
        .service(billing::webhook)
        .service(tiers::status)
        .service(tiers::upgrade)
        .service(analytics::tokens)
        .service(analytics::activity)
        .service(analytics::agents);
}

/// What is there for everybody to read.
fn catalogue(config: &mut ServiceConfig<'_>) {
    config.service(marketplace::list).service(marketplace::get);
}

/// What auditors ask for.
fn evidence(config: &mut ServiceConfig<'_>) {
    config
        .service(compliance::controls)
        .service(compliance::report)
        .service(compliance::agent_cards);
}

/// What developers begin with.
fn tools(config: &mut ServiceConfig<'_>) {
    config.service(scaffold::generate);
}

/// The answer to everything else.
pub async fn not_found(request: HttpRequest) -> HttpResponse {
    request.extensions_mut().insert(Unmatched);
    ApiError::not_found("NOT_FOUND", "The requested resource was not found.").error_response()
}
