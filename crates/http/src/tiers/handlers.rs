//! Handlers of `/api/v1/tiers`.

use actix_web::{HttpResponse, get, web};

use crate::error::ApiError;
use crate::openapi::responses::Protected;
use crate::pipeline::authorize::Authenticated;
use crate::state::AppState;
use crate::tiers::dto::TierStatusBody;

/// Plan and its use
///
/// Plan of the caller's organization, the limits in force and what of them is
/// used. Also answered when a limit of agents or tokens is reached.
#[utoipa::path(
    operation_id = "getTierStatus",
    tag = "tiers",
    responses(
        (status = 200, description = "The plan.", body = TierStatusBody),
        Protected,
    ),
    security(("bearer" = []))
)]
#[get(
    "/tiers/status",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn status(
    state: web::Data<AppState>,
    caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let plan = state.tiers.status(&caller.0).await?;
    Ok(HttpResponse::Ok().json(TierStatusBody::from(plan)))
}
