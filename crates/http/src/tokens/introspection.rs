//! `POST /api/v1/token/introspect` and its alias `POST /oauth2/introspect`
//! (RFC 7662).

use actix_web::{HttpRequest, HttpResponse, post, web};

use crate::error::OAuthError;
use crate::input::RawBody;
use crate::openapi::responses::OAuth;
use crate::pipeline::origin;
use crate::state::AppState;
use crate::tokens::asker::admit;
use crate::tokens::dto::{IntrospectionBody, TokenActionBody};
use crate::tokens::uncached;

/// Introspect a token
///
/// Tells whether the API would accept a token now. With a Bearer token or
/// client authentication; a Bearer caller needs `tokens:read` for tokens that
/// are not its own.
#[utoipa::path(
    operation_id = "introspectToken",
    tag = "oauth2-token",
    request_body(content(
        (TokenActionBody = "application/x-www-form-urlencoded"),
        (TokenActionBody = "application/json"),
    )),
    responses(
        (status = 200, description = "The state of the token.", body = IntrospectionBody),
        OAuth,
    ),
    security(("bearer" = ["tokens:read"]), ("basic" = []))
)]
#[post("/token/introspect")]
pub async fn introspect(
    request: HttpRequest,
    state: web::Data<AppState>,
    body: RawBody,
) -> HttpResponse {
    uncached(answer(&request, &state, body).await)
}

/// Introspect a token (alias)
///
/// Identical to `POST /api/v1/token/introspect`.
#[utoipa::path(
    operation_id = "introspectTokenAlias",
    tag = "oauth2-token",
    request_body(content(
        (TokenActionBody = "application/x-www-form-urlencoded"),
        (TokenActionBody = "application/json"),
    )),
    responses(
        (status = 200, description = "The state of the token.", body = IntrospectionBody),
        OAuth,
    ),
    security(("bearer" = ["tokens:read"]), ("basic" = []))
)]
#[post("/oauth2/introspect")]
pub async fn introspect_alias(
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
    let introspection = state.tokens.introspect(&asker, token, &origin).await?;
    Ok(HttpResponse::Ok().json(IntrospectionBody::from(introspection)))
}
