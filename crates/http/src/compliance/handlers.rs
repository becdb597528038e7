//! Handlers of `/api/v1/compliance`. With `COMPLIANCE_ENABLED=false` report
//! and agent cards do not exist; `pipeline/switch.rs` sees to that.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, ContentType};
use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::compliance::array::array;
use crate::compliance::dto::{ControlsBody, ReportBody};
use crate::did::AgentCardBody;
use crate::error::{ApiError, ErrorBody};
use crate::openapi::responses::Protected;
use crate::pipeline::authorize::Authenticated;
use crate::pipeline::{limits, origin};
use crate::state::AppState;

/// Requests for the controls per address and minute.
const CONTROLS_PER_MINUTE: u32 = 120;

const FILE: &str = "attachment; filename=\"agent-cards.json\"";

/// Status of the SOC 2 controls
///
/// Shows to everybody what the last check of each control found; checks
/// nothing itself. 200 whatever the result. At most 120 times per minute and
/// address.
#[utoipa::path(
    operation_id = "getComplianceControls",
    tag = "compliance",
    responses(
        (status = 200, description = "All controls.", body = ControlsBody),
        (status = 429, description = "Rate limit of the client's address exceeded; see `Retry-After`.", body = ErrorBody),
        (status = 500, description = "Unexpected fault.", body = ErrorBody),
    )
)]
#[get("/compliance/controls")]
pub async fn controls(
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let origin = origin::stored(&request);
    let reading = state
        .limits
        .charge_ip_apart(&origin, "controls", CONTROLS_PER_MINUTE)
        .await;
    limits::note(&request, reading)?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .json(ControlsBody::new(state.controls.all())))
}

/// AGNTCY conformance report
///
/// Identifiers and credentials of the agents of the caller's organization, and
/// its audit log. At most five minutes old. 200 whatever the result.
#[utoipa::path(
    operation_id = "getComplianceReport",
    tag = "compliance",
    responses(
        (status = 200, description = "The report.", body = ReportBody),
        (status = 404, description = "`NOT_FOUND`: compliance reporting is switched off.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = ["audit:read"]))
)]
#[get(
    "/compliance/report",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn report(
    state: web::Data<AppState>,
    caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let given = state.compliance.report(&caller.0).await?;
    Ok(HttpResponse::Ok().json(ReportBody::from(given)))
}

/// Export agent cards
///
/// One card per active agent of the caller's organization that has a DID, by
/// agent id.
#[utoipa::path(
    operation_id = "exportAgentCards",
    tag = "compliance",
    responses(
        (status = 200, description = "The cards, as a file.", body = Vec<AgentCardBody>),
        (status = 404, description = "`NOT_FOUND`: compliance reporting is switched off.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = ["agents:read"]))
)]
#[get(
    "/compliance/agent-cards",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn agent_cards(
    state: web::Data<AppState>,
    caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let cards = state.compliance.agent_cards(&caller.0).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_DISPOSITION, FILE))
        .content_type(ContentType::json())
        .streaming(array(cards)))
}
