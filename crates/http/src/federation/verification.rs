//! `POST /api/v1/federation/verify`.

use actix_web::{HttpRequest, HttpResponse, post, web};

use crate::error::{ApiError, ErrorBody};
use crate::federation::dto::{VerifiedBody, VerifyBody, verification};
use crate::input::JsonBody;
use crate::openapi::responses::{Body, Protected};
use crate::pipeline::authorize::Authenticated;
use crate::pipeline::origin;
use crate::state::AppState;

/// Verify a partner's token
///
/// Answers whether the token is trustworthy and what it claims. Nothing is
/// issued. Every failed verification is 422.
#[utoipa::path(
    operation_id = "verifyFederatedToken",
    tag = "federation",
    request_body = VerifyBody,
    responses(
        (status = 200, description = "The token is trustworthy.", body = VerifiedBody),
        (status = 422, description = "`FEDERATION_TOKEN_INVALID`, `FEDERATION_TOKEN_EXPIRED`, `UNKNOWN_FEDERATION_ISSUER`, `FEDERATION_PARTNER_SUSPENDED`, `FEDERATION_ORG_NOT_ALLOWED`, `JWKS_UNREACHABLE`.", body = ErrorBody),
        Body, Protected,
    ),
    security(("bearer" = ["agents:read"]))
)]
#[post(
    "/federation/verify",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn verify(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let wish = verification(body)?;
    let origin = origin::stored(&request);
    let token = state
        .federation_verifier
        .verify(&caller.0, &origin, &wish)
        .await?;
    Ok(HttpResponse::Ok().json(VerifiedBody::from(token)))
}
