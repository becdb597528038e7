//! What a server may say that no server of ours does: texts that steer a
//! terminal, no answer at all, pages of another size.

use std::time::Duration;

use serde_json::{Value, json};

use super::Tool;
use super::stand_in::{AGENT, Asked, Reply, StandIn, agent, credential, event, list};
use crate::harness::process::Process;
use crate::harness::until;

const LIMIT: Duration = Duration::from_secs(60);
/// Agents of a server with several pages.
const ALL: usize = 200;
/// Clears the screen in two ways, ends the line, turns the direction around.
const HOSTILE: &str = "x\u{1b}[2J\u{9b}2J\u{7f}\r\n\u{202e}y";
const SHOWN: &str = "x\\u001b[2J\\u009b2J\\u007f\\r\\n\\u202ey";

fn steers_nothing(output: &str) {
    let steers = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
    assert!(!output.contains(steers), "{output:?}");
}

#[test]
fn tables_and_documents_steer_no_terminal() {
    let server = StandIn::start(|asked| {
        let known = [agent(AGENT, HOSTILE)];
        match asked.what.as_str() {
            "GET /api/v1/agents" => list(&known, 1, 1, 100),
            _ => Reply::Answer(400, String::new(), json!({ "message": HOSTILE })),
        }
    });
    let Some(tool) = server.tool() else { return };
    let table = tool.succeed(&["list-agents"]);
    steers_nothing(&table);
    let row = table.lines().nth(2).unwrap();
    assert_eq!(row.chars().count(), 96, "{table}");
    assert_eq!(table.lines().count(), 5, "{table}");

    let json = tool.succeed(&["list-agents", "--output", "json"]);
    steers_nothing(&json);
    assert!(json.contains(SHOWN), "{json}");
    let listed: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(listed["data"][0]["email"], HOSTILE, "it means the same");

    let refused = tool.fail(&["register-agent", "--name", "a@b.example"]);
    steers_nothing(&refused);
    assert_eq!(refused.lines().count(), 1, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_one_line_whatever_it_holds() {
    let server = StandIn::start(|_| {
        let events = [event(1, HOSTILE, HOSTILE)];
        list(&events, 1, 1, 50)
    });
    let Some(tool) = server.tool() else { return };
    let mut process = Process::spawn(&mut tool.command(&["tail-audit-log"]));
    let ended = |text: &str| text.ends_with("id=event-1\n");
    until("the event", LIMIT, || async {
        ended(&process.stdout.text())
    })
    .await;
    process.signal("INT");
    assert_eq!(process.wait(LIMIT).code(), Some(0));
    let text = process.stdout.text();
    steers_nothing(&text);
    let line = format!("{SHOWN}  {SHOWN}  outcome=success  agent={AGENT}  id=event-1");
    assert_eq!(text.lines().nth(2), Some(line.as_str()), "{text}");
}

/// The rotation of the only credential.
const ROTATION: &str = "POST /api/v1/agents/a1b2c3d4-0000-4000-8000-000000000001\
                        /credentials/credential-1/rotate";
const DOUBT: &str = "The request may have been carried out all the same.";

/// What the tool says when this request is answered like that; it must not send
/// it again.
fn answered(
    what: &'static str,
    reply: impl Fn() -> Reply + Send + Sync + 'static,
    run: impl FnOnce(&Tool) -> String,
) -> Option<String> {
    let server = StandIn::start(move |asked| {
        if asked.what == what {
            reply()
        } else {
            list(&[credential(None)], 1, 1, 20)
        }
    });
    let said = run(&server.tool()?);
    let sent = |asked: &&Asked| asked.what == what;
    assert_eq!(server.asked().iter().filter(sent).count(), 1, "{said}");
    Some(said)
}

#[test]
fn when_an_answer_is_lost_the_user_learns_how_to_find_out() {
    let lost = || Reply::Nothing;
    let register = ["register-agent", "--name", "a@b.example"];
    let registered = answered("POST /api/v1/agents", lost, |tool| tool.fail(&register));
    let Some(said) = registered else { return };
    assert!(said.starts_with("Error: No usable answer came"), "{said}");
    assert!(said.contains(DOUBT), "{said}");
    assert!(said.contains("`sentryagent list-agents`"), "{said}");

    let rotate = ["rotate-credentials", "--agent-id", AGENT];
    let rotated = answered(ROTATION, lost, |tool| tool.run_with(&rotate, "y\n").stderr);
    let Some(said) = rotated else { return };
    assert!(said.contains(DOUBT), "{said}");
    let check = format!("`sentryagent issue-token --agent-id {AGENT}`");
    assert!(said.contains(&check), "{said}");

    // Nothing can have happened here.
    let listed = answered("GET /api/v1/agents", lost, |tool| {
        tool.fail(&["list-agents"])
    });
    let Some(said) = listed else { return };
    assert!(!said.contains(DOUBT), "{said}");
}

/// Status, body, and whether the answer counts as lost.
type Case = (u16, fn() -> Value, bool);

#[test]
fn an_answer_of_a_proxy_is_a_lost_answer() {
    let page = || json!("<html>upstream timed out</html>");
    let own = || json!({ "code": "SERVICE_UNAVAILABLE", "message": "Please try again later." });
    let register = ["register-agent", "--name", "a@b.example"];
    let rotate = ["rotate-credentials", "--agent-id", AGENT];
    let cases: [Case; 6] = [
        (502, page, true),
        (503, page, true),
        (503, || json!({ "error": "no healthy upstream" }), true),
        (504, || json!({ "message": "Timed out." }), true),
        (503, own, false),
        (413, page, false),
    ];
    for (status, body, is_lost) in cases {
        let reply = move || Reply::Answer(status, String::new(), body());
        let first = format!("Error: API error ({status}): {}\n", body());
        let registered = answered("POST /api/v1/agents", reply, |tool| tool.fail(&register));
        let Some(said) = registered else { return };
        assert!(said.starts_with(&first), "{said}");
        assert_eq!(said.contains(DOUBT), is_lost, "{said}");
        assert_eq!(said.contains("`sentryagent list-agents`"), is_lost);

        let rotated = answered(ROTATION, reply, |tool| tool.run_with(&rotate, "y\n").stderr);
        let Some(said) = rotated else { return };
        assert!(said.contains(&first), "{said}");
        assert_eq!(said.contains(DOUBT), is_lost, "{said}");
        assert_eq!(said.contains("`sentryagent issue-token"), is_lost);
    }
}

#[test]
fn an_end_of_validity_that_gets_lost_is_told_and_can_be_given() {
    let end = "2026-06-15T10:00:00.000Z";
    let server = StandIn::start(move |asked| {
        if asked.what.starts_with("GET ") {
            return list(&[credential(Some(end))], 1, 1, 20);
        }
        let wanted: Value = serde_json::from_str(&asked.body).unwrap();
        let mut made = credential(wanted["expiresAt"].as_str());
        made["clientSecret"] = json!("sk_live_new");
        Reply::ok(made)
    });
    let Some(tool) = server.tool() else { return };
    let rotate = [
        "rotate-credentials",
        "--agent-id",
        AGENT,
        "--output",
        "json",
    ];
    let told =
        "⚠ The credential expires at 2026-06-15 10:00:00; with the new secret it never will.";
    let chosen: [&[&str]; 2] = [&[], &["--credential-id", "credential-1"]];
    for more in chosen {
        let ended = tool.run_with(&[&rotate[..], more].concat(), "n\n");
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!((ended.code, document), (0, json!({ "aborted": true })));
    }
    let limited = [&rotate[..], &["--expires-in", "90"]].concat();
    let ended = tool.run_with(&limited, "y\n");
    assert!(!ended.stderr.contains(told), "{}", ended.stderr);
    let rotated: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(rotated["expiresAt"].is_string(), "{rotated}");
    let ended = tool.run_with(&rotate, "y\n");
    let rotated: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(rotated["expiresAt"], Value::Null);
}

#[test]
fn a_chosen_credential_is_rotated_also_when_nothing_can_be_looked_up() {
    let server = StandIn::start(|asked| {
        if asked.what.starts_with("GET ") {
            return Reply::Answer(
                500,
                String::new(),
                json!({ "code": "X", "message": HOSTILE }),
            );
        }
        let mut made = credential(None);
        made["clientSecret"] = json!("sk_live_new");
        Reply::ok(made)
    });
    let Some(tool) = server.tool() else { return };
    let rotate = ["rotate-credentials", "--agent-id", AGENT];
    let refused = tool.fail(&rotate);
    assert!(
        refused.starts_with("Error: API error (500): {"),
        "{refused}"
    );

    let chosen = [&rotate[..], &["--credential-id", "credential-1"]].concat();
    let told = "⚠ Whether the credential expires is unknown; with the new secret it never will.";
    let ended = tool.run_with(&chosen, "n\n");
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    assert!(ended.stderr.contains("API error (500): {"));
    steers_nothing(&ended.stderr);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, "Aborted.\n"));
    let ended = tool.run_with(&chosen, "y\n");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("sk_live_new"), "{}", ended.stdout);

    // Nothing gets lost, and so nothing is looked up.
    let before = server.asked().len();
    let limited = [&chosen[..], &["--expires-in", "90"]].concat();
    let ended = tool.run_with(&limited, "y\n");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(!ended.stderr.contains(told), "{}", ended.stderr);
    let asked: Vec<String> = server.asked().into_iter().map(|asked| asked.what).collect();
    assert_eq!(asked[before..], [ROTATION]);
}

