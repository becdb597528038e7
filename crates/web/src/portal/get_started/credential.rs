//! The third step: a credential for the agent.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use agentidp_domain::credential::ClientSecret;
use agentidp_http::AppState;
use askama::Template;

use super::progress::{Progress, Step};
use crate::credential::{self, GENERATE, permit};
use crate::fault::{message, with_retry};
use crate::notice::Notice;
use crate::page::{page, see_other};
use crate::portal::{GET_STARTED, shell};
use crate::session::{Form, Visitor};
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "portal/get_started/credential.html")]
struct CredentialPage {
    shell: Shell,
    progress: Progress,
    error: Option<String>,
    denied: Option<String>,
    action: String,
    once: String,
    agent: String,
    secret: Option<ClientSecret>,
    back: String,
    next: String,
}

impl CredentialPage {
    fn new(state: &AppState, visitor: &Visitor, agent: &str) -> Self {
        let permitted = permit(GENERATE, state, visitor, &[agent]);
        Self {
            shell: shell(GET_STARTED, Some(visitor)),
            progress: Progress::at(Step::Credentials, agent),
            error: None,
            denied: permitted.err().map(|error| message(&error, "")),
            action: Step::Credentials.address(agent),
            once: state.sessions.single_use_token(),
            agent: agent.to_owned(),
            secret: None,
            back: Step::Agent.address(agent),
            next: Step::Snippet.address(agent),
        }
    }
}

/// Offers to generate a credential. Without an agent, that step comes first.
pub fn offer(state: &AppState, visitor: &Visitor, agent: &str) -> HttpResponse {
    if agent.is_empty() {
        return see_other(&Step::Agent.address(""));
    }
    page(StatusCode::OK, &CredentialPage::new(state, visitor, agent))
}

/// Makes a credential; its secret is in this answer only.
pub async fn generate(
    request: &HttpRequest,
    state: &AppState,
    form: &Form,
    agent: &str,
) -> HttpResponse {
    let mut view = CredentialPage::new(state, &form.visitor, agent);
    match credential::generate(request, state, form, agent).await {
        Ok(Some(secret)) => view.secret = Some(secret),
        Ok(None) => view.shell.notice = Some(Notice::REPEATED),
        Err(error) => {
            view.error = Some(message(&error, "Failed to generate credential."));
            return with_retry(page(error.status, &view), &error);
        }
    }
    page(StatusCode::OK, &view)
}
