//! Handlers of `/api/v1/billing`.

use actix_web::{HttpResponse, get, web};

use crate::billing::dto::UsageSummaryBody;
use crate::error::ApiError;
use crate::openapi::responses::Protected;
use crate::pipeline::authorize::Authenticated;
use crate::state::AppState;

/// Usage of today
///
/// What the caller's organization has used on the present day (UTC). Tokens,
/// agents and credentials agree with the audit log; API calls are up to a
/// minute behind.
#[utoipa::path(
    operation_id = "getUsage",
    tag = "billing",
    responses(
        (status = 200, description = "The usage.", body = UsageSummaryBody),
        Protected,
    ),
    security(("bearer" = []))
)]
#[get(
    "/billing/usage",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn usage(
    state: web::Data<AppState>,
    caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let today = state.usage.today(&caller.0).await?;
    Ok(HttpResponse::Ok().json(UsageSummaryBody::from(today)))
}
