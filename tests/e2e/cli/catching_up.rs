//! `tail-audit-log` at a server whose log grows and that limits requests.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::stand_in::{Asked, Reply, StandIn, event, list};
use crate::harness::process::Process;
use crate::harness::until;

/// Several polls on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);
/// More than the time between two polls.
const RETRY_AFTER: u64 = 6;

/// Time of an event: three share each millisecond.
fn time(sequence: usize) -> String {
    format!("2026-01-15T10:00:00.{:03}Z", sequence / 3)
}

/// A page of a log of so many events, newest first.
fn page(length: usize, asked: &Asked) -> Reply {
    let (page, limit) = (asked.number("page"), asked.number("limit"));
    let from = asked.parameter("fromDate").unwrap_or_default();
    let found: Vec<usize> = (0..length)
        .rev()
        .filter(|sequence| time(*sequence).as_str() >= from)
        .collect();
    let shown = found.iter().skip((page - 1) * limit).take(limit);
    let events: Vec<Value> = shown
        .map(|sequence| event(*sequence, &time(*sequence), "token.issued"))
        .collect();
    list(&events, found.len(), page, limit)
}

/// A log of 100 events, of 221 after the first poll. The first request for a
/// second page is refused; before it is repeated, three more events come, which
/// push the others to later places.
fn growing() -> StandIn {
    let length = AtomicUsize::new(100);
    let is_limited = AtomicBool::new(true);
    StandIn::start(move |asked| {
        if asked.number("page") == 2 && is_limited.swap(false, Ordering::SeqCst) {
            length.store(224, Ordering::SeqCst);
            let body = json!({ "code": "RATE_LIMIT_EXCEEDED", "message": "Too many requests." });
            return Reply::Answer(429, format!("Retry-After: {RETRY_AFTER}\r\n"), body);
        }
        let reply = page(length.load(Ordering::SeqCst), asked);
        if asked.parameter("fromDate").is_none() {
            length.store(221, Ordering::SeqCst);
        }
        reply
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_rate_limit_nothing_is_lost_or_told_twice() {
    let server = growing();
    let Some(tool) = server.tool() else { return };
    let arguments = ["tail-audit-log", "--output", "json"];
    let mut process = Process::spawn(&mut tool.command(&arguments));
    // The second poll that finds nothing new shows that the first is printed.
    let newest = time(223);
    let idle = |asked: &Asked| asked.parameter("fromDate") == Some(newest.as_str());
    until("two idle polls", LIMIT, || async {
        server.asked().iter().filter(|asked| idle(asked)).count() >= 2
    })
    .await;
    process.signal("INT");
    assert_eq!(process.wait(LIMIT).code(), Some(0), "{}", process.output());

    let told: Vec<usize> = process
        .stdout
        .text()
        .lines()
        .map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            usize::try_from(event["sequence"].as_u64().unwrap()).unwrap()
        })
        .collect();
    let expected: Vec<usize> = (50..224).collect();
    assert_eq!(
        told, expected,
        "the last 50 at first, then everything, once"
    );

    let asked = server.asked();
    let pages: Vec<(usize, Option<&str>)> = asked
        .iter()
        .map(|asked| (asked.number("page"), asked.parameter("fromDate")))
        .collect();
    let (first, second) = (time(99), time(220));
    let expected = [
        (1, None),
        (1, Some(first.as_str())),
        (2, Some(first.as_str())),
        (2, Some(first.as_str())),
        (3, Some(first.as_str())),
        (1, Some(second.as_str())),
        (1, Some(newest.as_str())),
    ];
    assert_eq!(pages[..expected.len()], expected);
    let pause = asked[3].at.duration_since(asked[2].at);
    assert!(pause >= Duration::from_secs(RETRY_AFTER), "{pause:?}");
    let said = process.stderr.text();
    assert!(said.contains("⚠ Poll error: API error (429): {"), "{said}");
    assert!(said.contains(" — goes on in 6 s\n"), "{said}");
}
