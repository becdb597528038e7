//! The pages of dashboard and portal, as the administrator of the largest
//! organization sees them.

use crate::scale::sample::Sample;
use crate::scale::scenarios::{Scenario, middle_and_last};
use crate::wrk::figures::Figures;

/// Milliseconds in which the server answers 99 of 100 requests for a page, in
/// the large database.
pub const TARGET: f64 = 20.0;

/// Connections: a page that is asked for alone takes what the server needs for
/// it, and does not wait for others.
pub const CONNECTIONS: u32 = 1;

/// Whether a page meets the target.
pub fn holds(figures: &Figures) -> bool {
    figures.errors == Some(0.0) && figures.p99.is_some_and(|p99| p99 < TARGET)
}

/// The pages that depend on how much there is, and those next to them.
pub fn all(sample: &Sample) -> Vec<Scenario> {
    let mut all = agents(sample);
    all.extend(audit(sample));
    all.extend([
        Scenario::page("dashboard: health", "/dashboard/health"),
        Scenario::page("dashboard: usage", "/dashboard/usage"),
    ]);
    all.extend(portal(sample));
    all
}

fn agents(sample: &Sample) -> Vec<Scenario> {
    let (middle, last) = middle_and_last(sample.agents);
    let list = |name, query: &str| Scenario::page(name, &format!("/dashboard/agents{query}"));
    let each = |name, page: &str| {
        let ids = sample.agent_ids.iter();
        let paths = ids.map(|id| format!("/dashboard/agents/{id}{page}"));
        Scenario::pages(name, paths.collect())
    };
    vec![
        // `/dashboard` leads here.
        list("dashboard: agents, first page", ""),
        list("dashboard: agents, middle page", &format!("?page={middle}")),
        list("dashboard: agents, last page", &format!("?page={last}")),
        list("dashboard: agents, active", "?status=active"),
        list("dashboard: agents, suspended", "?status=suspended"),
        list("dashboard: agents, search", "?q=screener"),
        each("dashboard: agent", ""),
        list(
            "dashboard: question to an agent",
            &format!("/{}/decommission", sample.busy_agent),
        ),
        each("dashboard: credentials", "/credentials"),
    ]
}

fn audit(sample: &Sample) -> Vec<Scenario> {
    let (middle, last) = middle_and_last(sample.events);
    let agent = &sample.busy_agent;
    let [from, to] = &sample.week;
    let list = |name, query: &str| Scenario::page(name, &format!("/dashboard/audit{query}"));
    vec![
        list("dashboard: audit, first page", ""),
        list("dashboard: audit, middle page", &format!("?page={middle}")),
        list("dashboard: audit, last page", &format!("?page={last}")),
        list("dashboard: audit, frequent action", "?action=token.issued"),
        list("dashboard: audit, rare action", "?action=agent.suspended"),
        list("dashboard: audit of an agent", &format!("?agentId={agent}")),
        list("dashboard: audit, failures", "?outcome=failure"),
        list(
            "dashboard: audit of a week",
            &format!("?from={from}&to={to}"),
        ),
        list(
            "dashboard: audit, all filters",
            &format!("?agentId={agent}&action=token.issued&outcome=success&from={from}&to={to}"),
        ),
    ]
}

fn portal(sample: &Sample) -> Vec<Scenario> {
    let page = |name, path: &str| Scenario::page(name, &format!("/portal/{path}"));
    let agent = &sample.busy_agent;
    vec![
        page("portal: analytics, 30 days", "analytics"),
        page("portal: analytics, 90 days", "analytics?days=90"),
        page("portal: plan", "settings/tier"),
        page("portal: get started", "get-started"),
        page(
            "portal: get started, credential",
            &format!("get-started?step=3&agent={agent}"),
        ),
        page("portal: marketplace", "marketplace"),
        page("portal: marketplace, search", "marketplace?q=report"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_fails_meets_no_target() {
        let figures = |p99, errors| Figures {
            p99,
            errors,
            ..Figures::default()
        };
        assert!(holds(&figures(Some(19.9), Some(0.0))));
        assert!(!holds(&figures(Some(20.0), Some(0.0))));
        assert!(!holds(&figures(Some(1.0), Some(1.0))));
        assert!(!holds(&Figures::default()));
    }
}
