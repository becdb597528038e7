//! Wrong settings: all of them are told at once, before a port is bound.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};

use agentidp_testkit::services::free_port;

use crate::harness::Installation;

fn installation(settings: &[(&str, &str)]) -> Option<Installation> {
    let mut installation = Installation::embedded()?;
    for (name, value) in settings {
        installation.set(name, value);
    }
    Some(installation)
}

/// The server must not start, and say all of this.
fn refused(installation: &Installation, texts: &[&str]) {
    let ended = installation.run(&["serve"]);
    let output = format!("{}{}", ended.stdout, ended.stderr);
    assert_ne!(ended.code, 0, "{output}");
    assert!(output.contains("Failed to start server"), "{output}");
    assert!(!output.contains("listening on port"), "{output}");
    for text in texts {
        assert!(output.contains(text), "no {text:?} in\n{output}");
    }
}

#[test]
fn names_every_wrong_variable_at_once() {
    let wrong = [
        ("APP_ENV", "prod"),
        ("PORT", "http"),
        ("BCRYPT_COST", "99"),
        ("JWT_ALGORITHM", "HS256"),
        ("DATABASE_URL", "mysql://localhost/idp"),
        ("RATE_LIMIT_WINDOW_MS", "0"),
        ("TRUSTED_PROXIES", "everybody"),
        ("KAFKA_BROKERS", "localhost"),
    ];
    let Some(mut installation) = installation(&wrong) else {
        return;
    };
    let mut names: Vec<&str> = wrong.iter().map(|(name, _)| *name).collect();
    installation.set("AGENTIDP_DATADIR", "/nowhere");
    installation.set("AGENTIDP_ZZZ", "1");
    names.extend([
        "AGENTIDP_DATADIR",
        "did you mean AGENTIDP_DATA_DIR",
        "AGENTIDP_ZZZ",
    ]);
    refused(&installation, &names);
    assert!(!installation.data().exists(), "nothing is created");
    let doctor = installation.run(&["doctor"]);
    assert_ne!(doctor.code, 0);
    assert!(doctor.stdout.contains("BCRYPT_COST"), "{}", doctor.stdout);
}

#[test]
fn refuses_what_is_missing_or_unsafe() {
    let required = "environment variable is required";
    let cases: [(&[(&str, &str)], String); 6] = [
        (
            &[("APP_ENV", "production"), ("OIDC_ISSUER", "")],
            format!("OIDC_ISSUER {required}"),
        ),
        (
            &[
                ("APP_ENV", "production"),
                ("DATABASE_URL", "postgres://u@127.0.0.1:1/d"),
            ],
            format!("ENCRYPTION_KEY_FILE {required}"),
        ),
        (
            &[("JWT_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----")],
            "JWT_PRIVATE_KEY and JWT_PUBLIC_KEY environment variables are required".to_owned(),
        ),
        (
            &[("VAULT_ADDR", "http://127.0.0.1:1")],
            format!("VAULT_TOKEN {required}"),
        ),
        (
            &[
                ("APP_ENV", "production"),
                ("WEBHOOK_ALLOW_INSECURE_TARGETS", "true"),
            ],
            "WEBHOOK_ALLOW_INSECURE_TARGETS".to_owned(),
        ),
        (
            &[
                ("APP_ENV", "production"),
                ("OIDC_KEY_GRACE_PERIOD_SECONDS", "60"),
            ],
            "OIDC_KEY_GRACE_PERIOD_SECONDS".to_owned(),
        ),
    ];
    for (settings, text) in cases {
        let Some(installation) = installation(settings) else {
            return;
        };
        refused(&installation, &[&text]);
    }
}

#[test]
fn names_the_service_that_cannot_be_reached() {
    let nobody = free_port().unwrap();
    let url = format!("postgresql://u:hush@127.0.0.1:{nobody}/idp");
    let Some(installation) = installation(&[("DATABASE_URL", &url)]) else {
        return;
    };
    refused(&installation, &["PostgreSQL", "DATABASE_URL"]);
    let ended = installation.run(&["serve"]);
    assert!(
        !format!("{}{}", ended.stdout, ended.stderr).contains("hush"),
        "a password is shown"
    );
}

#[test]
fn names_the_port_that_is_taken() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    if let Some(installation) = installation(&[("PORT", &port)]) {
        refused(&installation, &["PORT", &port]);
    }
}

#[test]
fn names_the_broken_file() {
    let Some(mut installation) = installation(&[]) else {
        return;
    };
    let ring = installation.folder().join("ring.json");
    fs::write(&ring, r#"{"current": 1, "keys": {"1": "abcd"}}"#).unwrap();
    installation.set("ENCRYPTION_KEY_FILE", &ring.display().to_string());
    refused(
        &installation,
        &[
            "Invalid encryption key",
            "expected a 64-character hex string",
        ],
    );
    installation.unset("ENCRYPTION_KEY_FILE");

    let policy = installation.folder().join("policy");
    fs::create_dir_all(policy.join("data")).unwrap();
    fs::write(policy.join("data").join("scopes.json"), "{}").unwrap();
    fs::write(policy.join("authz.rego"), "package authz\n\nallow if {\n").unwrap();
    installation.set("POLICY_DIR", &policy.display().to_string());
    refused(&installation, &["authz.rego"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_ring_is_not_replaced() {
    let Some(installation) = installation(&[]) else {
        return;
    };
    let _ = installation.start().stop();
    let ring = installation.data().join("keys").join("encryption.json");
    let kept = fs::read(&ring).unwrap();
    fs::remove_file(&ring).unwrap();
    refused(&installation, &["encryption.json", "backup"]);
    assert!(!ring.exists(), "no ring may take its place");
    fs::write(&ring, kept).unwrap();
    let server = installation.start();
    server.api.token(&installation.admin(), "").await;
}

#[test]
fn an_unmigrated_postgres_is_refused_with_the_command_to_run() {
    if let Some(installation) = Installation::on_shared_cluster() {
        refused(&installation, &["agentidp migrate"]);
    }
}
