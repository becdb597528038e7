//! The list of audit events.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::audit::{Action, AuditQuery, AuditRecord, Outcome};
use agentidp_domain::time::Timestamp;
use agentidp_http::{ApiError, AppState};
use askama::Template;

use super::export::MAX_EVENTS;
use super::filters::Filters;
use super::{NOT_LOADED, QUERY};
use crate::dashboard::{AUDIT, shell};
use crate::fault::{Back, failed, message};
use crate::page::{ok, page, see_other};
use crate::pager::Pager;
use crate::query::Query;
use crate::session::Visitor;
use crate::shell::Shell;
use crate::text::{Badge, Choice, Moment, capitalized, count, short_id};

#[derive(Template)]
#[template(path = "dashboard/audit.html")]
struct AuditPage {
    shell: Shell,
    /// What is wrong with the filters.
    error: Option<String>,
    agent_id: String,
    actions: Vec<Choice>,
    outcomes: Vec<Choice>,
    from: String,
    to: String,
    rows: Vec<Row>,
    pager: Pager,
    csv: String,
    json: String,
    bound: Option<String>,
}

struct Row {
    time: Option<Moment>,
    agent_id: String,
    short_id: String,
    action: String,
    outcome: Badge,
    ip_address: String,
}

impl From<AuditRecord> for Row {
    fn from(record: AuditRecord) -> Self {
        let millis = record.timestamp_micros.div_euclid(1000);
        let tone = match record.outcome.parse() {
            Ok(Outcome::Success) => "success",
            _ => "danger",
        };
        Self {
            time: Timestamp::from_unix_millis(millis).map(Moment::second),
            short_id: short_id(&record.agent_id),
            agent_id: record.agent_id,
            action: record.action,
            outcome: Badge::new(record.outcome, tone),
            ip_address: record.ip_address,
        }
    }
}

/// Events of the visitor's organization, newest first.
#[get("/audit")]
pub async fn index(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
) -> HttpResponse {
    let query = Query::read(&request);
    match load(&query, &state, &visitor).await {
        Ok(view) => match &view.pager.last {
            None => ok(&view),
            Some(last) => see_other(last),
        },
        // The form stays, so that the filters can be mended.
        Err(error) if error.status == StatusCode::BAD_REQUEST => {
            let mut view = AuditPage::new(&query, &visitor, 0, Vec::new());
            view.error = Some(message(&error, NOT_LOADED));
            page(error.status, &view)
        }
        Err(error) => {
            let back = Back::new(AUDIT, "Clear filters");
            failed(shell(&visitor, AUDIT), &error, NOT_LOADED, Some(back))
        }
    }
}

async fn load(query: &Query, state: &AppState, visitor: &Visitor) -> Result<AuditPage, ApiError> {
    QUERY.permit(state, &visitor.caller)?;
    let filters = Filters::read(query);
    let wanted = AuditQuery {
        filter: filters.conditions(),
        page: query.page(),
    };
    let found = state.audit.query(&visitor.caller, wanted).await;
    let found = found.map_err(|error| filters.guided(error.into()))?;
    let rows = found.records.into_iter().map(Row::from).collect();
    Ok(AuditPage::new(query, visitor, found.total, rows))
}

impl AuditPage {
    /// The page with the filters of an address over some of `total` events.
    fn new(query: &Query, visitor: &Visitor, total: i64, rows: Vec<Row>) -> Self {
        let filters = Filters::read(query);
        let owned = filters.parameters();
        let parameters: Vec<(&str, &str)> = owned
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let export = |format| {
            let mut all = parameters.clone();
            all.push(("format", format));
            Query::link("/dashboard/audit/export", &all)
        };
        Self {
            shell: shell(visitor, AUDIT),
            error: None,
            csv: export("csv"),
            json: export("json"),
            bound: (total > i64::from(MAX_EVENTS)).then(|| count(MAX_EVENTS.into())),
            pager: Pager::new(AUDIT, &parameters, query.page(), total),
            actions: choices(
                "All Actions",
                Action::ALL,
                Action::as_str,
                filters.action_word(),
            ),
            outcomes: outcomes(filters.outcome_word()),
            from: filters.from.text(),
            to: filters.to.text(),
            agent_id: filters.agent_id,
            rows,
        }
    }
}

fn choices<T: Copy>(
    all: &'static str,
    values: &[T],
    word: fn(T) -> &'static str,
    chosen: &str,
) -> Vec<Choice> {
    let values = values.iter().map(|value| word(*value));
    std::iter::once(Choice::new("", all, chosen))
        .chain(values.map(|word| Choice::new(word, word, chosen)))
        .collect()
}

fn outcomes(chosen: &str) -> Vec<Choice> {
    let mut choices = choices("All Outcomes", Outcome::ALL, Outcome::as_str, chosen);
    for choice in choices.iter_mut().filter(|choice| !choice.value.is_empty()) {
        choice.label = capitalized(choice.value);
    }
    choices
}
