//! The requests.

use crate::scale::sample::Sample;

/// Entries of a page: the default of the API, and what pages show.
const PAGE: u64 = 20;

/// Who may send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Open,
    /// Whoever has a token.
    Token,
    /// Whoever has signed in.
    Session,
}

/// A kind of request.
pub struct Scenario {
    /// Name in the table.
    pub name: &'static str,
    /// Paths that are asked for in turn.
    pub paths: Vec<String>,
    /// What they need.
    pub access: Access,
}

impl Scenario {
    fn new(name: &'static str, path: &str) -> Self {
        Self {
            name,
            paths: vec![format!("/api/v1/{path}")],
            access: Access::Token,
        }
    }

    /// For everybody.
    fn public(name: &'static str, path: &str) -> Self {
        Self {
            access: Access::Open,
            ..Self::new(name, path)
        }
    }

    /// A page.
    pub fn page(name: &'static str, path: &str) -> Self {
        Self::pages(name, vec![path.to_owned()])
    }

    /// Pages of one kind.
    pub fn pages(name: &'static str, paths: Vec<String>) -> Self {
        Self {
            name,
            paths,
            access: Access::Session,
        }
    }
}

/// Number of the page in the middle, and of the last one.
pub fn middle_and_last(entries: u64) -> (u64, u64) {
    let pages = entries.div_ceil(PAGE).max(1);
    (pages.div_ceil(2), pages)
}

/// What the API is asked for again and again.
pub fn all(sample: &Sample) -> Vec<Scenario> {
    let mut all = agents(sample);
    all.extend(audit(sample));
    all.extend(marketplace());
    all.extend([
        Scenario::new("analytics: tokens, 90 days", "analytics/tokens?days=90"),
        Scenario::new("analytics: activity", "analytics/agents/activity"),
        Scenario::new("analytics: agents", "analytics/agents"),
        Scenario::new("compliance report, cached", "compliance/report"),
        Scenario::public("compliance controls", "compliance/controls"),
    ]);
    all
}

fn agents(sample: &Sample) -> Vec<Scenario> {
    let (middle, last) = middle_and_last(sample.agents);
    let owner = &sample.owner;
    let reads = sample.agent_ids.iter();
    let credentials = reads.clone();
    vec![
        Scenario {
            paths: reads.map(|id| format!("/api/v1/agents/{id}")).collect(),
            ..Scenario::new("agent", "")
        },
        Scenario {
            paths: credentials
                .map(|id| format!("/api/v1/agents/{id}/credentials"))
                .collect(),
            ..Scenario::new("credentials of an agent", "")
        },
        Scenario::new("agents, first page", "agents"),
        Scenario::new("agents, middle page", &format!("agents?page={middle}")),
        Scenario::new("agents, last page", &format!("agents?page={last}")),
        Scenario::new("agents of an owner", &format!("agents?owner={owner}")),
        Scenario::new("agents of a type", "agents?agentType=screener"),
        Scenario::new("agents, active", "agents?status=active"),
        Scenario::new("agents, suspended", "agents?status=suspended"),
        Scenario::new(
            "agents, suspended, of a type",
            "agents?status=suspended&agentType=screener",
        ),
    ]
}

fn audit(sample: &Sample) -> Vec<Scenario> {
    let (middle, last) = middle_and_last(sample.events);
    let (middle_issued, _) = middle_and_last(sample.issued);
    let agent = &sample.busy_agent;
    let [from, to] = &sample.week;
    let week = format!("fromDate={from}&toDate={to}");
    let issued = format!("audit?action=token.issued&page={middle_issued}");
    vec![
        Scenario::new("audit, first page", "audit"),
        Scenario::new("audit, middle page", &format!("audit?page={middle}")),
        Scenario::new("audit, last page", &format!("audit?page={last}")),
        Scenario::new("audit, frequent action", "audit?action=token.issued"),
        Scenario::new("audit, frequent action, middle", &issued),
        Scenario::new("audit, rare action", "audit?action=agent.suspended"),
        Scenario::new("audit of an agent", &format!("audit?agentId={agent}")),
        Scenario::new(
            "audit of an agent, one action",
            &format!("audit?agentId={agent}&action=token.issued"),
        ),
        Scenario::new("audit, failures", "audit?outcome=failure"),
        Scenario::new("audit of a week", &format!("audit?{week}")),
        Scenario::new(
            "audit of a week, one action",
            &format!("audit?{week}&action=token.issued"),
        ),
        Scenario::new(
            "audit verification of an hour",
            &format!("audit/verify?fromDate={from}T00:00:00.000Z&toDate={from}T00:59:59.999Z"),
        ),
    ]
}

fn marketplace() -> Vec<Scenario> {
    let search = |name, query| Scenario::public(name, &format!("marketplace/agents{query}"));
    vec![
        search("marketplace, first page", ""),
        search("marketplace, page 200", "?page=200"),
        search("marketplace, frequent word", "?q=report"),
        search("marketplace, two words", "?q=report+classify"),
        search("marketplace, rare word", "?q=quantum"),
        search("marketplace, no such word", "?q=zebra"),
        search("marketplace, two letters", "?q=re"),
        search("marketplace, capability", "?capability=report:read"),
        search(
            "marketplace, rare capability",
            "?capability=quantum:simulate",
        ),
        search("marketplace, publisher", "?publisher=team-03.org-0000"),
    ]
}

/// Computed once, remembered for minutes.
pub fn report() -> Scenario {
    Scenario::new("compliance report, computed", "compliance/report")
}

/// The cards of all agents with an identifier, as one file.
pub fn agent_cards() -> Scenario {
    Scenario::new("export of agent cards", "compliance/agent-cards")
}

/// A walk over the whole log of the organization.
pub fn verification() -> Scenario {
    Scenario::new("audit verification", "audit/verify")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_lie_inside_the_list() {
        assert_eq!(middle_and_last(0), (1, 1));
        assert_eq!(middle_and_last(21), (1, 2));
        assert_eq!(middle_and_last(1_000_000), (25_000, 50_000));
    }
}
