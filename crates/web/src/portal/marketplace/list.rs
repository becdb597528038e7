//! The list of public agents.

use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::marketplace::{MarketplaceQuery, PublicAgent, SearchWords};
use agentidp_domain::validation::{Invalid, Violations};
use agentidp_http::{ApiError, AppState};
use askama::Template;

use super::failure;
use crate::access::Endpoint;
use crate::page::{ok, page, see_other};
use crate::pager::Pager;
use crate::portal::{MARKETPLACE, open_shell};
use crate::problem::{Problem, problems};
use crate::query::Query;
use crate::shell::Shell;
use crate::text::{Moment, NONE};

const LIST: Endpoint = Endpoint::new("GET", "/api/v1/marketplace/agents");

#[derive(Template)]
#[template(path = "portal/marketplace.html")]
struct MarketplacePage {
    shell: Shell,
    words: String,
    capability: String,
    publisher: String,
    problems: Vec<Problem>,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    href: String,
    id: String,
    publisher: String,
    agent_type: &'static str,
    version: String,
    capabilities: String,
    environment: &'static str,
    published: Moment,
}

impl From<PublicAgent> for Row {
    fn from(agent: PublicAgent) -> Self {
        let id = agent.agent_id.to_string();
        Self {
            href: super::path(&id),
            id,
            publisher: agent.owner.as_str().to_owned(),
            agent_type: agent.agent_type.as_str(),
            version: agent.version.as_str().to_owned(),
            capabilities: capabilities(&agent),
            environment: agent.deployment_env.as_str(),
            published: Moment::date(agent.published_at),
        }
    }
}

/// What an agent can do, in one line.
pub fn capabilities(agent: &PublicAgent) -> String {
    match agent.capabilities.as_slice() {
        [] => NONE.to_owned(),
        entries => entries.join(", "),
    }
}

impl MarketplacePage {
    fn new(query: &Query, shell: Shell) -> Self {
        let filter = |name| query.get(name).to_owned();
        Self {
            shell,
            words: filter("q"),
            capability: filter("capability"),
            publisher: filter("publisher"),
            problems: Vec::new(),
            rows: Vec::new(),
            pager: Pager::new(MARKETPLACE, &[], query.page(), 0),
        }
    }

    async fn load(&mut self, state: &AppState, wanted: &MarketplaceQuery) -> Result<(), ApiError> {
        let found = state.marketplace.list(wanted).await?;
        let filters = [
            ("q", self.words.as_str()),
            ("capability", self.capability.as_str()),
            ("publisher", self.publisher.as_str()),
        ];
        self.pager = Pager::new(MARKETPLACE, &filters, found.request, found.total);
        self.rows = found.items.into_iter().map(Row::from).collect();
        Ok(())
    }
}

/// Public agents of all organizations, the last published first.
#[get("/marketplace")]
pub async fn index(request: HttpRequest, state: web::Data<AppState>) -> HttpResponse {
    let shell = open_shell(MARKETPLACE, &request).await;
    if let Err(error) = LIST.require_on(&state) {
        return failure(shell, &error, None);
    }
    let query = Query::read(&request);
    let mut view = MarketplacePage::new(&query, shell);
    let wanted = match search(&query) {
        Ok(wanted) => wanted,
        Err(violations) => {
            view.problems = problems(&violations, &[("q", "Search")]);
            return page(ApiError::invalid_query(&violations).status, &view);
        }
    };
    match view.load(&state, &wanted).await {
        Ok(()) => match &view.pager.last {
            None => ok(&view),
            Some(last) => see_other(last),
        },
        Err(error) => failure(view.shell, &error, None),
    }
}

fn search(query: &Query) -> Result<MarketplaceQuery, Violations> {
    let mut violations = Violations::default();
    let mut filter = |name| violations.check(name, text(query.get(name)));
    let (words, capability, publisher) = (filter("q"), filter("capability"), filter("publisher"));
    let words = words.and_then(|words| violations.check("q", SearchWords::parse(words)));
    violations.into_result()?;
    let exact = |value: Option<&str>| value.filter(|value| !value.is_empty()).map(str::to_owned);
    Ok(MarketplaceQuery {
        words: words.unwrap_or_default(),
        capability: exact(capability),
        publisher: exact(publisher),
        page: query.page(),
    })
}

/// A text that every store can look for.
fn text(value: &str) -> Result<&str, Invalid> {
    match value.contains('\0') {
        true => Err(Invalid::new("Must not contain the character U+0000.")),
        false => Ok(value),
    }
}
