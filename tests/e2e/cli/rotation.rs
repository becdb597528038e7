//! `rotate-credentials`.

use serde_json::Value;

use super::World;
use crate::harness::Client;

const QUESTION: &str = "This will invalidate the current secret. Continue? [y/N] ";

/// Whether the server takes this secret.
async fn works(world: &World, client: &Client) -> bool {
    let answer = world.server.api.try_token(client, "").await.unwrap();
    answer.status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_yes_rotates() {
    let Some(world) = World::new("rotated").await else {
        return;
    };
    let (tool, api) = (&world.tool, &world.server.api);
    let agent = api.agent(&world.token, "a@rotated.example").await.client;
    let rotate = ["rotate-credentials", "--agent-id", &agent.id];
    for answer in ["", "\n", "n\n", "yep\n"] {
        let ended = tool.run_with(&rotate, answer);
        let expected = format!(
            "⚠ This will invalidate the current secret for agent {}\n{QUESTION}\n",
            agent.id
        );
        assert_eq!(ended.stderr, expected, "not into a file of results");
        assert_eq!((ended.code, ended.stdout.as_str()), (0, "Aborted.\n"));
    }
    assert!(works(&world, &agent).await, "nothing was rotated");

    let mut terminal = tool.terminal(&rotate);
    terminal.expect(QUESTION);
    terminal.send("YES\n");
    terminal.expect("Credentials rotated successfully");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    let remark = "Store the new client secret securely — it will not be shown again.";
    assert!(screen.contains(remark), "{screen}");
    assert!(screen.contains("Rotated at:"), "{screen}");
    assert!(!works(&world, &agent).await, "the old secret is dead");

    let json = [&rotate[..], &["--output", "json", "--expires-in", "30"]].concat();
    let ended = tool.run_with(&json, "y\n");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains(QUESTION), "{}", ended.stderr);
    let rotated: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(rotated["credentialId"].is_string());
    assert!(rotated["rotatedAt"].as_str().unwrap().ends_with('Z'));
    assert!(rotated["expiresAt"].as_str() > rotated["rotatedAt"].as_str());
    assert!(works(&world, &Client::from_json(&rotated)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_is_chosen_and_none_is_an_error() {
    let Some(world) = World::new("several").await else {
        return;
    };
    let (tool, api, token) = (&world.tool, &world.server.api, &world.token);
    let first = api.agent(token, "a@several.example").await;
    let second = api.credential(token, &first.client.id).await;
    let id = first.client.id.as_str();
    let rotate = ["rotate-credentials", "--agent-id", id];
    let refused = tool.fail(&rotate);
    let (head, ids) = refused.split_once('\n').unwrap();
    assert_eq!(
        head,
        format!(
            "Error: Agent {id} has several active credentials. \
             Choose one with --credential-id."
        )
    );
    let mut ids: Vec<&str> = ids.lines().collect();
    ids.sort_unstable();
    let mut expected = [first.credential.as_str(), second.credential.as_str()];
    expected.sort_unstable();
    assert_eq!(ids, expected);

    let chosen = [&rotate[..], &["--credential-id", &second.credential]].concat();
    let ended = tool.run_with(&chosen, "y\n");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(works(&world, &first.client).await);
    assert!(!works(&world, &second.client).await);

    for agent in [&first, &second] {
        api.delete(token, &agent.path()).await.expect(204);
    }
    let expected = format!("Error: Agent {id} has no active credential.\n");
    assert_eq!(tool.fail(&rotate), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_rotates_its_own_secret_without_any_scope() {
    let Some(world) = World::new("own-secret").await else {
        return;
    };
    let (tool, api) = (&world.tool, &world.server.api);
    let agent = api.agent(&world.token, "a@own-secret.example").await.client;
    tool.configure(&api.base, &agent, &[]);
    let ended = tool.run_with(&["rotate-credentials", "--agent-id", &agent.id], "y\n");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let secret = ended
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("Client Secret: "))
        .unwrap();
    // The stored secret is the old one until it is configured anew.
    assert!(tool.fail(&["list-agents"]).contains("(401)"));
    let renewed = Client {
        secret: secret.to_owned(),
        ..agent
    };
    tool.configure(&api.base, &renewed, &[]);
    tool.succeed(&["list-agents"]);

    let other = world.tenant.admin.id.as_str();
    let refused = tool.fail(&["rotate-credentials", "--agent-id", other]);
    assert!(
        refused.starts_with("Error: Authentication failed (400): {"),
        "{refused}"
    );
}
