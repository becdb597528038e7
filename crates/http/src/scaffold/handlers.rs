//! Handler of `/api/v1/sdk/scaffold`.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::scaffold::Language;

use crate::error::{ApiError, ErrorBody};
use crate::input::{QueryReader, path_id};
use crate::openapi::responses::Protected;
use crate::pipeline::authorize::Authenticated;
use crate::pipeline::{limits, origin};
use crate::scaffold::archive::ScaffoldArchive;
use crate::state::AppState;

/// Projects per organization and minute.
const PROJECTS_PER_MINUTE: u32 = 10;

/// Generate a starter project
///
/// A small program, ready to run, that gets a token for an agent of the
/// caller's organization through the SDK and makes one call. The secret is
/// left for the user to fill in. At most 10 times per minute and organization.
#[utoipa::path(
    operation_id = "generateScaffold",
    tag = "sdk-scaffold",
    params(
        ("agentId" = String, Path, description = "Id of the agent.", format = Uuid),
        ("language" = Option<String>, Query, description = "`typescript` (default), `python`, `go`, `java` or `rust`."),
    ),
    responses(
        (
            status = 200, description = "The project, a ZIP archive.",
            body = ScaffoldArchive, content_type = "application/zip",
            headers(("Content-Disposition" = String, description = "Name of the archive, `<agent-name>-scaffold.zip`."))
        ),
        (status = 400, description = "Unknown language; `details` names the supported ones.", body = ErrorBody),
        (status = 404, description = "`AGENT_NOT_FOUND`.", body = ErrorBody),
        (status = 422, description = "`AGENT_DECOMMISSIONED`.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = []))
)]
#[get(
    "/sdk/scaffold/{agentId}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn generate(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let reading = state
        .limits
        .charge_organization_apart(caller.0.organization_id, "scaffold", PROJECTS_PER_MINUTE)
        .await;
    limits::note(&request, reading).map_err(ApiError::of_scaffold_limit)?;
    let language = language(&request)?;
    let id = path_id(&id, ApiError::agent_not_found)?;
    let origin = origin::stored(&request);
    let scaffold = state
        .scaffolds
        .generate(&caller.0, &origin, id, language, ScaffoldArchive::pack)
        .await?;
    let disposition = format!("attachment; filename=\"{}\"", scaffold.file_name);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/zip"))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .body(scaffold.archive.into_bytes()))
}

/// The wanted language.
fn language(request: &HttpRequest) -> Result<Language, ApiError> {
    let mut reader = QueryReader::new(request);
    let wanted = reader.optional("language", |text| Ok(text.to_owned()));
    reader.finish()?;
    match wanted {
        None => Ok(Language::TypeScript),
        Some(text) => text.parse().map_err(|_| ApiError::unknown_language(&text)),
    }
}
