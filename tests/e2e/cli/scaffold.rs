//! `scaffold`.

use std::fs;

use serde_json::{Value, json};

use super::World;
use super::stand_in::{AGENT, Reply, StandIn};
use crate::harness::platform_token;

const NOWHERE: &str = "00000000-0000-4000-8000-00000000dead";

#[tokio::test(flavor = "multi_thread")]
async fn projects_are_unpacked_with_what_to_do_next() {
    let Some(world) = World::new("project").await else {
        return;
    };
    let (tool, api) = (&world.tool, &world.server.api);
    let agent = api.agent(&world.token, "a@project.example").await.client;
    let fill_in = "Copy .env.example to .env and fill in your client secret";
    let steps: [(&str, &[&str]); 5] = [
        ("typescript", &["npm install", fill_in, "npm run dev"]),
        (
            "python",
            &["pip install -r requirements.txt", fill_in, "python main.py"],
        ),
        ("go", &["go mod download", fill_in, "go run main.go"]),
        ("java", &["mvn install", fill_in, "mvn exec:java"]),
        ("rust", &[fill_in, "cargo run"]),
    ];
    for (language, steps) in steps {
        let out = format!("new/{language}");
        let path = tool.path(&out);
        let scaffold = ["scaffold", "--agent-id", &agent.id, "--out", &out];
        // TypeScript is the default.
        let chosen = if language == "typescript" {
            scaffold.to_vec()
        } else {
            [&scaffold[..], &["--language", language]].concat()
        };
        let output = tool.succeed(&chosen);
        let mut expected = format!(
            "Downloading {language} scaffold for agent {}...\n\
             Scaffold extracted to: {path}\n\nNext steps:\n1. cd {path}\n",
            agent.id,
            path = path.display()
        );
        for (number, step) in (2..).zip(steps) {
            expected.push_str(&format!("{number}. {step}\n"));
        }
        assert_eq!(output, expected);
        let settings = fs::read_to_string(path.join(".env.example")).unwrap();
        assert!(settings.contains(&agent.id), "{settings}");
    }
    assert!(tool.path("new/rust/src/main.rs").is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_exists_is_kept_unless_forced() {
    let Some(world) = World::new("existing").await else {
        return;
    };
    let (tool, id) = (&world.tool, world.tenant.admin.id.as_str());
    let mine = tool.path("README.md");
    fs::write(&mine, "mine").unwrap();
    let scaffold = ["scaffold", "--agent-id", id, "--language", "go"];
    let ended = tool.run(&scaffold);
    assert_eq!(ended.code, 1);
    let expected = format!("Error: {} exists already.", mine.display());
    assert!(ended.stderr.starts_with(&expected), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
    assert!(!tool.path("main.go").exists(), "nothing was written");
    tool.succeed(&[&scaffold[..], &["--force"]].concat());
    assert_ne!(fs::read_to_string(&mine).unwrap(), "mine");
    assert!(tool.path("main.go").is_file());

    let arguments = [&scaffold[..], &["--out", "again", "--output", "json"]].concat();
    let ended = tool.run(&arguments);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(document["agentId"], id);
    assert_eq!(document["language"], "go");
    assert_eq!(document["directory"], json!(tool.path("again")));
    assert_eq!(document["nextSteps"][0], "go mod download");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_what_to_do() {
    let Some(world) = World::new("no-project").await else {
        return;
    };
    let (tool, api) = (&world.tool, &world.server.api);
    let platform = platform_token(&world.installation, &world.server).await;
    let foreign = api.tenant(&platform, "foreign", json!({})).await;
    for (id, expected) in [
        (
            NOWHERE,
            "Error: Agent not found. Check the agent ID with `sentryagent list-agents`.\n",
        ),
        (
            foreign.admin.id.as_str(),
            "Error: Access denied. You do not own this agent.\n",
        ),
    ] {
        let ended = tool.run(&["scaffold", "--agent-id", id]);
        assert_eq!((ended.code, ended.stderr.as_str()), (1, expected));
    }
    let agent = api.agent(&world.token, "a@no-project.example").await.client;
    let path = format!("/api/v1/agents/{}", agent.id);
    api.delete(&world.token, &path).await.expect(204);
    let ended = tool.run(&["scaffold", "--agent-id", &agent.id]);
    let expected = "Error: Server error (422): {";
    assert!(ended.stderr.starts_with(expected), "{}", ended.stderr);
    assert!(!tool.path("package.json").exists());
}

#[test]
fn a_refused_archive_leaves_no_folder_behind() {
    let server = StandIn::start(|_| Reply::ok(json!("no archive")));
    let Some(tool) = server.tool() else { return };
    fs::create_dir(tool.path("mine")).unwrap();
    for out in ["new/deep/project", "mine/project", "mine"] {
        let ended = tool.run(&["scaffold", "--agent-id", AGENT, "--out", out]);
        assert_eq!(ended.code, 1, "{out}");
        let expected = "Error: The answer of the server is no archive";
        assert!(ended.stderr.starts_with(expected), "{}", ended.stderr);
    }
    assert!(!tool.path("new").exists(), "it was made for the project");
    let left = fs::read_dir(tool.path("mine")).unwrap().count();
    assert_eq!(left, 0, "what was there stays, and nothing else");
}