/// Lists all agents of a server that gives so many per page; the number of
/// requests it took.
fn requests_for_all(per_page: usize) -> Option<usize> {
    let server = StandIn::start(move |asked| {
        let page = asked.number("page");
        let start = (page - 1) * per_page;
        let agents: Vec<Value> = (start..ALL.min(start + per_page))
            .map(|number| agent(&format!("agent-{number}"), "a@b.example"))
            .collect();
        list(&agents, ALL, page, per_page)
    });
    let listed = server.tool()?.json(&["list-agents"]);
    assert_eq!(listed["total"], ALL);
    assert_eq!(listed["data"].as_array().unwrap().len(), ALL);
    Some(server.asked().len())
}

#[test]
fn all_pages_are_read_and_no_more_whatever_their_size() {
    for (per_page, expected) in [(100, 2), (60, 4)] {
        let Some(requests) = requests_for_all(per_page) else {
            return;
        };
        assert_eq!(requests, expected, "{per_page}");
    }
}

#[test]
fn a_list_whose_pages_are_all_the_same_is_an_error() {
    let server = StandIn::start(|asked| {
        let agents: Vec<Value> = (0..100)
            .map(|number| agent(&format!("agent-{number}"), "a@b.example"))
            .collect();
        list(&agents, 1_000_000_000, asked.number("page"), 100)
    });
    let Some(tool) = server.tool() else { return };
    let said = tool.fail(&["list-agents"]);
    let expected = "Error: The list does not end: page 4 and those before it show the same agents.";
    assert!(said.starts_with(expected), "{said}");
    assert_eq!(server.asked().len(), 4);
    tool.succeed(&["list-agents", "--page", "7"]);
}
