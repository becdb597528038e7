//! `POST /api/v1/token/revoke` and its alias `POST /oauth2/revoke` (RFC 7009).

use actix_web::{HttpRequest, HttpResponse, post, web};

use crate::error::OAuthError;
use crate::input::RawBody;
use crate::openapi::responses::OAuth;
use crate::pipeline::origin;
use crate::state::AppState;
use crate::tokens::asker::admit;
use crate::tokens::dto::{RevocationBody, TokenActionBody};
use crate::tokens::uncached;

/// Revoke a token
///
/// An agent revokes its own tokens, `admin:orgs` any. Idempotent; tokens that
/// expired or are not ours are answered alike.
#[utoipa::path(
    operation_id = "revokeToken",
    tag = "oauth2-token",
    request_body(content(
        (TokenActionBody = "application/x-www-form-urlencoded"),
        (TokenActionBody = "application/json"),
    )),
    responses(
        (status = 200, description = "Revoked, or nothing to revoke.", body = RevocationBody),
        OAuth,
    ),
    security(("bearer" = ["tokens:read"]), ("basic" = []))
)]
#[post("/token/revoke")]
pub async fn revoke(
    request: HttpRequest,
    state: web::Data<AppState>,
    body: RawBody,
) -> HttpResponse {
    uncached(answer(&request, &state, body).await)
}

/// Revoke a token (alias)
///
/// Identical to `POST /api/v1/token/revoke`.
#[utoipa::path(
    operation_id = "revokeTokenAlias",
    tag = "oauth2-token",
    request_body(content(
        (TokenActionBody = "application/x-www-form-urlencoded"),
        (TokenActionBody = "application/json"),
    )),
    responses(
        (status = 200, description = "Revoked, or nothing to revoke.", body = RevocationBody),
        OAuth,
    ),
    security(("bearer" = ["tokens:read"]), ("basic" = []))
)]
#[post("/oauth2/revoke")]
pub async fn revoke_alias(
    request: HttpRequest,
    state: web::Data<AppState>,
    body: RawBody,
) -> HttpResponse {
    uncached(answer(&request, &state, body).await)
}

async fn answer(
    request: &HttpRequest,
    state: &AppState,
    body: RawBody,
) -> Result<HttpResponse, OAuthError> {
    let (asker, token) = admit(request, state, body).await?;
    let origin = origin::stored(request);
    state.tokens.revoke(&asker, token, &origin).await?;
    Ok(HttpResponse::Ok().json(RevocationBody {}))
}
