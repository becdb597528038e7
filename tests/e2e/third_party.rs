//! OAuth 2.0 clients, JWT verifiers and an API fuzzer that are not ours.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use agentidp_testkit::requirements;

use crate::harness::process::Process;
use crate::harness::{HEAVY, Installation, PLATFORM_SCOPES, agents, tenant};

/// Bound of a script; the longest has one of its own.
const LIMIT: Duration = Duration::from_secs(150);
/// Every scope there is.
const ALL_SCOPES: &str = "webhooks:read webhooks:write openid";

#[tokio::test(flavor = "multi_thread")]
async fn clients_and_verifiers_accept_rs256() {
    grant_and_verify("RS256").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_and_verifiers_accept_es256() {
    grant_and_verify("ES256").await;
}

async fn grant_and_verify(algorithm: &str) {
    let (Some(python), Some(mut installation)) = (
        requirements::require(requirements::PYTHON),
        Installation::embedded(),
    ) else {
        return;
    };
    installation.set("JWT_ALGORITHM", algorithm);
    installation.unset("OIDC_ISSUER");
    let server = installation.start();
    let (_, admin) = tenant(&installation, &server, "interop").await;
    let client = agents(&server.api, &admin, "interop", 1).await.remove(0);
    // The issuer as clients are told it: the name, not the address.
    let issuer = format!("--issuer=http://localhost:{}", server.port);
    let base = server.api.base.as_str();
    let arguments = [
        base,
        client.id.as_str(),
        client.secret.as_str(),
        issuer.as_str(),
    ];
    script(&python, "grant_and_verify.py", &arguments, &installation);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_made_from_the_description_get_described_answers() {
    let (Some(python), Some(mut installation)) = (
        requirements::require(requirements::PYTHON),
        Installation::embedded(),
    ) else {
        return;
    };
    let _alone = HEAVY.lock().await;
    installation.set("AUTH_FAILURE_LIMIT", "1000000");
    let server = installation.start();
    let scopes = format!("{PLATFORM_SCOPES} {ALL_SCOPES}");
    let token = server.api.token(&installation.admin(), &scopes).await;
    let arguments = [server.api.base.as_str(), token.as_str()];
    script(&python, "schemathesis_run.py", &arguments, &installation);
    assert!(
        server.api.accepts(&token).await,
        "the requests were made with a token that had ended"
    );
}

fn script(python: &str, name: &str, arguments: &[&str], installation: &Installation) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("interop")
        .join(name);
    let mut command = Command::new(python);
    command
        .arg(path)
        .args(arguments)
        .current_dir(installation.folder());
    let mut process = Process::spawn(&mut command);
    let status = process.wait(LIMIT);
    let output = process.output();
    assert!(status.success(), "{name}: {status}\n{output}");
    let lines: Vec<&str> = output.trim_end().lines().collect();
    println!(
        "{name}:\n{}",
        lines[lines.len().saturating_sub(12)..].join("\n")
    );
}
