//! `tail-audit-log` at a server whose log grows and that limits requests, and at
//! one that ignores the page number.

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
    let (seconds, milliseconds) = (sequence / 3000, sequence / 3 % 1000);
    format!("2026-01-15T10:00:{seconds:02}.{milliseconds:03}Z")
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

/// The positions in the log of the events that were printed.
fn told(process: &Process) -> Vec<usize> {
    let text = process.stdout.text();
    text.lines()
        .map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            usize::try_from(event["sequence"].as_u64().unwrap()).unwrap()
        })
        .collect()
}

/// The pages that were asked for, and from when on.
fn pages(asked: &[Asked]) -> Vec<(usize, Option<&str>)> {
    asked
        .iter()
        .map(|asked| (asked.number("page"), asked.parameter("fromDate")))
        .collect()
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

    let expected: Vec<usize> = (50..224).collect();
    assert_eq!(
        told(&process),
        expected,
        "the last 50 at first, then everything, once"
    );

    let asked = server.asked();
    let pages = pages(&asked);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_comes_again_and_again_ends_the_poll() {
    let length = AtomicUsize::new(100);
    let server = StandIn::start(move |asked| {
        // Always the first page, whatever is asked for.
        let length = length.fetch_max(200, Ordering::SeqCst);
        let events: Vec<Value> = (length - 50..length)
            .rev()
            .map(|sequence| event(sequence, &time(sequence), "token.issued"))
            .collect();
        list(&events, length, asked.number("page"), 50)
    });
    let Some(tool) = server.tool() else { return };
    let arguments = ["tail-audit-log", "--output", "json"];
    let mut process = Process::spawn(&mut tool.command(&arguments));
    let warning = |page: usize| {
        format!("⚠ Poll error: page {page} and those before it show the same events. ")
    };
    until("two polls without an end", LIMIT, || async {
        process.stderr.text().contains(&warning(3))
    })
    .await;
    process.signal("INT");
    assert_eq!(process.wait(LIMIT).code(), Some(0), "{}", process.output());

    let expected: Vec<usize> = (50..100).chain(150..200).collect();
    assert_eq!(told(&process), expected, "what is there, once");
    let said = process.stderr.text();
    let gap = format!(
        "Events from {} to {} may be missing.\n",
        time(99),
        time(150)
    );
    assert!(said.contains(&warning(4)) && said.contains(&gap), "{said}");
    let (first, second) = (time(99), time(199));
    let (first, second) = (Some(first.as_str()), Some(second.as_str()));
    let expected = [
        (1, None),
        (1, first),
        (2, first),
        (3, first),
        (4, first),
        (1, second),
        (2, second),
        (3, second),
    ];
    assert_eq!(pages(&server.asked())[..expected.len()], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_too_many_events_the_newest_are_told_and_the_gap_before_them() {
    let length = AtomicUsize::new(100);
    let server =
        StandIn::start(move |asked| page(length.fetch_max(10_300, Ordering::SeqCst), asked));
    let Some(tool) = server.tool() else { return };
    let arguments = ["tail-audit-log", "--output", "json"];
    let mut process = Process::spawn(&mut tool.command(&arguments));
    until("the newest event", LIMIT, || async {
        process.stdout.text().contains("\"sequence\":10299,")
    })
    .await;
    process.signal("INT");
    assert_eq!(process.wait(LIMIT).code(), Some(0), "{}", process.output());

    let expected: Vec<usize> = (50..100).chain(300..10_300).collect();
    let said = process.stderr.text();
    assert!(told(&process) == expected, "{said}");
    let gap = format!(
        "⚠ Poll error: 10000 events or more are new, and the oldest are left out. \
         Events from {} to {} may be missing.\n",
        time(99),
        time(300)
    );
    assert!(said.contains(&gap), "{said}");
}
