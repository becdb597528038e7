//! `configure`: prompts, the file, profiles.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use super::terminal::CTRL_C;
use super::{Tool, World};
use crate::harness::{Client, finish};

const SECRET: &str = "sk_live_0011223344556677";
const URL: &str = "https://api.example";

fn client(id: &str) -> Client {
    Client {
        id: id.to_owned(),
        secret: SECRET.to_owned(),
    }
}

fn content(tool: &Tool) -> Value {
    serde_json::from_str(&fs::read_to_string(tool.file()).unwrap()).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn in_a_terminal_the_secret_is_masked() {
    let Some(tool) = Tool::new() else { return };
    let mut terminal = tool.terminal(&["configure"]);
    terminal.expect("SentryAgent CLI Configuration");
    terminal.expect(&"─".repeat(40));
    terminal.expect("API URL (e.g. https://api.sentryagent.ai): ");
    terminal.send(&format!("  {URL} \n"));
    terminal.expect("Client ID: ");
    terminal.send("agent-1\n");
    terminal.expect("Client Secret: ");
    // A letter too many is taken back.
    terminal.send(&format!("{SECRET}x\u{7f}\n"));
    terminal.expect(&"*".repeat(SECRET.len()));
    terminal.expect("✓");
    terminal.expect(" Configuration saved to ~/.sentryagent/config.json");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("sk_live"), "{screen}");
    let expected = format!(
        "{{\n  \"apiUrl\": \"{URL}\",\n  \"clientId\": \"agent-1\",\n  \
         \"clientSecret\": \"{SECRET}\"\n}}\n"
    );
    assert_eq!(fs::read_to_string(tool.file()).unwrap(), expected);
    assert_eq!(mode(&tool.file()), 0o600);
    assert_eq!(mode(tool.file().parent().unwrap()), 0o700);
}

#[test]
fn control_c_ends_with_the_signal_and_writes_nothing() {
    let Some(tool) = Tool::new() else { return };
    let mut terminal = tool.terminal(&["configure"]);
    terminal.expect("sentryagent.ai): ");
    terminal.send(CTRL_C);
    let (code, screen) = terminal.end();
    assert_eq!(code, 130, "{screen}");

    let mut terminal = tool.terminal(&["configure"]);
    terminal.expect("sentryagent.ai): ");
    terminal.send("x\n");
    terminal.expect("Client ID: ");
    terminal.send("x\n");
    terminal.expect("Client Secret: ");
    terminal.send(CTRL_C);
    let (code, screen) = terminal.end();
    assert_eq!(code, 130, "{screen}");
    assert!(!tool.file().exists());
}

#[test]
fn answers_may_come_from_a_pipe_and_must_not_be_empty() {
    let Some(tool) = Tool::new() else { return };
    for (answers, missing) in [
        ("", "API URL"),
        ("  \nid\nsecret\n", "API URL"),
        ("url\n\nsecret\n", "Client ID"),
        ("url\nid\n \n", "Client Secret"),
    ] {
        let ended = tool.run_with(&["configure"], answers);
        let expected = format!("\n{missing} cannot be empty.\n");
        assert_eq!(ended.code, 1, "{answers:?}");
        assert!(ended.stderr.ends_with(&expected), "{}", ended.stderr);
        assert!(!tool.file().exists());
    }
    let ended = tool.run_with(&["configure"], "url\nid\nsecret\n");
    let result = format!(
        "SentryAgent CLI Configuration\n{}\n\n\
         ✓ Configuration saved to ~/.sentryagent/config.json\n",
        "─".repeat(40)
    );
    assert_eq!((ended.code, ended.stdout), (0, result));
    // Nobody would see them in a file.
    let questions = "API URL (e.g. https://api.sentryagent.ai): \nClient ID: \nClient Secret: \n";
    assert_eq!(ended.stderr, questions);
}

#[test]
fn programs_learn_where_the_configuration_is() {
    let Some(tool) = Tool::new() else { return };
    let arguments = ["configure", "--output", "json", "--profile", "staging"];
    let ended = tool.run_with(&arguments, "url\nid\nsecret\n");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let expected = json!({ "profile": "staging", "file": tool.file(), "backup": null });
    assert_eq!((ended.code, document), (0, expected));
}

