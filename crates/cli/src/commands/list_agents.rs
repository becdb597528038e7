//! `list-agents`.

use std::collections::HashSet;

use sentryagent_idp::{Agent, AgentStatus, ListAgentsParams, Page};
use serde::Serialize;

use crate::args::ListAgents;
use crate::config::Settings;
use crate::dates;
use crate::failure::{Failure, Outcome};
use crate::pages::Brake;
use crate::session::Session;
use crate::table::{self, Cell, Column};
use crate::ui::{Tone, Ui};

/// Agents per request when all are fetched.
const PAGE: u32 = 100;

const COLUMNS: [Column; 4] = [
    column("AGENT ID", 36),
    column("NAME", 24),
    column("STATUS", 10),
    column("CREATED AT", 20),
];

const fn column(heading: &'static str, width: usize) -> Column {
    Column { heading, width }
}

/// Agents, and how many there are.
#[derive(Serialize)]
struct Listed {
    data: Vec<Agent>,
    total: u64,
}

/// Carries out the command.
pub(crate) async fn run(args: &ListAgents, settings: &Settings, ui: &Ui) -> Outcome<()> {
    let session = Session::open(settings, &["agents:read"])?;
    let fetched = async {
        if args.page.is_some() || args.limit.is_some() {
            let page = page(&session, args.page, args.limit).await?;
            Ok(Listed {
                data: page.data,
                total: page.total,
            })
        } else {
            all(&session).await
        }
    };
    let listed = ui.busy("Fetching the agents", fetched).await?;
    if ui.is_json() {
        ui.json(&listed);
    } else if listed.data.is_empty() {
        ui.talk(ui.paint(Tone::Warning, "No agents found."));
    } else {
        let rows: Vec<Vec<Cell>> = listed.data.iter().map(row).collect();
        table::print(ui, &COLUMNS, &rows);
        ui.talk(format!("Total: {}", listed.total));
    }
    Ok(())
}

async fn page(session: &Session, page: Option<u32>, limit: Option<u32>) -> Outcome<Page<Agent>> {
    let params = ListAgentsParams {
        page,
        limit,
        ..ListAgentsParams::default()
    };
    let agents = session.client().agents();
    session.call(agents.list_agents(&params)).await
}

/// All pages. An agent that moves to a later page while they are read, because
/// another one is registered, is listed once.
///
/// # Errors
///
/// Also when the pages repeat themselves.
async fn all(session: &Session) -> Outcome<Listed> {
    let mut listed = Listed {
        data: Vec::new(),
        total: 0,
    };
    let (mut known, mut brake) = (HashSet::new(), Brake::default());
    for number in 1.. {
        let next = page(session, Some(number), Some(PAGE)).await?;
        let is_last = is_last(number, &next);
        let before = listed.data.len();
        listed.total = next.total;
        let new = next.data.into_iter();
        listed
            .data
            .extend(new.filter(|agent| known.insert(agent.agent_id.clone())));
        if is_last {
            break;
        }
        if brake.stops_after(listed.data.len() > before) {
            return Err(Failure::new(format!(
                "The list does not end: page {number} and those before it show the same agents. \
                 The server, or a proxy in front of it, seems to ignore the page number."
            )));
        }
    }
    Ok(listed)
}

/// Whether no page follows. How full this one is says nothing: a server may give
/// fewer entries per page than it was asked for.
fn is_last(number: u32, page: &Page<Agent>) -> bool {
    let reached = u64::from(number).saturating_mul(u64::from(page.limit));
    page.data.is_empty() || reached >= page.total
}

fn row(agent: &Agent) -> Vec<Cell> {
    let tone = match agent.status {
        AgentStatus::Active => Tone::Good,
        AgentStatus::Suspended => Tone::Warning,
        _ => Tone::Bad,
    };
    vec![
        (Tone::Id, agent.agent_id.clone()),
        (Tone::Plain, agent.email.clone()),
        (tone, agent.status.to_string()),
        (Tone::Dim, dates::local(&agent.created_at)),
    ]
}
