//! The fourth step: a command and a program with the new client.

use actix_web::HttpResponse;
use agentidp_http::AppState;
use askama::Template;

use super::progress::{Progress, Step};
use crate::page::ok;
use crate::portal::sdks::{self, Sdk};
use crate::portal::{GET_STARTED, command, shell};
use crate::query::Query;
use crate::session::Visitor;
use crate::shell::Shell;
use crate::text::Choice;

#[derive(Template)]
#[template(path = "portal/get_started/snippet.html")]
struct SnippetPage {
    shell: Shell,
    progress: Progress,
    languages: Vec<Choice>,
    action: &'static str,
    agent: String,
    base_url: String,
    sdk: &'static Sdk,
    program: String,
    variables: String,
    command: String,
    back: String,
}

/// The step for the client `agent`, which may be missing.
pub fn page_for(
    state: &AppState,
    visitor: Option<&Visitor>,
    query: &Query,
    agent: &str,
) -> HttpResponse {
    let base = state.settings.issuer.as_str();
    let [default, ..] = &sdks::ALL;
    let wanted = query.get("language");
    let found = sdks::ALL.iter().find(|sdk| sdk.key == wanted);
    let sdk = found.unwrap_or(default);
    let client = Some(agent).filter(|agent| !agent.is_empty());
    let choices = sdks::ALL.iter();
    let choices = choices.map(|one| Choice::new(one.key, one.title, sdk.key));
    ok(&SnippetPage {
        shell: shell(GET_STARTED, visitor),
        progress: Progress::at(Step::Snippet, agent),
        languages: choices.collect(),
        action: GET_STARTED,
        agent: agent.to_owned(),
        base_url: base.to_owned(),
        sdk,
        program: sdk.example(base, client),
        variables: command::variables(client),
        command: command::token(base),
        back: Step::Credentials.address(agent),
    })
}
