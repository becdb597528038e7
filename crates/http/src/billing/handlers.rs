//! Handlers of `/api/v1/billing`.

use actix_web::{HttpRequest, HttpResponse, get, post, web};

use crate::billing::dto::{
    CheckoutBody, CheckoutRequestBody, ReceiptBody, StripeEventBody, UsageSummaryBody,
    checkout_ends,
};
use crate::error::{ApiError, ErrorBody};
use crate::input::{EventBody, JsonBody, STRIPE_SIGNATURE};
use crate::openapi::responses::{Anonymous, Body, Protected};
use crate::pipeline::authorize::Authenticated;
use crate::pipeline::{limits, origin};
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

/// Buy tier `pro`
///
/// Begins a checkout at Stripe for the caller's organization; send the buyer
/// to the URL. Nothing changes here until Stripe tells that it was paid. 500
/// `STRIPE_ERROR` when Stripe cannot be asked, refuses, or is not configured.
#[utoipa::path(
    operation_id = "createCheckout",
    tag = "billing",
    request_body(content = Option<CheckoutRequestBody>),
    responses(
        (status = 201, description = "The checkout.", body = CheckoutBody),
        Body, Protected,
    ),
    security(("bearer" = ["agents:write"]))
)]
#[post(
    "/billing/checkout",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn checkout(
    state: web::Data<AppState>,
    caller: Authenticated,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let redirects = checkout_ends(body, &state.settings.redirects)?;
    let checkout_url = state.billing.checkout(&caller.0, redirects).await?;
    Ok(HttpResponse::Created().json(CheckoutBody { checkout_url }))
}

/// Receive an event of Stripe
///
/// For Stripe alone: the header `Stripe-Signature` has to fit the body. Events
/// that are repeated or that nothing follows from are answered alike.
#[utoipa::path(
    operation_id = "receiveStripeEvent",
    tag = "billing",
    params(("Stripe-Signature" = String, Header, description = "`t=<Unix seconds>,v1=<HMAC-SHA256, hexadecimal>`.")),
    request_body(content = StripeEventBody),
    responses(
        (status = 200, description = "Taken.", body = ReceiptBody),
        (status = 400, description = "`VALIDATION_ERROR` without the header, `STRIPE_SIGNATURE_INVALID` when signature or body are wrong or old.", body = ErrorBody),
        (status = 413, description = "Body larger than 1 MiB.", body = ErrorBody),
        Anonymous,
    )
)]
#[post("/billing/webhook")]
pub async fn webhook(
    request: HttpRequest,
    state: web::Data<AppState>,
    body: EventBody,
) -> Result<HttpResponse, ApiError> {
    match take(&request, &state, body).await {
        Ok(()) => Ok(HttpResponse::Ok().json(ReceiptBody { received: true })),
        // What Stripe signed is authenticated and not charged to an address.
        Err(error) => Err(limits::charge_unverified(&request, &state, error).await),
    }
}

async fn take(request: &HttpRequest, state: &AppState, body: EventBody) -> Result<(), ApiError> {
    let signature = request.headers().get(STRIPE_SIGNATURE);
    let signature = signature.ok_or_else(|| ApiError::header_required(STRIPE_SIGNATURE))?;
    // What is no text is no signature either.
    let signature = signature.to_str().unwrap_or_default();
    let (origin, body) = (origin::stored(request), body.0?);
    state.billing.receive(&origin, signature, &body).await?;
    Ok(())
}
