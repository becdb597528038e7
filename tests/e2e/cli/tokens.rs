//! `issue-token`.

use serde_json::json;

use super::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_configured_agent_gets_a_token() {
    let Some(world) = World::new("own-token").await else {
        return;
    };
    let (tool, id) = (&world.tool, world.tenant.admin.id.as_str());
    let output = tool.succeed(&["issue-token", "--agent-id", id]);
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(
        lines[..3],
        ["✓ Token issued successfully", "", "Access Token:"]
    );
    assert_eq!(lines[4..7], ["", "Token Type: Bearer", "Expires In: 3600s"]);
    let expires = lines[7].strip_prefix("Expires At: ").unwrap();
    assert!(expires.len() == 24 && expires.ends_with('Z'), "{expires}");
    assert_eq!(lines[8], "Scope: agents:read");
    assert_eq!(lines.len(), 9, "{output}");
    assert!(world.server.api.accepts(lines[3]).await);

    let issued = tool.json(&["issue-token", "--agent-id", id]);
    assert_eq!(issued["tokenType"], "Bearer");
    assert_eq!(issued["expiresIn"], 3600);
    assert_eq!(issued["scope"], "agents:read");
    let token = issued["accessToken"].as_str().unwrap();
    assert!(world.server.api.accepts(token).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_agent_needs_its_own_secret() {
    let Some(world) = World::new("other-token").await else {
        return;
    };
    let (tool, api) = (&world.tool, &world.server.api);
    let agent = api
        .agent(&world.token, "a@other-token.example")
        .await
        .client;
    let plain = ["issue-token", "--agent-id", &agent.id];
    let piped = [&plain[..], &["--client-secret-stdin", "--output", "json"]].concat();

    let ended = tool.run_with(&piped, &format!("{}\n", agent.secret));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let issued: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let token = issued["accessToken"].as_str().unwrap();
    let form = [("token", token)];
    let seen = api
        .form(token, "/oauth2/introspect", &form)
        .await
        .expect(200);
    assert_eq!(seen["sub"], json!(agent.id));

    let mut terminal = tool.terminal(&plain);
    terminal.expect("Client Secret: ");
    terminal.send(&format!("{}\n", agent.secret));
    terminal.expect("Token issued successfully");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains(&agent.secret), "{screen}");

    let ended = tool.run_with(&piped, "wrong\n");
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""));
    let expected = "Error: Token issuance failed (401): {";
    assert!(ended.stderr.starts_with(expected), "{}", ended.stderr);
    let ended = tool.run_with(&piped, "\n");
    let expected = "Client Secret cannot be empty.\n";
    assert_eq!((ended.code, ended.stderr.as_str()), (1, expected));
}
