//! Handlers of `/api/v1/webhooks`.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};

use crate::error::{ApiError, ErrorBody};
use crate::input::{JsonBody, QueryReader, path_id};
use crate::openapi::responses::{Body, Protected, Query};
use crate::pipeline::authorize::Authenticated;
use crate::pipeline::origin;
use crate::state::AppState;
use crate::webhooks::dto::{
    CreateSubscriptionBody, CreatedSubscriptionBody, HistoryBody, SubscriptionBody,
    UpdateSubscriptionBody, delivery_filter, new_subscription, subscription_patch,
};

/// Create a webhook subscription
///
/// Every matching event is sent to the URL from now on. The signing secret is
/// in this answer only. An organization may have 50 subscriptions.
#[utoipa::path(
    operation_id = "createWebhook",
    tag = "webhooks",
    request_body = CreateSubscriptionBody,
    responses(
        (status = 201, description = "The subscription with its secret.", body = CreatedSubscriptionBody),
        Body, Protected,
    ),
    security(("bearer" = ["webhooks:write"]))
)]
#[post(
    "/webhooks",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn create(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let new = new_subscription(body, state.settings.webhook_targets)?;
    let origin = origin::stored(&request);
    let created = state.webhooks.create(&caller.0, &origin, new).await?;
    Ok(HttpResponse::Created().json(CreatedSubscriptionBody::from(created)))
}

/// List webhook subscriptions
///
/// All subscriptions of the caller's organization, newest first.
#[utoipa::path(
    operation_id = "listWebhooks",
    tag = "webhooks",
    responses(
        (status = 200, description = "The subscriptions.", body = Vec<SubscriptionBody>),
        Protected,
    ),
    security(("bearer" = ["webhooks:read"]))
)]
#[get(
    "/webhooks",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn list(
    state: web::Data<AppState>,
    caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let subscriptions = state.webhooks.list(&caller.0).await?;
    let subscriptions: Vec<_> = subscriptions
        .into_iter()
        .map(SubscriptionBody::from)
        .collect();
    Ok(HttpResponse::Ok().json(subscriptions))
}

/// Get a webhook subscription
///
/// `failure_count` tells how many attempts have failed in a row.
#[utoipa::path(
    operation_id = "getWebhook",
    tag = "webhooks",
    params(("id" = String, Path, description = "Id of the subscription.", format = Uuid)),
    responses(
        (status = 200, description = "The subscription.", body = SubscriptionBody),
        (status = 404, description = "`WEBHOOK_NOT_FOUND`.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = ["webhooks:read"]))
)]
#[get(
    "/webhooks/{id}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn get(
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&id, ApiError::webhook_not_found)?;
    let subscription = state.webhooks.get(&caller.0, id).await?;
    Ok(HttpResponse::Ok().json(SubscriptionBody::from(subscription)))
}

/// Update a webhook subscription
///
/// Omitted fields stay, and so does the signing secret. While it is paused
/// nothing new is queued for it; what waits is sent when it resumes.
#[utoipa::path(
    operation_id = "updateWebhook",
    tag = "webhooks",
    params(("id" = String, Path, description = "Id of the subscription.", format = Uuid)),
    request_body = UpdateSubscriptionBody,
    responses(
        (status = 200, description = "The subscription after the change.", body = SubscriptionBody),
        (status = 404, description = "`WEBHOOK_NOT_FOUND`.", body = ErrorBody),
        Body, Protected,
    ),
    security(("bearer" = ["webhooks:write"]))
)]
#[patch(
    "/webhooks/{id}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn update(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let patch = subscription_patch(body, state.settings.webhook_targets)?;
    let id = path_id(&id, ApiError::webhook_not_found)?;
    let origin = origin::stored(&request);
    let subscription = state.webhooks.update(&caller.0, &origin, id, patch).await?;
    Ok(HttpResponse::Ok().json(SubscriptionBody::from(subscription)))
}

/// Delete a webhook subscription
///
/// For good, with its secret, its history and everything that waits to be
/// sent to it.
#[utoipa::path(
    operation_id = "deleteWebhook",
    tag = "webhooks",
    params(("id" = String, Path, description = "Id of the subscription.", format = Uuid)),
    responses(
        (status = 204, description = "Deleted."),
        (status = 404, description = "`WEBHOOK_NOT_FOUND`.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = ["webhooks:write"]))
)]
#[delete(
    "/webhooks/{id}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn delete(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&id, ApiError::webhook_not_found)?;
    let origin = origin::stored(&request);
    state.webhooks.delete(&caller.0, &origin, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List the deliveries of a webhook subscription
///
/// Newest first, for 90 days.
#[utoipa::path(
    operation_id = "listWebhookDeliveries",
    tag = "webhooks",
    params(
        ("id" = String, Path, description = "Id of the subscription.", format = Uuid),
        ("limit" = Option<u32>, Query, description = "Entries at most; 20 when absent.", minimum = 1, maximum = 100),
        ("offset" = Option<u32>, Query, description = "Entries to leave out at the beginning.", minimum = 0),
        ("status" = Option<String>, Query, description = "Exact state: pending, delivered, failed or dead_letter."),
    ),
    responses(
        (status = 200, description = "A part of the history.", body = HistoryBody),
        (status = 404, description = "`WEBHOOK_NOT_FOUND`.", body = ErrorBody),
        Query, Protected,
    ),
    security(("bearer" = ["webhooks:read"]))
)]
#[get(
    "/webhooks/{id}/deliveries",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn deliveries(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let filter = delivery_filter(QueryReader::new(&request))?;
    let id = path_id(&id, ApiError::webhook_not_found)?;
    let (deliveries, total) = state.webhooks.deliveries(&caller.0, id, filter).await?;
    Ok(HttpResponse::Ok().json(HistoryBody::new(deliveries, total, filter)))
}