#[test]
fn a_password_in_the_url_is_refused_and_not_repeated() {
    let Some(tool) = Tool::new() else { return };
    let url = "https://user:hunter2@api.example";
    let ended = tool.run_with(&["configure"], &format!("{url}\nid\nsecret\n"));
    assert_eq!(ended.code, 1);
    assert!(!tool.file().exists(), "{}", ended.stderr);
    let told = "Error: The API URL must not hold a user name or a password";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);

    tool.configure(URL, &client("id"), &[]);
    let mut command = tool.command(&["list-agents"]);
    let from_environment = finish(command.env("SENTRYAGENT_API_URL", url));
    let mut document = content(&tool);
    document["apiUrl"] = json!(url);
    fs::write(tool.file(), document.to_string()).unwrap();
    let from_file = tool.run(&["list-agents"]);
    for ended in [from_environment, from_file] {
        assert_eq!((ended.code, ended.stdout.as_str()), (1, ""));
        assert!(ended.stderr.starts_with(told), "{}", ended.stderr);
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
}

#[test]
fn a_broken_file_is_kept_and_one_that_cannot_be_read_is_not_replaced() {
    let Some(tool) = Tool::new() else { return };
    let folder = tool.file().parent().unwrap().to_owned();
    fs::create_dir(&folder).unwrap();
    let broken = r#"{"profiles": {"a": {"clientSecret": "precious"}"#;
    fs::write(tool.file(), broken).unwrap();
    let ended = tool.run_with(&["configure"], "url\nid\nsecret\n");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let backup = folder.join("config.json.bak");
    let told = format!("it is kept in {}.\n", backup.display());
    assert!(ended.stderr.contains(&told), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&backup).unwrap(), broken);
    assert_eq!(mode(&backup), 0o600);
    assert_eq!(content(&tool)["clientId"], "id");

    fs::remove_file(tool.file()).unwrap();
    fs::create_dir(tool.file()).unwrap();
    let said = tool.fail(&["configure"]);
    assert!(
        said.contains("cannot be read, and is not overwritten"),
        "{said}"
    );
    assert!(tool.file().is_dir());
}

#[test]
fn profiles_stand_beside_one_another() {
    let Some(tool) = Tool::new() else { return };
    tool.configure(URL, &client("default"), &[]);
    let mut document = content(&tool);
    document["theme"] = json!("dark");
    fs::write(tool.file(), document.to_string()).unwrap();
    fs::set_permissions(tool.file(), Permissions::from_mode(0o644)).unwrap();
    tool.configure(URL, &client("staging"), &["--profile", "staging"]);
    tool.configure(URL, &client("other"), &["--profile", "other"]);
    tool.configure(URL, &client("again"), &[]);
    let document = content(&tool);
    assert_eq!(document["theme"], "dark");
    assert_eq!(document["clientId"], "again");
    assert_eq!(document["profiles"]["staging"]["clientId"], "staging");
    assert_eq!(document["profiles"]["other"]["apiUrl"], URL);
    assert_eq!(mode(&tool.file()), 0o600, "set on every write");
    let said = tool.fail(&["list-agents", "--profile", "a/b"]);
    assert!(
        said.starts_with("Error: Invalid profile name 'a/b'."),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_decides_and_an_open_file_is_warned_of() {
    let Some(world) = World::new("profiles").await else {
        return;
    };
    let tool = &world.tool;
    let (api, admin) = (&world.server.api, &world.tenant.admin);
    tool.configure(&format!("{}/api/v1/", api.base), admin, &["--profile", "x"]);
    let wrong = client(&admin.id);
    tool.configure(&api.base, &wrong, &[]);
    let refused = tool.fail(&["list-agents"]);
    assert!(
        refused.starts_with("Error: Authentication failed (401): {"),
        "{refused}"
    );
    let listed = tool.json(&["list-agents", "--profile", "x"]);
    assert_eq!(listed["total"], 1);

    fs::set_permissions(tool.file(), Permissions::from_mode(0o644)).unwrap();
    let ended = tool.run(&["list-agents", "--profile", "x"]);
    assert_eq!(ended.code, 0);
    assert!(ended.stderr.starts_with("⚠ "), "{}", ended.stderr);
    assert!(ended.stdout.ends_with("Total: 1\n"), "{}", ended.stdout);
}
