//! The first administrator: made once, shown once, in a private file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::wait::PROPAGATION;
use crate::harness::{Client, Installation, finish, text, until};

const SYSTEM: &str = "00000000-0000-4000-8000-000000000001";

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_says_how_to_get_a_token() {
    let Some(mut installation) = Installation::embedded() else {
        return;
    };
    installation.unset("OIDC_ISSUER");
    let server = installation.start();
    let (printed, port) = (server.printed(), server.port);
    let file = installation.data().join("bootstrap.json");
    assert!(
        printed.contains(&format!("http://localhost:{port}/api/v1")),
        "{printed}"
    );
    assert!(printed.contains(&file.display().to_string()), "{printed}");
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(&installation.data()), 0o700);
    assert_eq!(
        mode(&installation.data().join("keys").join("encryption.json")),
        0o600
    );

    let made = installation.bootstrap_file();
    assert_eq!(made["apiUrl"], format!("http://localhost:{port}"));
    assert_eq!(made["organizationId"], SYSTEM);
    assert_eq!(made["agentId"], made["clientId"]);

    let answer = finish(Command::new("bash").args(["-c", &shown_command(&printed)]));
    let answer: Value = serde_json::from_str(&answer.stdout)
        .unwrap_or_else(|_| panic!("{}{}", answer.stdout, answer.stderr));
    let token = text(&answer, "access_token");
    server.api.get(&token, "/api/v1/agents").await.expect(200);

    let (status, _) = server.stop();
    assert_eq!(status.code(), Some(0));
    let server = installation.start_on(port);
    assert_eq!(installation.bootstrap_file(), made);
    assert!(
        !server.printed().contains("is set up"),
        "{}",
        server.printed()
    );
    assert!(server.api.accepts(&token).await, "tokens survive a restart");
    server.api.token(&installation.admin(), "").await;
    assert!(!server.printed().contains(&installation.admin().secret));
}

/// The indented lines that begin with curl, as a user would copy them.
fn shown_command(printed: &str) -> String {
    let lines: Vec<&str> = printed
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("curl "))
        .take_while(|line| !line.trim().is_empty())
        .collect();
    assert!(!lines.is_empty(), "no command in:\n{printed}");
    lines.join("\n")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_secret_is_reset_on_the_embedded_store() {
    if let Some(installation) = Installation::embedded() {
        reset(&installation).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_secret_is_reset_on_postgres() {
    if let Some(installation) = Installation::scaled() {
        reset(&installation).await;
    }
}

async fn reset(installation: &Installation) {
    let server = installation.start();
    let before = installation.admin();
    server.api.token(&before, "").await;
    let again = installation.run(&["bootstrap"]);
    assert_ne!(again.code, 0);
    assert!(again.stderr.contains("--reset"), "{}", again.stderr);
    server.api.token(&before, "").await;

    let printed = installation.succeed(&["bootstrap", "--reset"]);
    let after = printed_client(&printed);
    assert_eq!(after.id, before.id);
    assert_ne!(after.secret, before.secret);
    assert_eq!(installation.admin().secret, after.secret);
    assert_eq!(mode(&installation.data().join("bootstrap.json")), 0o600);
    for (client, status) in [(&after, 200), (&before, 401)] {
        let api = &server.api;
        until("only the new secret", PROPAGATION, || async {
            api.try_token(client, "").await.unwrap().status == status
        })
        .await;
    }
    audited(&server.api, &after).await;
}

fn printed_client(printed: &str) -> Client {
    let value = |name: &str| {
        let line = printed.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {printed}"))
            .trim()
            .to_owned()
    };
    Client {
        id: value("clientId:"),
        secret: value("clientSecret:"),
    }
}

async fn audited(api: &crate::harness::Api, admin: &Client) {
    let token = api.token(admin, "audit:read").await;
    let path = "/api/v1/audit?action=credential.rotated";
    let page = api.get(&token, path).await.expect(200);
    assert_eq!(page["total"], 1);
    assert_eq!(page["data"][0]["metadata"]["actorAgentId"], "bootstrap");
    assert!(api.audit_verified(&token).await);
}
