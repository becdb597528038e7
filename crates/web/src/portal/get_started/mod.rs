//! The wizard from nothing to a first program, in four steps. What is chosen
//! in one step is in the address of the next; secrets never are.

mod agent;
mod credential;
mod progress;
mod setup;
mod snippet;

use actix_web::{HttpRequest, HttpResponse, ResponseError, get, post, web};
use agentidp_domain::id::AgentId;
use agentidp_http::AppState;

use self::progress::Step;
use crate::page::see_other;
use crate::query::Query;
use crate::session::{Form, Visitor};

/// One of the steps.
#[get("/get-started")]
pub async fn show(request: HttpRequest, state: web::Data<AppState>) -> HttpResponse {
    let query = Query::read(&request);
    let agent = known_agent(query.get("agent"));
    let visitor = Visitor::of(&request).await;
    match (Step::of(&query), visitor) {
        (Step::Setup, visitor) => setup::page_for(&state, visitor.ok().as_ref(), &agent),
        (Step::Agent, Ok(visitor)) => agent::form(&state, &visitor, &agent),
        (Step::Credentials, Ok(visitor)) => credential::offer(&state, &visitor, &agent),
        (Step::Snippet, visitor) => {
            snippet::page_for(&state, visitor.ok().as_ref(), &query, &agent)
        }
        // Both ask to sign in first, and come back.
        (Step::Agent | Step::Credentials, Err(halt)) => halt.error_response(),
    }
}

/// Carries out the form of a step. It is sent to the address of the step, so that
/// a reload of the answer is the step again.
#[post("/get-started")]
pub async fn submit(request: HttpRequest, state: web::Data<AppState>, form: Form) -> HttpResponse {
    let query = Query::read(&request);
    let agent = known_agent(query.get("agent"));
    match Step::of(&query) {
        Step::Setup => setup::create(&request, &state, &form, &agent).await,
        Step::Agent => agent::register(&request, &state, &form, &agent).await,
        Step::Credentials => credential::generate(&request, &state, &form, &agent).await,
        // Has no form to send.
        Step::Snippet => see_other(&Step::Snippet.address(&agent)),
    }
}

/// The id of an agent out of an address; empty when it is none.
fn known_agent(text: &str) -> String {
    let id: Result<AgentId, _> = text.parse();
    id.map_or_else(|_| String::new(), |id| id.to_string())
}
