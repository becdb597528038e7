//! The wizard from nothing to a first program, in four steps. What is chosen
//! in one step is in the address of the next; secrets never are.

mod agent;
mod credential;
mod progress;
mod setup;
mod snippet;

pub use agent::register as register_agent;
pub use credential::generate as generate_credential;
pub use setup::create as create_organization;

use actix_web::{HttpRequest, HttpResponse, ResponseError, get, web};
use agentidp_domain::id::AgentId;
use agentidp_http::AppState;

use self::progress::Step;
use crate::query::Query;
use crate::session::Visitor;

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

/// The id of an agent out of an address or a form; empty when it is none.
fn known_agent(text: &str) -> String {
    let id: Result<AgentId, _> = text.parse();
    id.map_or_else(|_| String::new(), |id| id.to_string())
}
