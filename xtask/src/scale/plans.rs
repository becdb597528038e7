//! The statements behind the requests, with their plans, as PostgreSQL itself
//! logs them (`auto_explain`).

use std::thread;
use std::time::{Duration, Instant};

use agentidp_testkit::services::Redis;

use crate::failure::{Failure, Result};
use crate::scale::cluster::Cluster;
use crate::scale::drive::Once;
use crate::scale::installation::{Binaries, Header, Installation, Place};
use crate::scale::scenarios::Scenario;

/// For sessions that begin from now on.
const SETTINGS: &[&str] = &[
    "auto_explain.log_min_duration = 0",
    "auto_explain.log_analyze = on",
    "auto_explain.log_buffers = on",
    "auto_explain.log_timing = on",
];
/// Tables that only background work asks for, beside the requests.
const BACKGROUND: &[&str] = &[
    "change_feed",
    // How far the feed may be read.
    "pg_current_snapshot",
    "event_outbox",
    "event_stream_queue",
    "webhook_",
    "leases",
    "oidc_keys",
    "token_revocations",
    "vault_removals",
    "compliance_status",
    "__diesel",
];
/// Stands in the log behind the statements of each request.
const MARK: &str = "end of request";
/// How long the log may take to be written.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pause between two looks at it.
const POLL: Duration = Duration::from_millis(20);

/// Sends the first request of every scenario once, through a server of its
/// own, and answers the plans as text.
pub fn capture(
    binaries: &Binaries,
    cluster: &Cluster,
    place: &Place,
    scenarios: &[&Scenario],
) -> Result<String> {
    let database = place.database();
    for setting in SETTINGS {
        cluster.query(place, &format!("ALTER DATABASE {database} SET {setting}"))?;
    }
    let from = cluster.query(place, "SELECT size FROM pg_stat_file('log/server.log')")?;
    send(binaries, cluster, place, scenarios)?;
    cluster.query(place, &format!("ALTER DATABASE {database} RESET ALL"))?;
    let log = read(cluster, place, &from, scenarios.len())?;
    let mut text = String::new();
    for (scenario, plans) in scenarios.iter().zip(sections(&log)) {
        let path = scenario.paths.first().map_or("", String::as_str);
        let agents = place.size().agents;
        text += &format!("=== {} ({agents} agents)\nGET {path}\n\n", scenario.name);
        for plan in plans {
            text += &plan;
            text.push('\n');
        }
    }
    Ok(text)
}

fn send(
    binaries: &Binaries,
    cluster: &Cluster,
    place: &Place,
    scenarios: &[&Scenario],
) -> Result<()> {
    // A cache of its own: what is remembered here must not be found later.
    let redis = Redis::start()?;
    let installation = Installation::start(binaries, cluster, place, &redis)?;
    installation.wait_for_background_verification(cluster)?;
    // Before the first mark: what tokens and the sign-in take is not asked about.
    let headers = scenarios
        .iter()
        .map(|scenario| installation.header(scenario.access));
    let headers: Vec<Option<Header>> = headers.collect::<Result<_>>()?;
    let once = Once::new()?;
    mark(cluster, place, 0)?;
    for (number, (scenario, header)) in (1..).zip(scenarios.iter().zip(&headers)) {
        once.send(installation.program(), scenario, header.as_ref())?;
        mark(cluster, place, number)?;
    }
    Ok(())
}

fn mark(cluster: &Cluster, place: &Place, number: usize) -> Result<()> {
    cluster
        .query(place, &format!("SELECT '{MARK} {number}.'"))
        .map(drop)
}

/// The log from a position to the mark behind the last request; a process of
/// its own writes it, soon.
fn read(cluster: &Cluster, place: &Place, from: &str, last: usize) -> Result<String> {
    let everything = format!("SELECT pg_read_file('log/server.log', {from}, 1000000000)");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let log = cluster.query(place, &everything)?;
        if log.contains(&format!("{MARK} {last}.")) {
            return Ok(log);
        }
        if Instant::now() > deadline {
            return Err(Failure::new("PostgreSQL logged no plans"));
        }
        thread::sleep(POLL);
    }
}

/// The plans of each request: what was logged before its mark, and after the
/// one before.
fn sections(log: &str) -> Vec<Vec<String>> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match entries.last_mut() {
            // Further lines of an entry are indented.
            Some(entry) if line.starts_with('\t') => {
                entry.push('\n');
                entry.push_str(line);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    let mut sections = vec![Vec::new()];
    for entry in entries {
        if entry.contains(MARK) {
            sections.push(Vec::new());
        } else if let Some(plan) = plan(&entry)
            && let Some(section) = sections.last_mut()
        {
            section.push(plan);
        }
    }
    // Before the first mark is what led up to it.
    sections.into_iter().skip(1).collect()
}

/// An entry without its time and process; `None` if it is no plan, or one of
/// background work.
fn plan(entry: &str) -> Option<String> {
    let background = BACKGROUND.iter().any(|table| entry.contains(table));
    let (_, plan) = entry.split_once("LOG:  ")?;
    (plan.contains("plan:") && !background).then(|| plan.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_told_apart_by_the_marks() {
        let entry = |text: &str| {
            format!(
                "2026-11-26 00:00:00 UTC [7] LOG:  duration: 1 ms  plan:\n\tQuery Text: {text}\n\tSeq Scan\n"
            )
        };
        let log = [
            entry("SELECT before"),
            entry("SELECT 'end of request 0.'"),
            entry("SELECT one"),
            entry("SELECT FROM change_feed"),
            entry("SELECT 'end of request 1.'"),
            "2026-11-26 00:00:00 UTC [7] LOG:  checkpoint starting\n".to_owned(),
            entry("SELECT two"),
            entry("SELECT three"),
            entry("SELECT 'end of request 2.'"),
        ];
        let found = sections(&log.concat());
        assert_eq!(found[0].len(), 1);
        assert!(found[0][0].contains("SELECT one\n\tSeq Scan"), "{found:?}");
        assert_eq!(found[1].len(), 2);
    }
}
