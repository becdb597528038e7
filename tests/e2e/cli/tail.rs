//! `tail-audit-log`.

use std::time::Duration;

use serde_json::Value;

use super::World;
use super::terminal::CTRL_C;
use crate::harness::process::Process;
use crate::harness::{Client, until};

/// Two polls on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn events_appear_once_until_control_c() {
    let Some(world) = World::new("tail").await else {
        return;
    };
    let api = &world.server.api;
    let mut terminal = world.tool.terminal(&["tail-audit-log"]);
    terminal.expect("Tailing audit log — press Ctrl+C to stop");
    terminal.expect(&"─".repeat(60));
    // Oldest first.
    terminal.expect("organization.created");
    terminal.expect("token.issued");
    let agent = api.agent(&world.token, "a@tail.example").await;
    terminal.expect("agent.created");
    let generated = terminal.expect("credential.generated");
    assert!(generated.contains("success"), "{generated}");
    terminal.expect(&agent.client.id);
    terminal.send(CTRL_C);
    terminal.expect("Stopped.");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    let times = screen.matches("organization.created").count();
    assert_eq!(times, 1, "{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_get_one_document_per_line() {
    let Some(world) = World::new("tail-json").await else {
        return;
    };
    let api = &world.server.api;
    let agent = api.agent(&world.token, "a@tail-json.example").await.client;
    let other = api.agent(&world.token, "b@tail-json.example").await.client;
    let arguments = [
        "tail-audit-log",
        "--output",
        "json",
        "--agent-id",
        &agent.id,
    ];
    let mut process = Process::spawn(&mut world.tool.command(&arguments));
    let lines = || process.stdout.text().lines().count();
    until("history", LIMIT, || async { lines() >= 2 }).await;
    api.token(&agent, "").await;
    api.token(&other, "").await;
    until("news", LIMIT, || async { lines() >= 3 }).await;
    process.signal("INT");
    let status = process.wait(LIMIT);
    assert_eq!(status.code(), Some(0), "{}", process.output());
    let said = process.stderr.text();
    let header = format!("Tailing audit log (agent: {}) — press", agent.id);
    assert!(said.starts_with(&header), "{said}");
    assert!(said.ends_with("\n\nStopped.\n"), "{said}");
    let events: Vec<Value> = process
        .stdout
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let actions: Vec<&str> = events
        .iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    let expected = ["agent.created", "credential.generated", "token.issued"];
    assert_eq!(actions, expected);
    assert!(
        events
            .iter()
            .all(|event| event["agentId"] == agent.id.as_str())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_poll_is_told_and_the_next_one_follows() {
    let Some(world) = World::new("tail-failed").await else {
        return;
    };
    let wrong = Client {
        secret: "wrong".to_owned(),
        ..world.tenant.admin.clone()
    };
    world.tool.configure(&world.server.api.base, &wrong, &[]);
    let mut process = Process::spawn(&mut world.tool.command(&["tail-audit-log"]));
    let warning = "⚠ Poll error: Authentication failed (401): {";
    let told = || process.stderr.text().matches(warning).count();
    until("two failures", LIMIT, || async { told() >= 2 }).await;
    process.signal("INT");
    assert_eq!(process.wait(LIMIT).code(), Some(0));
    assert!(process.stdout.text().ends_with("\n\nStopped.\n"));
}
