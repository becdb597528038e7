//! Settings from environment variables, and colours.

use super::terminal::CTRL_C;
use super::{Tool, World};
use crate::harness::{Ended, finish};

/// Runs the tool with these variables.
fn run_in(tool: &Tool, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    finish(tool.command(arguments).envs(variables.iter().copied()))
}

#[tokio::test(flavor = "multi_thread")]
async fn three_variables_are_a_configuration_and_one_overrides() {
    let Some(world) = World::new("environment").await else {
        return;
    };
    let (base, admin) = (world.server.api.base.as_str(), &world.tenant.admin);
    let Some(bare) = Tool::new() else { return };
    let all = [
        ("SENTRYAGENT_API_URL", base),
        ("SENTRYAGENT_CLIENT_ID", admin.id.as_str()),
        ("SENTRYAGENT_CLIENT_SECRET", admin.secret.as_str()),
    ];
    let listed = run_in(&bare, &all, &["list-agents"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
    let missing = run_in(&bare, &all[..2], &["list-agents"]);
    assert_eq!(missing.code, 1);
    assert!(
        missing.stderr.starts_with("Not configured."),
        "{}",
        missing.stderr
    );

    let wrong = [("SENTRYAGENT_CLIENT_SECRET", "wrong")];
    let refused = run_in(&world.tool, &wrong, &["list-agents"]);
    assert_eq!(refused.code, 1);
    let expected = "Error: Authentication failed (401): {";
    assert!(refused.stderr.starts_with(expected), "{}", refused.stderr);
    let empty = [("SENTRYAGENT_CLIENT_SECRET", "")];
    assert_eq!(run_in(&world.tool, &empty, &["list-agents"]).code, 0);

    world
        .tool
        .configure("http://127.0.0.1:1", admin, &["--profile", "away"]);
    let away = [("SENTRYAGENT_PROFILE", "away")];
    let refused = run_in(&world.tool, &away, &["list-agents"]);
    let expected = "Error: Cannot reach http://127.0.0.1:1: ";
    assert!(refused.stderr.starts_with(expected), "{}", refused.stderr);
    let flag = ["list-agents", "--profile", "default"];
    assert_eq!(run_in(&world.tool, &away, &flag).code, 0, "the flag wins");
    let listed = run_in(&world.tool, &wrong, &flag);
    assert_eq!(listed.code, 0, "over everything: {}", listed.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_are_for_terminals_and_can_be_switched_off() {
    let Some(world) = World::new("colours").await else {
        return;
    };
    let tool = &world.tool;
    assert!(!tool.succeed(&["list-agents"]).contains('\u{1b}'));
    let terminal = tool.terminal(&["list-agents"]);
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("\u{1b}[32mactive"), "{screen}");
    let mut command = tool.command(&["list-agents"]);
    let terminal = super::Terminal::open(command.env("NO_COLOR", "1"));
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("active    "), "{screen}");
    assert!(!screen.contains("\u{1b}[32m"), "{screen}");

    let id = world.tenant.admin.id.as_str();
    let mut terminal = tool.terminal(&["tail-audit-log", "--agent-id", id]);
    terminal.expect(&format!("(agent: \u{1b}[36m{id}\u{1b}[0m)"));
    terminal.send(CTRL_C);
    terminal.expect("Stopped.");
    assert_eq!(terminal.end().0, 0);
}
