//! The first step: the server, who signs in, and the organization.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use agentidp_domain::agent::Email;
use agentidp_domain::organization::{
    CreatedAdmin, NewOrganization, OrganizationName, PlanTier, Slug,
};
use agentidp_domain::validation::Violations;
use agentidp_http::{ApiError, AppState, origin_of};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};

use super::progress::{Progress, Step};
use crate::access::Endpoint;
use crate::credential::is_first;
use crate::fault::{message, with_retry};
use crate::notice::Notice;
use crate::page::page;
use crate::portal::{GET_STARTED, shell};
use crate::problem::{Problem, Refusal, problems};
use crate::session::{Area, Fields, Form, Visitor};
use crate::shell::Shell;

const CREATE: Endpoint = Endpoint::new("POST", "/api/v1/organizations");

/// Fields of the form, and their labels.
const LABELS: [(&str, &str); 3] = [
    ("name", "Name"),
    ("slug", "Slug"),
    ("adminEmail", "E-mail of its administrator"),
];

#[derive(Template)]
#[template(path = "portal/get_started/setup.html")]
struct SetupPage {
    shell: Shell,
    progress: Progress,
    error: Option<String>,
    problems: Vec<Problem>,
    base_url: String,
    member: Option<Member>,
    creation: Option<Creation>,
    created: Option<Created>,
    sign_in: Option<SignIn>,
}

/// Who has signed in.
struct Member {
    client_id: String,
    organization: String,
    next: String,
}

/// The form for a new organization.
struct Creation {
    action: String,
    once: String,
    name: String,
    slug: String,
    email: String,
}

/// The first administrator of a new organization; shown once.
struct Created {
    client_id: String,
    secret: SecretString,
}

impl Created {
    /// The secret.
    fn exposed(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// The form to sign in.
struct SignIn {
    action: String,
    client_id: String,
}

impl SignIn {
    /// Goes on at this address.
    fn then(next: &str, client_id: String) -> Self {
        Self {
            action: Area::Portal.login_for(next),
            client_id,
        }
    }
}

impl SetupPage {
    fn new(state: &AppState, visitor: Option<&Visitor>) -> Self {
        Self {
            shell: shell(GET_STARTED, visitor),
            progress: Progress::at(Step::Setup, ""),
            error: None,
            problems: Vec::new(),
            base_url: state.settings.issuer.as_str().to_owned(),
            member: None,
            creation: None,
            created: None,
            sign_in: None,
        }
    }

    /// Shows who has signed in, and what they can do; `fields` is what they
    /// sent before, `agent` that of a later step.
    fn offer(&mut self, state: &AppState, visitor: &Visitor, fields: &Fields, agent: &str) {
        self.member = Some(Member {
            client_id: visitor.caller.agent_id.to_string(),
            organization: visitor.caller.organization_id.to_string(),
            next: Step::Agent.address(agent),
        });
        if CREATE.permit(state, &visitor.caller).is_ok() {
            let field = |name| fields.get(name).to_owned();
            self.creation = Some(Creation {
                action: Step::Setup.address(agent),
                once: state.sessions.single_use_token(),
                name: field("name"),
                slug: field("slug"),
                email: field("adminEmail"),
            });
        }
    }
}

/// The step for a visitor who has signed in or not; `agent` is that of a later
/// step, from which they came back.
pub fn page_for(state: &AppState, visitor: Option<&Visitor>, agent: &str) -> HttpResponse {
    let mut view = SetupPage::new(state, visitor);
    match visitor {
        None => {
            let here = Step::Setup.address(agent);
            view.sign_in = Some(SignIn::then(&here, String::new()));
        }
        Some(visitor) => view.offer(state, visitor, &Fields::default(), agent),
    }
    page(StatusCode::OK, &view)
}

/// Creates an organization with its administrator, whose secret is in this
/// answer only. The wizard goes on as that one. `before` is the agent of a later
/// step, if any.
pub async fn create(
    request: &HttpRequest,
    state: &AppState,
    form: &Form,
    before: &str,
) -> HttpResponse {
    let mut view = SetupPage::new(state, Some(&form.visitor));
    let error = match created(request, state, form).await {
        Ok(Some(admin)) => {
            let client_id = admin.agent_id.to_string();
            // An agent of the organization before is none of the new one.
            view.sign_in = Some(SignIn::then(&Step::Agent.address(""), client_id.clone()));
            view.created = Some(Created {
                client_id,
                secret: admin.client_secret,
            });
            return page(StatusCode::OK, &view);
        }
        Ok(None) => {
            view.shell.notice = Some(Notice::REPEATED);
            view.offer(state, &form.visitor, &form.fields, before);
            return page(StatusCode::OK, &view);
        }
        Err(Refusal::Fields(violations)) => {
            view.problems = problems(&violations, &LABELS);
            ApiError::invalid_body(&violations)
        }
        Err(Refusal::Failed(error)) => error,
    };
    view.error = Some(message(&error, "Failed to create organization."));
    view.offer(state, &form.visitor, &form.fields, before);
    with_retry(page(error.status, &view), &error)
}

async fn created(
    request: &HttpRequest,
    state: &AppState,
    form: &Form,
) -> Result<Option<CreatedAdmin>, Refusal> {
    let visitor = &form.visitor;
    CREATE.permit(state, &visitor.caller)?;
    let new = read(&form.fields).map_err(Refusal::Fields)?;
    if !is_first(state, form).await? {
        return Ok(None);
    }
    let origin = origin_of(request);
    let organizations = &state.organizations;
    let made = organizations.create(&visitor.caller, &origin, new).await;
    let (_, admin) = made.map_err(ApiError::from)?;
    Ok(admin)
}

fn read(fields: &Fields) -> Result<NewOrganization, Violations> {
    let mut violations = Violations::default();
    let field = |name| fields.get(name).trim();
    let name = violations.check("name", OrganizationName::new(field("name")));
    let slug = violations.check("slug", Slug::new(field("slug")));
    let email = violations.check("adminEmail", Email::new(field("adminEmail")));
    match (name, slug, email) {
        (Some(name), Some(slug), Some(email)) => Ok(NewOrganization {
            name,
            slug,
            plan_tier: PlanTier::Free,
            max_agents: None,
            max_tokens_per_month: None,
            rate_limit_per_minute: None,
            admin_email: Some(email),
        }),
        _ => Err(violations),
    }
}
