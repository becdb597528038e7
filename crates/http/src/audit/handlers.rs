//! Handlers of `/api/v1/audit`.

use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::audit::{AuditFilter, AuditQuery, DateRange};
use agentidp_domain::page::Page;
use agentidp_domain::time::Timestamp;

use crate::audit::dto::{AuditEventBody, VerificationBody};
use crate::error::{ApiError, ErrorBody};
use crate::input::QueryReader;
use crate::openapi::responses::{Protected, Query};
use crate::pipeline::authorize::Authenticated;
use crate::pipeline::limits;
use crate::state::AppState;
use crate::wire::ListBody;

/// Verifications per client and minute.
const VERIFICATIONS_PER_MINUTE: u32 = 30;

const FROM_EXAMPLE: &str = "2026-03-01T00:00:00.000Z";
const TO_EXAMPLE: &str = "2026-03-31T23:59:59.999Z";

/// Query audit events
///
/// Events of the caller's organization inside the retention window of its
/// plan, newest first.
#[utoipa::path(
    operation_id = "queryAuditEvents",
    tag = "audit-log",
    params(
        ("page" = Option<u32>, Query, description = "Page number, from 1.", minimum = 1),
        ("limit" = Option<u32>, Query, description = "Entries per page.", minimum = 1, maximum = 100),
        ("agentId" = Option<String>, Query, description = "Exact agent."),
        ("action" = Option<String>, Query, description = "Exact action."),
        ("outcome" = Option<String>, Query, description = "Exact outcome."),
        ("fromDate" = Option<String>, Query, description = "Earliest time or date, inclusive."),
        ("toDate" = Option<String>, Query, description = "Latest time or date, inclusive."),
    ),
    responses(
        (status = 200, description = "One page.", body = ListBody<AuditEventBody>),
        Query, Protected,
    ),
    security(("bearer" = ["audit:read"]))
)]
#[get(
    "/audit",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn query(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let mut reader = QueryReader::new(&request);
    let page = reader.page();
    let filter = AuditFilter {
        agent_id: reader.optional("agentId", |text| Ok(text.to_owned())),
        action: reader.optional("action", str::parse),
        outcome: reader.optional("outcome", str::parse),
        from: reader.date_or_time("fromDate", FROM_EXAMPLE, Timestamp::start_of_day),
        to: reader.date_or_time("toDate", TO_EXAMPLE, Timestamp::end_of_day),
    };
    reader.finish()?;
    let found = state
        .audit
        .query(&caller.0, AuditQuery { filter, page })
        .await?;
    let page = Page {
        items: found.records,
        total: found.total,
        request: page,
    };
    Ok(HttpResponse::Ok().json(ListBody::new(page, AuditEventBody::from)))
}

/// Verify the audit log
///
/// Walks the log of the caller's organization and reports whether its hash
/// chain is intact. 200 whatever the result. At most 30 times per minute and
/// client.
#[utoipa::path(
    operation_id = "verifyAuditLog",
    tag = "compliance",
    params(
        ("fromDate" = Option<String>, Query, description = "Earliest time, inclusive."),
        ("toDate" = Option<String>, Query, description = "Latest time, inclusive."),
    ),
    responses(
        (status = 200, description = "The result.", body = VerificationBody),
        Query, Protected,
    ),
    security(("bearer" = ["audit:read"]))
)]
#[get(
    "/audit/verify",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn verify(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let reading = state
        .limits
        .charge_client(caller.0.agent_id, VERIFICATIONS_PER_MINUTE)
        .await;
    limits::note(&request, reading)?;
    let mut reader = QueryReader::new(&request);
    let from = reader.date_time("fromDate", FROM_EXAMPLE);
    let to = reader.date_time("toDate", TO_EXAMPLE);
    reader.finish()?;
    let range = DateRange::new(from, to)?;
    let result = state.audit.verify(&caller.0, range).await?;
    Ok(HttpResponse::Ok().json(VerificationBody::new(&result, from, to)))
}

/// Get an audit event
///
/// Unknown, foreign and expired events are answered alike.
#[utoipa::path(
    operation_id = "getAuditEvent",
    tag = "audit-log",
    params(("eventId" = String, Path, description = "Id of the event.", format = Uuid)),
    responses(
        (status = 200, description = "The event.", body = AuditEventBody),
        (status = 404, description = "`AUDIT_EVENT_NOT_FOUND`.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = ["audit:read"]))
)]
#[get(
    "/audit/{eventId}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn get(
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = id.parse().map_err(|_| ApiError::audit_event_not_found())?;
    let record = state.audit.get(&caller.0, id).await?;
    Ok(HttpResponse::Ok().json(AuditEventBody::from(record)))
}
