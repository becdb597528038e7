//! Handlers of `/api/v1/tiers`.

use actix_web::{HttpResponse, get, post, web};

use crate::error::ApiError;
use crate::input::JsonBody;
use crate::openapi::responses::{Body, Protected};
use crate::pipeline::authorize::Authenticated;
use crate::state::AppState;
use crate::tiers::dto::{TierStatusBody, UpgradeBody, UpgradeRequestBody, upgrade_request};

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

/// Buy a higher tier
///
/// Begins a checkout at Stripe for the caller's organization; send the buyer
/// to the URL. The tier changes when Stripe tells that it was paid. 400
/// `ALREADY_ON_TIER` or `DOWNGRADE_NOT_PERMITTED` when the tier is not higher.
/// 500 `STRIPE_ERROR` when Stripe cannot be asked, refuses, or has no price
/// for the tier.
#[utoipa::path(
    operation_id = "upgradeTier",
    tag = "tiers",
    request_body = UpgradeRequestBody,
    responses(
        (status = 201, description = "The checkout.", body = UpgradeBody),
        Body, Protected,
    ),
    security(("bearer" = ["agents:write"]))
)]
#[post(
    "/tiers/upgrade",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn upgrade(
    state: web::Data<AppState>,
    caller: Authenticated,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let (target, redirects) = upgrade_request(body, &state.settings.redirects)?;
    let checkout_url = state.billing.upgrade(&caller.0, target, redirects).await?;
    Ok(HttpResponse::Created().json(UpgradeBody::new(checkout_url, target)))
}
