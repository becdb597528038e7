//! Metadata documents: OpenID Connect Discovery 1.0 and RFC 8414. Both are
//! made from the same members, so that they cannot contradict one another.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, get, web};
use agentidp_domain::scope::Scope;
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::AppState;

/// What both documents say (RFC 8414 §2).
#[derive(Serialize, ToSchema)]
#[schema(as = AuthorizationServerMetadata)]
pub struct ServerMetadata {
    /// Issuer URL, `iss` of all tokens.
    #[schema(format = "uri", example = "https://idp.example.com")]
    issuer: String,
    /// Where tokens are issued.
    #[schema(format = "uri")]
    token_endpoint: String,
    /// The key set.
    #[schema(format = "uri")]
    jwks_uri: String,
    /// Where tokens are introspected (RFC 7662).
    #[schema(format = "uri")]
    introspection_endpoint: String,
    /// Where tokens are revoked (RFC 7009).
    #[schema(format = "uri")]
    revocation_endpoint: String,
    /// Every scope there is.
    #[schema(value_type = Vec<String>)]
    scopes_supported: &'static [Scope],
    /// Response types.
    #[schema(value_type = Vec<String>)]
    response_types_supported: [&'static str; 2],
    /// Grant types.
    #[schema(value_type = Vec<String>)]
    grant_types_supported: [&'static str; 1],
    /// How clients authenticate at the token endpoint.
    #[schema(value_type = Vec<String>)]
    token_endpoint_auth_methods_supported: [&'static str; 2],
    /// How clients authenticate at the introspection endpoint.
    #[schema(value_type = Vec<String>)]
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    /// How clients authenticate at the revocation endpoint.
    #[schema(value_type = Vec<String>)]
    revocation_endpoint_auth_methods_supported: [&'static str; 2],
}

/// What OpenID Connect adds (Discovery 1.0 §3).
#[derive(Serialize, ToSchema)]
#[schema(as = OpenIdConfiguration)]
pub struct OpenIdMetadata {
    /// What it shares with the authorization server.
    #[serde(flatten)]
    server: ServerMetadata,
    /// For clients that insist on one; there is nothing behind it.
    #[schema(format = "uri")]
    authorization_endpoint: String,
    /// What an agent is.
    #[schema(format = "uri")]
    userinfo_endpoint: String,
    /// Always `public`: `sub` is the agent id.
    #[schema(value_type = Vec<String>)]
    subject_types_supported: [&'static str; 1],
    /// Algorithms of ID tokens.
    #[schema(value_type = Vec<String>)]
    id_token_signing_alg_values_supported: [&'static str; 2],
    /// Claims of ID tokens.
    #[schema(value_type = Vec<String>)]
    claims_supported: [&'static str; 9],
}

const CLIENT_AUTHENTICATION: [&str; 2] = ["client_secret_basic", "client_secret_post"];

impl ServerMetadata {
    fn of(state: &AppState) -> Self {
        let issuer = state.settings.issuer.as_str();
        let at = |path: &str| format!("{issuer}{path}");
        Self {
            issuer: issuer.to_owned(),
            token_endpoint: at("/api/v1/token"),
            jwks_uri: at("/.well-known/jwks.json"),
            introspection_endpoint: at("/api/v1/token/introspect"),
            revocation_endpoint: at("/api/v1/token/revoke"),
            scopes_supported: Scope::ALL,
            response_types_supported: ["token", "id_token"],
            grant_types_supported: ["client_credentials"],
            token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
            introspection_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
            revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
        }
    }
}

fn published(metadata: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .json(metadata)
}

/// OpenID Connect metadata
///
/// Discovery document (OpenID Connect Discovery 1.0 §4).
#[utoipa::path(
    operation_id = "getOpenIdConfiguration",
    tag = "oidc-wellknown",
    responses((status = 200, description = "The metadata.", body = OpenIdMetadata))
)]
#[get("/.well-known/openid-configuration")]
pub async fn openid_configuration(state: web::Data<AppState>) -> HttpResponse {
    let issuer = state.settings.issuer.as_str();
    published(&OpenIdMetadata {
        server: ServerMetadata::of(&state),
        authorization_endpoint: format!("{issuer}/oauth2/authorize"),
        userinfo_endpoint: format!("{issuer}/agent-info"),
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256", "ES256"],
        claims_supported: [
            "sub",
            "iss",
            "aud",
            "iat",
            "exp",
            "agent_type",
            "deployment_env",
            "organization_id",
            "did",
        ],
    })
}

/// OAuth 2.0 metadata
///
/// Authorization server metadata (RFC 8414 §3), the part of the discovery
/// document that concerns OAuth 2.0.
#[utoipa::path(
    operation_id = "getAuthorizationServerMetadata",
    tag = "oidc-wellknown",
    responses((status = 200, description = "The metadata.", body = ServerMetadata))
)]
#[get("/.well-known/oauth-authorization-server")]
pub async fn authorization_server(state: web::Data<AppState>) -> HttpResponse {
    published(&ServerMetadata::of(&state))
}
