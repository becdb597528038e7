//! Operator commands: exit codes and what they print.

use std::fs;

use serde_json::Value;

use crate::harness::{Installation, finish};

const UNKNOWN: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

#[tokio::test(flavor = "multi_thread")]
async fn doctor_tells_what_is_wrong() {
    let Some(mut installation) = Installation::scaled() else {
        return;
    };
    let server = installation.start();
    let printed = installation.succeed(&["doctor"]);
    for subject in [
        "settings", "key ring", "database", "keys", "redis", "policy",
    ] {
        let line = format!("ok    {subject}");
        assert!(printed.contains(&line), "no {line:?} in\n{printed}");
    }
    let health = |installation: &Installation| {
        let mut command = installation.command(&["doctor", "--health"]);
        finish(command.env("PORT", server.port.to_string()))
    };
    let healthy = health(&installation);
    assert_eq!(healthy.code, 0, "{}", healthy.stderr);
    assert!(
        healthy.stdout.contains("\"status\":\"ok\""),
        "{}",
        healthy.stdout
    );

    installation.redis.as_mut().unwrap().stop().unwrap();
    let degraded = health(&installation);
    assert_eq!(degraded.code, 1, "{}", degraded.stdout);
    let ill = installation.run(&["doctor"]);
    assert_eq!(ill.code, 1, "{}", ill.stdout);
    assert!(ill.stdout.contains("FAIL  redis"), "{}", ill.stdout);
    let port = server.port;
    let _ = server.stop();
    let mut command = installation.command(&["doctor", "--health"]);
    assert_eq!(finish(command.env("PORT", port.to_string())).code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_is_idempotent() {
    let Some(installation) = Installation::on_shared_cluster() else {
        return;
    };
    assert!(installation.succeed(&["migrate"]).contains("applied"));
    let schema = "SELECT table_name, column_name, data_type FROM information_schema.columns \
                  WHERE table_schema = 'public' ORDER BY 1, 2";
    let before = installation.database.sql(schema);
    assert!(installation.succeed(&["migrate"]).contains("up to date"));
    assert_eq!(installation.database.sql(schema), before);
    installation.succeed(&["bootstrap"]);
    let server = installation.start();
    server.api.token(&installation.admin(), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_can_migrate_for_local_use() {
    let Some(installation) = Installation::on_shared_cluster() else {
        return;
    };
    let mut command = installation.command(&["serve", "--migrate"]);
    let server = crate::harness::Server::start(&mut command);
    server.api.open("/health").await.expect(200);
    installation.succeed(&["bootstrap"]);
    server.api.token(&installation.admin(), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_refuse_what_does_not_exist() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    for arguments in [
        &["verify-audit"][..],
        &["rotate-signing-key"],
        &["bootstrap", "--reset"],
    ] {
        let ended = installation.run(arguments);
        assert_ne!(ended.code, 0, "{arguments:?} on an empty store");
        assert!(!ended.stderr.is_empty(), "{arguments:?}");
    }
    let server = installation.start();
    for arguments in [
        ["revoke-tokens", "--agent", UNKNOWN],
        ["revoke-tokens", "--organization", UNKNOWN],
        ["verify-audit", "--organization", UNKNOWN],
        ["verify-audit", "--organization", "17"],
    ] {
        let ended = installation.run(&arguments);
        assert_ne!(ended.code, 0, "{arguments:?}");
        assert!(
            ended.stderr.contains(arguments[2]),
            "{arguments:?}: {}",
            ended.stderr
        );
    }
    let token = server.api.token(&installation.admin(), "").await;
    assert!(server.api.accepts(&token).await);
}

#[test]
fn openapi_writes_the_description() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    let out = installation.folder().join("description");
    installation.succeed(&["openapi", "--out", &out.display().to_string()]);
    let files: Vec<_> = fs::read_dir(&out)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert!(files.len() > 1, "{files:?}");
    let whole = fs::read_to_string(out.join("openapi.json")).unwrap();
    let whole: Value = serde_json::from_str(&whole).unwrap();
    assert!(
        whole["openapi"].as_str().unwrap().starts_with("3.0."),
        "{}",
        whole["openapi"]
    );
    for path in [
        "/api/v1/token",
        "/oauth2/token",
        "/api/v1/audit/verify",
        "/health",
        "/metrics",
    ] {
        assert!(
            whole["paths"].get(path).is_some(),
            "{path} is not described"
        );
    }
    assert!(!installation.data().exists(), "no store is needed");
}
