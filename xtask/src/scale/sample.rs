//! What there is to ask for in the largest organization.

use crate::failure::{Failure, Result};
use crate::scale::cluster::Cluster;
use crate::scale::installation::Place;

/// Agents that are read in turn.
const AGENTS: u32 = 500;

/// Values for the requests.
pub struct Sample {
    /// Agents of the organization, in no order.
    pub agent_ids: Vec<String>,
    /// One of its owners.
    pub owner: String,
    /// An agent with many events.
    pub busy_agent: String,
    /// The day in the middle of the log, and the one a week later.
    pub week: [String; 2],
    /// Agents of the organization.
    pub agents: u64,
    /// Events in its log.
    pub events: u64,
    /// Events that say a token was issued.
    pub issued: u64,
}

impl Sample {
    /// Looks for them.
    pub fn of(cluster: &Cluster, place: &Place) -> Result<Self> {
        let organization = place.organization()?;
        let ask =
            |sql: &str| cluster.query(place, &sql.replace("$1", &format!("'{organization}'")));
        let number = |sql: &str| -> Result<u64> {
            let text = ask(sql)?;
            text.parse()
                .map_err(Failure::because(format!("not a number: {text}")))
        };
        let agents = "SELECT agent_id FROM agents WHERE organization_id = $1 \
                      ORDER BY md5(agent_id::text) LIMIT ";
        let week = "SELECT day::date || '|' || (day + interval '6 days')::date FROM ( \
                    SELECT min(timestamp) + (max(timestamp) - min(timestamp)) / 2 AS day \
                    FROM audit_events WHERE organization_id = $1) AS middle";
        let week = ask(week)?;
        let (from, to) = week.split_once('|').unwrap_or_default();
        Ok(Self {
            agent_ids: ask(&format!("{agents}{AGENTS}"))?
                .lines()
                .map(str::to_owned)
                .collect(),
            owner: ask("SELECT owner FROM agents WHERE organization_id = $1 \
                        ORDER BY md5(agent_id::text) LIMIT 1")?,
            busy_agent: ask(
                "SELECT agent_id FROM audit_events WHERE organization_id = $1 \
                 AND action = 'token.issued' GROUP BY agent_id ORDER BY count(*) DESC LIMIT 1",
            )?,
            week: [from.to_owned(), to.to_owned()],
            agents: number("SELECT count(*) FROM agents WHERE organization_id = $1")?,
            events: number("SELECT count(*) FROM audit_events WHERE organization_id = $1")?,
            issued: number(
                "SELECT count(*) FROM audit_events WHERE organization_id = $1 \
                 AND action = 'token.issued'",
            )?,
        })
    }
}
