//! The second step: registering an agent.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use agentidp_domain::agent::{
    Agent, AgentType, Capabilities, DeploymentEnv, Email, NewAgent, Owner, Version,
};
use agentidp_domain::caller::Principal;
use agentidp_domain::validation::Violations;
use agentidp_http::{ApiError, AppState, origin_of};
use askama::Template;

use super::progress::{Progress, Step};
use crate::access::Endpoint;
use crate::fault::{message, with_retry};
use crate::page::{page, see_other};
use crate::portal::{GET_STARTED, shell};
use crate::problem::{Problem, Refusal, problems};
use crate::session::{Fields, Form, Visitor};
use crate::shell::Shell;
use crate::text::Choice;

const REGISTER: Endpoint = Endpoint::new("POST", "/api/v1/agents");

/// Fields of the form, and their labels.
const LABELS: [(&str, &str); 6] = [
    ("email", "E-mail"),
    ("agentType", "Type"),
    ("version", "Version"),
    ("capabilities", "Capabilities"),
    ("owner", "Owner"),
    ("deploymentEnv", "Environment"),
];

#[derive(Template)]
#[template(path = "portal/get_started/agent.html")]
struct AgentPage {
    shell: Shell,
    progress: Progress,
    error: Option<String>,
    problems: Vec<Problem>,
    denied: Option<String>,
    action: String,
    email: String,
    version: String,
    capabilities: String,
    owner: String,
    types: Vec<Choice>,
    environments: Vec<Choice>,
    back: String,
    next: Option<String>,
}

impl AgentPage {
    fn new(state: &AppState, visitor: &Visitor, fields: &Fields, agent: &str) -> Self {
        let permitted = REGISTER.permit(state, &visitor.caller);
        let field = |name| fields.get(name).to_owned();
        let kinds = AgentType::ALL.iter().map(|kind| kind.as_str());
        let environments = DeploymentEnv::ALL.iter().map(|place| place.as_str());
        let (kind, place) = (fields.get("agentType"), fields.get("deploymentEnv"));
        Self {
            shell: shell(GET_STARTED, Some(visitor)),
            progress: Progress::at(Step::Agent, agent),
            error: None,
            problems: Vec::new(),
            denied: permitted.err().map(|error| message(&error, "")),
            action: Step::Agent.address(agent),
            email: field("email"),
            version: field("version"),
            capabilities: field("capabilities"),
            owner: field("owner"),
            types: kinds.map(|word| Choice::new(word, word, kind)).collect(),
            environments: environments
                .map(|word| Choice::new(word, word, place))
                .collect(),
            back: Step::Setup.address(agent),
            next: (!agent.is_empty()).then(|| Step::Credentials.address(agent)),
        }
    }
}

/// The form.
pub fn form(state: &AppState, visitor: &Visitor, agent: &str) -> HttpResponse {
    let view = AgentPage::new(state, visitor, &Fields::default(), agent);
    page(StatusCode::OK, &view)
}

/// Registers the agent and goes on to its credentials; `before` is the one that
/// was registered before, if any.
pub async fn register(
    request: &HttpRequest,
    state: &AppState,
    form: &Form,
    before: &str,
) -> HttpResponse {
    let (error, bad) = match registered(request, state, form).await {
        Ok(agent) => {
            let id = agent.agent_id.to_string();
            return see_other(&Step::Credentials.address(&id));
        }
        Err(Refusal::Fields(violations)) => {
            let bad = problems(&violations, &LABELS);
            (ApiError::invalid_body(&violations), bad)
        }
        Err(Refusal::Failed(error)) => (error, Vec::new()),
    };
    let mut view = AgentPage::new(state, &form.visitor, &form.fields, before);
    view.error = Some(message(&error, "Failed to register agent."));
    view.problems = bad;
    with_retry(page(error.status, &view), &error)
}

async fn registered(
    request: &HttpRequest,
    state: &AppState,
    form: &Form,
) -> Result<Agent, Refusal> {
    let caller = &form.visitor.caller;
    REGISTER.permit(state, caller)?;
    let new = read(&form.fields).map_err(Refusal::Fields)?;
    let principal = Principal::Agent(caller.clone());
    let origin = origin_of(request);
    let registered = state.agents.register(&principal, &origin, new).await;
    Ok(registered.map_err(ApiError::from)?)
}

fn read(fields: &Fields) -> Result<NewAgent, Violations> {
    let mut violations = Violations::default();
    let field = |name| fields.get(name).trim();
    let email = violations.check("email", Email::new(field("email")));
    let agent_type = violations.check("agentType", field("agentType").parse::<AgentType>());
    let version = violations.check("version", Version::new(field("version")));
    let entries = field("capabilities").split([',', ' ', '\n', '\r', '\t']);
    let entries = entries.filter(|entry| !entry.is_empty()).map(str::to_owned);
    let capabilities = violations.check("capabilities", Capabilities::new(entries.collect()));
    let owner = violations.check("owner", Owner::new(field("owner")));
    let deployment_env = violations.check(
        "deploymentEnv",
        field("deploymentEnv").parse::<DeploymentEnv>(),
    );
    let complete = (|| {
        Some(NewAgent {
            email: email?,
            agent_type: agent_type?,
            version: version?,
            capabilities: capabilities?,
            owner: owner?,
            deployment_env: deployment_env?,
            grant: None,
            is_public: false,
        })
    })();
    complete.ok_or(violations)
}
