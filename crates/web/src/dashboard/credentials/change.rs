//! Generating, rotating and revoking credentials.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use agentidp_domain::credential::{ClientSecret, Credential, CredentialFilter, CredentialStatus};
use agentidp_domain::id::{AgentId, CredentialId};
use agentidp_domain::page::PageRequest;
use agentidp_http::{ApiError, AppState, origin_of};

use super::list::{Before, answer};
use super::path;
use crate::access::Endpoint;
use crate::confirm::Confirm;
use crate::credential::{self, is_first, permit};
use crate::dashboard::agents::failure;
use crate::dashboard::{AGENTS, shell};
use crate::notice::Notice;
use crate::page::see_other;
use crate::session::{Form, Visitor};

const ROTATE: Endpoint = Endpoint::new(
    "POST",
    "/api/v1/agents/{agentId}/credentials/{credentialId}/rotate",
);
const REVOKE: Endpoint = Endpoint::new(
    "DELETE",
    "/api/v1/agents/{agentId}/credentials/{credentialId}",
);

const ROTATE_TEXT: &str = "The existing secret will be invalidated immediately. \
     You will receive a new secret — store it securely.";
const ROTATE_WARNING: &str =
    "This credential has an expiry date. Rotation removes it: the new secret does not expire.";
const REVOKE_TEXT: &str = "This will permanently revoke the credential. This cannot be undone.";

/// Makes a credential; its secret is in this answer only.
#[post("/agents/{agentId}/credentials")]
pub async fn generate(
    request: HttpRequest,
    state: web::Data<AppState>,
    form: Form,
    agent: web::Path<String>,
) -> HttpResponse {
    let made = credential::generate(&request, &state, &form, &agent).await;
    told(
        &state,
        &form.visitor,
        &agent,
        made,
        "Failed to generate credential.",
    )
    .await
}

/// The list with a new secret, without one because the form was repeated, or
/// with what went wrong.
async fn told(
    state: &AppState,
    visitor: &Visitor,
    agent: &str,
    made: Result<Option<ClientSecret>, ApiError>,
    default: &'static str,
) -> HttpResponse {
    let mut before = Before::default();
    match made {
        Ok(Some(secret)) => before.secret = Some(secret),
        Ok(None) => before.notice = Some(Notice::REPEATED),
        Err(error) => before.error = Some((error, default)),
    }
    answer(state, visitor, agent, PageRequest::default(), before).await
}

/// Names what will happen and asks.
#[get("/agents/{agentId}/credentials/{credentialId}/{change:rotate|revoke}")]
pub async fn ask(
    state: web::Data<AppState>,
    visitor: Visitor,
    path: web::Path<(String, String, String)>,
) -> HttpResponse {
    let (agent, credential, change) = path.into_inner();
    match question(&state, &visitor, &agent, &credential, &change).await {
        Ok(confirm) => confirm.ask(),
        Err(error) => failure(&visitor, &error, "Failed to load credentials."),
    }
}

async fn question(
    state: &AppState,
    visitor: &Visitor,
    agent: &str,
    id: &str,
    change: &str,
) -> Result<Confirm, ApiError> {
    let rotates = change == "rotate";
    let endpoint = if rotates { ROTATE } else { REVOKE };
    let owner = permit(endpoint, state, visitor, &[agent, id])?;
    let found = find(state, visitor, owner, credential_id(id)?).await?;
    let mut confirm = Confirm {
        shell: shell(visitor, AGENTS),
        title: "Revoke credential?".to_owned(),
        text: REVOKE_TEXT.to_owned(),
        warning: None,
        typed: None,
        once: None,
        error: None,
        action: format!("{}/{id}/{change}", path(agent)),
        cancel: path(agent),
        label: "Revoke",
        kind: "destructive",
    };
    if rotates {
        confirm.title = "Rotate credential?".to_owned();
        confirm.text = ROTATE_TEXT.to_owned();
        confirm.warning = found.expires_at.map(|_| ROTATE_WARNING.to_owned());
        confirm.once = Some(state.sessions.single_use_token());
        (confirm.label, confirm.kind) = ("Rotate", "default");
    }
    Ok(confirm)
}

/// An active credential of an agent, of which there are at most
/// [`MAX_ACTIVE`](agentidp_domain::credential::MAX_ACTIVE); there is no use
/// case for a single one.
async fn find(
    state: &AppState,
    visitor: &Visitor,
    agent: AgentId,
    id: CredentialId,
) -> Result<Credential, ApiError> {
    let caller = &visitor.caller;
    let filter = CredentialFilter {
        status: Some(CredentialStatus::Active),
    };
    let all = PageRequest::new(1, PageRequest::MAX_LIMIT).unwrap_or_default();
    let found = state.credentials.list(caller, agent, filter, all).await?;
    let mut active = found.items.into_iter();
    active
        .find(|credential| credential.credential_id == id)
        .ok_or_else(ApiError::credential_not_found)
}

fn credential_id(text: &str) -> Result<CredentialId, ApiError> {
    text.parse().map_err(|_| ApiError::credential_not_found())
}

/// Rotates or revokes.
#[post("/agents/{agentId}/credentials/{credentialId}/{change:rotate|revoke}")]
pub async fn carry_out(
    request: HttpRequest,
    state: web::Data<AppState>,
    form: Form,
    path: web::Path<(String, String, String)>,
) -> HttpResponse {
    let (agent, credential, change) = path.into_inner();
    if change == "rotate" {
        let made = rotated(&request, &state, &form, &agent, &credential).await;
        return told(
            &state,
            &form.visitor,
            &agent,
            made,
            "Failed to rotate credential.",
        )
        .await;
    }
    match revoked(&request, &state, &form, &agent, &credential).await {
        Ok(()) => see_other(&Notice::REVOKED.at(&super::path(&agent))),
        Err(error) => {
            let made = Err(error);
            told(
                &state,
                &form.visitor,
                &agent,
                made,
                "Failed to revoke credential.",
            )
            .await
        }
    }
}

async fn rotated(
    request: &HttpRequest,
    state: &AppState,
    form: &Form,
    agent: &str,
    id: &str,
) -> Result<Option<ClientSecret>, ApiError> {
    let owner = permit(ROTATE, state, &form.visitor, &[agent, id])?;
    let credential = credential_id(id)?;
    if !is_first(state, form).await? {
        return Ok(None);
    }
    let (caller, origin) = (&form.visitor.caller, origin_of(request));
    let issued = state
        .credentials
        .rotate(caller, &origin, owner, credential, None)
        .await?;
    Ok(Some(issued.secret))
}

async fn revoked(
    request: &HttpRequest,
    state: &AppState,
    form: &Form,
    agent: &str,
    id: &str,
) -> Result<(), ApiError> {
    let owner = permit(REVOKE, state, &form.visitor, &[agent, id])?;
    let credential = credential_id(id)?;
    let (caller, origin) = (&form.visitor.caller, origin_of(request));
    let credentials = &state.credentials;
    Ok(credentials
        .revoke(caller, &origin, owner, credential)
        .await?)
}
