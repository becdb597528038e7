//! The list of credentials.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::credential::{ClientSecret, Credential, CredentialFilter, CredentialStatus};
use agentidp_domain::page::PageRequest;
use agentidp_http::{ApiError, AppState};
use askama::Template;

use super::path;
use crate::access::Endpoint;
use crate::credential::permit;
use crate::dashboard::agents::{self, failure};
use crate::dashboard::{AGENTS, shell};
use crate::fault::{message, with_retry};
use crate::notice::Notice;
use crate::page::{page, see_other};
use crate::pager::Pager;
use crate::query::Query;
use crate::session::Visitor;
use crate::shell::Shell;
use crate::text::{Badge, Moment, short_id};

const LIST: Endpoint = Endpoint::new("GET", "/api/v1/agents/{agentId}/credentials");

const NOT_LOADED: &str = "Failed to load credentials.";

#[derive(Template)]
#[template(path = "dashboard/credentials.html")]
struct CredentialsPage {
    shell: Shell,
    agent: String,
    action: String,
    once: String,
    secret: Option<ClientSecret>,
    error: Option<String>,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    id: String,
    short_id: String,
    status: Badge,
    created: Moment,
    is_active: bool,
    rotate: String,
    revoke: String,
}

impl Row {
    fn new(agent: &str, credential: &Credential) -> Self {
        let id = credential.credential_id.to_string();
        let base = format!("{}/{id}", path(agent));
        let is_active = credential.status == CredentialStatus::Active;
        let tone = if is_active { "success" } else { "muted" };
        Self {
            short_id: short_id(&id),
            id,
            status: Badge::new(credential.status.as_str(), tone),
            created: Moment::date(credential.created_at),
            is_active,
            rotate: format!("{base}/rotate"),
            revoke: format!("{base}/revoke"),
        }
    }
}

/// What a list tells besides its entries.
#[derive(Default)]
pub struct Before {
    /// Line at the top.
    pub notice: Option<Notice>,
    /// A secret that was just made.
    pub secret: Option<ClientSecret>,
    /// What went wrong, and what it is called if it has no words of its own.
    pub error: Option<(ApiError, &'static str)>,
}

/// Credentials of an agent.
#[get("/agents/{agentId}/credentials")]
pub async fn index(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
    agent: web::Path<String>,
) -> HttpResponse {
    let query = Query::read(&request);
    let before = Before {
        notice: Notice::of(&query),
        ..Before::default()
    };
    answer(&state, &visitor, &agent, query.page(), before).await
}

/// The list as it is now, below what happened before.
pub async fn answer(
    state: &AppState,
    visitor: &Visitor,
    agent: &str,
    wanted: PageRequest,
    before: Before,
) -> HttpResponse {
    let mut view = CredentialsPage {
        shell: shell(visitor, AGENTS),
        agent: agents::path(agent),
        action: path(agent),
        once: state.sessions.single_use_token(),
        error: None,
        rows: Vec::new(),
        pager: Pager::new("", &[], wanted, 0),
        secret: before.secret,
    };
    view.shell.notice = before.notice;
    let mut failure_of = before.error;
    match load(state, visitor, agent, wanted).await {
        Ok((rows, pager)) => (view.rows, view.pager) = (rows, pager),
        // A secret is shown now or never, whatever becomes of the list.
        Err(error) if view.secret.is_some() => view.error = Some(message(&error, NOT_LOADED)),
        Err(error) => {
            let (error, default) = failure_of.take().unwrap_or((error, NOT_LOADED));
            return failure(visitor, &error, default);
        }
    }
    if let Some(last) = &view.pager.last {
        return see_other(last);
    }
    match failure_of {
        None => page(StatusCode::OK, &view),
        Some((error, default)) => {
            view.error = Some(message(&error, default));
            with_retry(page(error.status, &view), &error)
        }
    }
}

async fn load(
    state: &AppState,
    visitor: &Visitor,
    agent: &str,
    wanted: PageRequest,
) -> Result<(Vec<Row>, Pager), ApiError> {
    let id = permit(LIST, state, visitor, &[agent])?;
    let caller = &visitor.caller;
    let filter = CredentialFilter::default();
    let found = state.credentials.list(caller, id, filter, wanted).await?;
    let rows = found
        .items
        .iter()
        .map(|credential| Row::new(agent, credential));
    let pager = Pager::new(&path(agent), &[], found.request, found.total);
    Ok((rows.collect(), pager))
}
