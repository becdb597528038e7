//! Download of the events that a filter shows: read page by page through the
//! use case of the list, and sent while the next page is read.

use std::io;
use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::audit::{AuditFilter, AuditQuery, AuditRecord};
use agentidp_domain::caller::Caller;
use agentidp_domain::page::PageRequest;
use agentidp_domain::time::Timestamp;
use agentidp_http::{ApiError, AppState};
use futures_util::stream;
use serde_json::{Value, json};

use super::filters::Filters;
use super::{NOT_LOADED, QUERY};
use crate::dashboard::{AUDIT, shell};
use crate::fault::{Back, failed};
use crate::query::Query;
use crate::session::Visitor;

/// Most events of a download, the newest ones.
pub const MAX_EVENTS: i64 = 10_000;

/// Pages of the largest download.
const PAGES: u32 = 100;

/// Members of an event as the API has them, at once the columns.
const MEMBERS: [&str; 12] = [
    "eventId",
    "organizationId",
    "sequence",
    "timestamp",
    "action",
    "outcome",
    "agentId",
    "ipAddress",
    "userAgent",
    "metadata",
    "previousHash",
    "hash",
];

/// The newest events that a filter shows, as CSV (RFC 4180) or JSON.
#[get("/audit/export")]
pub async fn download(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
) -> HttpResponse {
    let query = Query::read(&request);
    match begin(&query, &state, &visitor).await {
        Ok((export, records)) => answer(export, records),
        Err(error) => {
            let back = Back::new(AUDIT, "Back to the audit log");
            failed(shell(&visitor, AUDIT), &error, NOT_LOADED, Some(back))
        }
    }
}

#[derive(Clone, Copy)]
enum Format {
    Csv,
    Json,
}

struct Export {
    state: web::Data<AppState>,
    caller: Caller,
    filter: AuditFilter,
    format: Format,
}

/// Where a download stands.
enum Step {
    Begin(Vec<AuditRecord>),
    Page(u32),
    End,
}

async fn begin(
    query: &Query,
    state: &web::Data<AppState>,
    visitor: &Visitor,
) -> Result<(Export, Vec<AuditRecord>), ApiError> {
    QUERY.permit(state, &visitor.caller)?;
    let mut filter = Filters::read(query).conditions();
    // What happens from now on would move the pages.
    let now = state.ports.now();
    filter.to = Some(filter.to.map_or(now, |to| to.min(now)));
    // A range that has not begun is empty, not reversed.
    filter.from = filter.from.map(|from| from.min(now));
    let export = Export {
        state: state.clone(),
        caller: visitor.caller.clone(),
        filter,
        format: match query.get("format") {
            "json" => Format::Json,
            _ => Format::Csv,
        },
    };
    let records = export.read(1).await?;
    Ok((export, records))
}

fn answer(export: Export, records: Vec<AuditRecord>) -> HttpResponse {
    let (media_type, name) = match export.format {
        Format::Csv => ("text/csv; charset=utf-8", "audit-log.csv"),
        Format::Json => ("application/json", "audit-log.json"),
    };
    let begin = (Arc::new(export), Step::Begin(records));
    let body = stream::try_unfold(begin, |(export, step)| advance(export, step));
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .streaming(Box::pin(body))
}

type Advanced = io::Result<Option<(Bytes, (Arc<Export>, Step))>>;

async fn advance(export: Arc<Export>, step: Step) -> Advanced {
    let (page, records) = match step {
        Step::End => return Ok(None),
        Step::Begin(records) => (1, records),
        // The connection breaks, so that nobody takes a part for the whole.
        Step::Page(page) => match export.read(page).await {
            Ok(records) => (page, records),
            Err(error) => return Err(io::Error::other(error.to_string())),
        },
    };
    let full = usize::try_from(PageRequest::MAX_LIMIT).unwrap_or(usize::MAX);
    let is_last = page >= PAGES || records.len() < full;
    let text = match export.format {
        Format::Csv => csv(&records, page == 1),
        Format::Json => json_text(&records, page == 1, is_last),
    };
    let next = if is_last {
        Step::End
    } else {
        Step::Page(page + 1)
    };
    Ok(Some((Bytes::from(text), (export, next))))
}

impl Export {
    async fn read(&self, page: u32) -> Result<Vec<AuditRecord>, ApiError> {
        let page = PageRequest::new(page, PageRequest::MAX_LIMIT).unwrap_or_default();
        let filter = self.filter.clone();
        let query = AuditQuery { filter, page };
        Ok(self.state.audit.query(&self.caller, query).await?.records)
    }
}

/// An event as the API shows it.
fn value(record: &AuditRecord) -> Value {
    let millis = record.timestamp_micros.div_euclid(1000);
    let time = Timestamp::from_unix_millis(millis).map(|time| time.to_string());
    json!({
        "eventId": record.event_id.to_string(),
        "organizationId": record.organization_id.to_string(),
        "sequence": record.sequence,
        "timestamp": time.unwrap_or_default(),
        "action": record.action,
        "outcome": record.outcome,
        "agentId": record.agent_id,
        "ipAddress": record.ip_address,
        "userAgent": record.user_agent,
        "metadata": record.metadata,
        "previousHash": record.previous_hash,
        "hash": record.hash,
    })
}

fn json_text(records: &[AuditRecord], is_first: bool, is_last: bool) -> String {
    let mut text = String::from(if is_first { "[" } else { "" });
    for (index, record) in records.iter().enumerate() {
        text.push_str(if is_first && index == 0 { "\n" } else { ",\n" });
        text.push_str(&value(record).to_string());
    }
    if is_last {
        text.push_str("\n]\n");
    }
    text
}

fn csv(records: &[AuditRecord], is_first: bool) -> String {
    let mut text = String::new();
    if is_first {
        text.push_str(&MEMBERS.join(","));
        text.push_str("\r\n");
    }
    for record in records {
        let event = value(record);
        let cells = MEMBERS.map(|member| match event.get(member) {
            Some(Value::String(text)) => cell(text),
            Some(other) => cell(&other.to_string()),
            None => String::new(),
        });
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A quoted cell. Spreadsheets take some beginnings for a formula; clients
/// choose the name of their software, so such a text gets a `'` in front.
fn cell(text: &str) -> String {
    let guard = match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => "'",
        false => "",
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formulas() {
        assert_eq!(cell("curl/8.5.0"), "\"curl/8.5.0\"");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(cell("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
    }

    #[test]
    fn an_empty_download_is_well_formed() {
        assert_eq!(csv(&[], true).lines().count(), 1);
        let parsed: Value = serde_json::from_str(&json_text(&[], true, true)).unwrap();
        assert_eq!(parsed, json!([]));
    }
}
