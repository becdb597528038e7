//! `register-agent`, `list-agents`.

use super::World;
use crate::harness::{Client, registration};

/// The value behind a label.
fn labelled<'a>(output: &'a str, label: &str) -> &'a str {
    let mut lines = output.lines();
    let found = lines.find_map(|line| line.strip_prefix(label));
    found.unwrap_or_else(|| panic!("no {label} in {output}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_registered_and_listed() {
    let Some(world) = World::new("registered").await else {
        return;
    };
    let tool = &world.tool;
    let email = "screener-001@registered.example";
    let output = tool.succeed(&[
        "register-agent",
        "--name",
        email,
        "--description",
        "screens résumés",
        "--type",
        "screener",
        "--agent-version",
        "1.4.2",
        "--capability",
        "resume:read",
        "--capability",
        "resume:score",
        "--env",
        "staging",
    ]);
    let id = labelled(&output, "Agent ID: ");
    let expected = format!(
        "✓ Agent registered successfully\n\nAgent ID: {id}\nName: {email}\n\
         Description: screens résumés\nStatus: active\n"
    );
    assert_eq!(output, expected);
    let path = format!("/api/v1/agents/{id}");
    let agent = world.server.api.get(&world.token, &path).await.expect(200);
    assert_eq!(agent["owner"], "screens résumés");
    assert_eq!(agent["agentType"], "screener");
    assert_eq!(agent["version"], "1.4.2");
    assert_eq!(agent["deploymentEnv"], "staging");
    assert_eq!(agent["capabilities"].as_array().unwrap().len(), 2);

    let made = tool.json(&["register-agent", "--name", "plain@registered.example"]);
    assert_eq!(made["owner"], "plain@registered.example");
    assert_eq!(made["agentType"], "custom");

    shows(&tool.succeed(&["list-agents"]), id);
}

/// The table of three agents, one of them this one.
fn shows(table: &str, id: &str) {
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 7, "{table}");
    assert!(lines[0].starts_with("AGENT ID"), "{table}");
    for rule in [lines[1], lines[5]] {
        assert_eq!(rule, "─".repeat(96));
    }
    let row = lines.iter().find(|line| line.starts_with(id)).unwrap();
    let columns: Vec<&str> = row.split("  ").filter(|text| !text.is_empty()).collect();
    assert_eq!(columns[1], "screener-001@registered…");
    assert_eq!(columns[2].trim(), "active");
    assert_eq!(row.chars().count(), 96, "{row}");
    assert_eq!(lines[6], "Total: 3");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_are_fetched_unless_one_is_asked_for() {
    let Some(world) = World::new("pages").await else {
        return;
    };
    let (tool, api) = (&world.tool, &world.server.api);
    for number in 0..100 {
        let body = registration(&format!("agent-{number}@pages.example"));
        api.post(&world.token, "/api/v1/agents", &body)
            .await
            .expect(201);
    }
    let listed = tool.json(&["list-agents"]);
    assert_eq!(listed["total"], 101);
    assert_eq!(listed["data"].as_array().unwrap().len(), 101);
    assert!(listed["data"][0]["agentId"].is_string());
    let page = tool.json(&["list-agents", "--page", "11", "--limit", "10"]);
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    let first = tool.json(&["list-agents", "--limit", "7"]);
    assert_eq!(first["data"].as_array().unwrap().len(), 7);
    let beyond = tool.succeed(&["list-agents", "--page", "99"]);
    assert_eq!(beyond, "No agents found.\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_told_as_they_came() {
    let Some(world) = World::new("refusals").await else {
        return;
    };
    let (tool, admin) = (&world.tool, &world.tenant.admin);
    let refused = tool.fail(&["register-agent", "--name", "no-address"]);
    assert!(
        refused.starts_with("Error: API error (400): {"),
        "{refused}"
    );
    assert!(refused.contains("VALIDATION_ERROR"), "{refused}");
    let refused = tool.fail(&["list-agents", "--limit", "101"]);
    assert!(
        refused.starts_with("Error: API error (400): {"),
        "{refused}"
    );
    let wrong = Client {
        secret: "sk_live_not_this_one".to_owned(),
        ..admin.clone()
    };
    tool.configure(&world.server.api.base, &wrong, &[]);
    let refused = tool.fail(&["register-agent", "--name", "a@b.example"]);
    assert!(
        refused.starts_with("Error: Authentication failed (401): {"),
        "{refused}"
    );
    assert!(!refused.contains("not_this_one"), "{refused}");
    tool.configure("localhost", admin, &[]);
    let refused = tool.fail(&["list-agents"]);
    assert!(
        refused.starts_with("Error: Cannot use the API URL 'localhost'"),
        "{refused}"
    );
}
