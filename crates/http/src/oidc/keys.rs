//! `/.well-known/jwks.json`: the keys that verify tokens.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::state::AppState;

/// A JWK set (RFC 7517 §5).
#[derive(Serialize, ToSchema)]
#[schema(as = JwkSet)]
pub struct JwkSetBody {
    /// Public keys: current, next and retiring.
    keys: Vec<JwkBody>,
}

/// A public key (RFC 7517 §4, RFC 7518 §6).
#[derive(Serialize, ToSchema)]
#[schema(as = Jwk)]
pub struct JwkBody {
    /// RFC 7638 thumbprint; the `kid` of tokens signed with this key.
    kid: String,
    /// `RSA` or `EC`.
    kty: String,
    /// Always `sig`.
    r#use: String,
    /// `RS256` or `ES256`.
    alg: String,
    /// Modulus (RSA).
    #[schema(value_type = String, required = false)]
    n: Option<String>,
    /// Exponent (RSA).
    #[schema(value_type = String, required = false)]
    e: Option<String>,
    /// Curve (EC).
    #[schema(value_type = String, required = false)]
    crv: Option<String>,
    /// X coordinate (EC).
    #[schema(value_type = String, required = false)]
    x: Option<String>,
    /// Y coordinate (EC).
    #[schema(value_type = String, required = false)]
    y: Option<String>,
}

/// Signing keys
///
/// Every key whose signatures are accepted, or soon will be.
#[utoipa::path(
    operation_id = "getSigningKeys",
    tag = "oidc-wellknown",
    responses((status = 200, description = "The key set.", body = JwkSetBody))
)]
#[get("/.well-known/jwks.json")]
pub async fn jwks(state: web::Data<AppState>) -> HttpResponse {
    let keys: Value = state.ring.jwks(state.ports.now());
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .json(keys)
}
