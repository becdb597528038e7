//! Download of the events that a filter shows: read section by section, and
//! sent while the next one is read.

use std::io;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::audit::{AuditError, AuditRecord, Export};
use agentidp_http::{ApiError, AppState, AuditEventBody};
use futures_util::stream;
use serde_json::Value;

use super::filters::Filters;
use super::{NOT_LOADED, QUERY};
use crate::dashboard::{AUDIT, shell};
use crate::fault::{Back, failed, reworded};
use crate::query::Query;
use crate::session::Visitor;

/// Events of a section.
const SECTION: u32 = 100;

/// Sections of the largest download.
const SECTIONS: u32 = 100;

/// Most events of a download, the newest ones.
pub const MAX_EVENTS: u32 = SECTION * SECTIONS;

/// How often a download under way asks for its next turn, each time for the
/// ten seconds that a turn is waited for: it gives up after a minute.
const PATIENCE: u32 = 6;

const BUSY: &str = "Too many exports are under way. Please try again in a moment.";

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
pub async fn deliver(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
) -> HttpResponse {
    let query = Query::read(&request);
    match begin(&query, &state, &visitor).await {
        Ok((download, records)) => answer(download, records),
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

/// A download under way.
struct Download {
    state: web::Data<AppState>,
    export: Export,
    format: Format,
    /// Sections that were sent.
    sent: u32,
}

/// Where a download stands.
enum Step {
    Begin(Vec<AuditRecord>),
    Next,
    End,
}

async fn begin(
    query: &Query,
    state: &web::Data<AppState>,
    visitor: &Visitor,
) -> Result<(Download, Vec<AuditRecord>), ApiError> {
    QUERY.permit(state, &visitor.caller)?;
    let filters = Filters::read(query);
    let filter = filters.conditions();
    let export = state.audit.export(&visitor.caller, &filter).await;
    let mut download = Download {
        state: state.clone(),
        export: export.map_err(|error| filters.guided(worded(error)))?,
        format: match query.get("format") {
            "json" => Format::Json,
            _ => Format::Csv,
        },
        sent: 0,
    };
    let records = download.read().await.map_err(worded)?;
    Ok((download, records))
}

fn worded(error: AuditError) -> ApiError {
    match error {
        AuditError::Busy => reworded(&ApiError::from(error), BUSY),
        error => error.into(),
    }
}

fn answer(download: Download, records: Vec<AuditRecord>) -> HttpResponse {
    let (media_type, name) = match download.format {
        Format::Csv => ("text/csv; charset=utf-8", "audit-log.csv"),
        Format::Json => ("application/json", "audit-log.json"),
    };
    let begin = (download, Step::Begin(records));
    let body = stream::try_unfold(begin, |(download, step)| advance(download, step));
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .streaming(Box::pin(body))
}

type Advanced = io::Result<Option<(Bytes, (Download, Step))>>;

/// The text of the next section. Where it cannot be read the connection
/// breaks, so that nobody takes a part for the whole.
async fn advance(mut download: Download, step: Step) -> Advanced {
    let records = match step {
        Step::End => return Ok(None),
        Step::Begin(records) => records,
        Step::Next => download.read_on().await.map_err(io::Error::other)?,
    };
    let is_first = download.sent == 0;
    download.sent += 1;
    let full = usize::try_from(SECTION).unwrap_or(usize::MAX);
    let is_last = download.sent >= SECTIONS || records.len() < full;
    let events = records.into_iter().map(AuditEventBody::from);
    let text = match download.format {
        Format::Csv => csv(events, is_first)?,
        Format::Json => json_text(events, is_first, is_last)?,
    };
    let next = if is_last { Step::End } else { Step::Next };
    Ok(Some((Bytes::from(text), (download, next))))
}

impl Download {
    async fn read(&mut self) -> Result<Vec<AuditRecord>, AuditError> {
        let audit = &self.state.audit;
        audit.next_section(&mut self.export, SECTION).await
    }

    /// The same once something was sent, which a refusal would make useless.
    /// Whoever waits for a turn keeps nothing from others.
    async fn read_on(&mut self) -> Result<Vec<AuditRecord>, AuditError> {
        let mut asked = 1;
        loop {
            match self.read().await {
                Err(AuditError::Busy) if asked < PATIENCE => asked += 1,
                read => return read,
            }
        }
    }
}

fn json_text(
    events: impl Iterator<Item = AuditEventBody>,
    is_first: bool,
    is_last: bool,
) -> io::Result<String> {
    let mut text = String::from(if is_first { "[" } else { "" });
    for (index, event) in events.enumerate() {
        text.push_str(if is_first && index == 0 { "\n" } else { ",\n" });
        text.push_str(&serde_json::to_string(&event)?);
    }
    if is_last {
        text.push_str("\n]\n");
    }
    Ok(text)
}

fn csv(events: impl Iterator<Item = AuditEventBody>, is_first: bool) -> io::Result<String> {
    let mut text = String::new();
    if is_first {
        text.push_str(&MEMBERS.join(","));
        text.push_str("\r\n");
    }
    for event in events {
        let event = serde_json::to_value(&event)?;
        let cells = MEMBERS.map(|member| match event.get(member) {
            Some(Value::String(text)) => cell(text),
            Some(other) => cell(&other.to_string()),
            None => String::new(),
        });
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    Ok(text)
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
        let none = std::iter::empty::<AuditEventBody>;
        assert_eq!(csv(none(), true).unwrap().lines().count(), 1);
        let text = json_text(none(), true, true).unwrap();
        assert_eq!(text.parse::<Value>().unwrap(), serde_json::json!([]));
    }

    #[test]
    fn too_many_downloads_are_told_as_such() {
        let error = worded(AuditError::Busy);
        assert_eq!((error.status.as_u16(), error.retry_after), (503, Some(1)));
        assert_eq!(error.body.message, BUSY);
    }
}
