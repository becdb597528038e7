//! The API description, generated from the routes: OpenAPI 3.0, served at
//! `/openapi.json`.

mod groups;
pub(crate) mod responses;
mod version;

use actix_web::dev::HttpServiceFactory;
use actix_web::{App, HttpResponse, web};
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_actix_web::AppExt;

use crate::routes;

/// Title, licence, security schemes and groups.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "AgentIdP",
        description = "Identity provider for AI agents.",
        license(name = "MIT", identifier = "MIT"),
    ),
    // Those of shared answers; the schemas of operations are collected.
    components(schemas(crate::error::ErrorBody, crate::error::OAuthErrorBody)),
    servers((url = "/", description = "This server")),
    tags(
        (name = "agent-registry", description = "Agents: register, read, change, decommission."),
        (name = "credential-management", description = "Client id and secret pairs of agents."),
        (name = "oauth2-token", description = "OAuth 2.0: issue, introspect, revoke."),
        (name = "audit-log", description = "Hash-chained log per organization."),
        (name = "compliance", description = "Status of controls, conformance report, agent cards, verification of the audit log."),
        (name = "organizations", description = "Tenants, their limits and members."),
        (name = "did", description = "Decentralized identifiers and agent cards."),
        (name = "oidc-wellknown", description = "OpenID Connect: metadata, keys, agent info."),
        (name = "oidc-trust-policies", description = "Which workflows may act as which agents."),
        (name = "oidc-token-exchange", description = "Exchange of workflows' tokens."),
        (name = "federation", description = "Partner identity providers."),
        (name = "delegation", description = "Delegation between agents."),
        (name = "webhooks", description = "Endpoints that are told of events."),
        (name = "marketplace", description = "Public agents of all organizations."),
        (name = "billing", description = "Usage of an organization, checkouts, events of Stripe."),
        (name = "tiers", description = "Plan of an organization, its limits and their use."),
        (name = "analytics", description = "Trends of an organization's usage."),
        (name = "sdk-scaffold", description = "Starter projects for agents."),
        (name = "health", description = "Health of the server and its dependencies."),
        (name = "metrics", description = "Prometheus metrics."),
    )
)]
struct Skeleton;

/// The whole description, ready to be served.
pub struct Description {
    json: String,
}

impl Description {
    /// Generates the description.
    #[must_use]
    pub fn new() -> Self {
        let json = serde_json::to_string(&generate()).unwrap_or_default();
        Self { json }
    }
}

impl Default for Description {
    fn default() -> Self {
        Self::new()
    }
}

/// The whole description as JSON (OpenAPI 3.0.3).
#[must_use]
pub fn generate() -> Value {
    let (_, mut api) = App::new()
        .into_utoipa_app()
        .openapi(Skeleton::openapi())
        .configure(routes::configure)
        .split_for_parts();
    api.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let components = api.components.get_or_insert_default();
    let http = |scheme| SecurityScheme::Http(Http::new(scheme));
    components.add_security_scheme("bearer", http(HttpAuthScheme::Bearer));
    components.add_security_scheme("basic", http(HttpAuthScheme::Basic));
    let json = serde_json::to_value(&api).unwrap_or_default();
    version::to_3_0(json)
}

/// The files of the description: the whole, and one per group.
#[must_use]
pub fn documents() -> Vec<(String, Value)> {
    let whole = generate();
    let mut documents = groups::split(&whole);
    documents.push(("openapi.json".to_owned(), whole));
    documents
}

/// Serves `/openapi.json`.
pub fn document(description: &web::Data<Description>) -> impl HttpServiceFactory + 'static {
    let json = description.json.clone();
    web::resource("/openapi.json")
        .get(move || {
            let body = json.clone();
            async move {
                HttpResponse::Ok()
                    .content_type("application/json")
                    .body(body)
            }
        })
        .default_service(web::to(routes::not_found))
}
