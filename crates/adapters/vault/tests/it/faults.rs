//! A server that is away, sealed, slow or strict.

use std::time::{Duration, Instant};

use agentidp_domain::vault::{SecretVault, VaultError, VaultPath};
use agentidp_testkit::vault::FakeVault;
use secrecy::ExposeSecret;

use crate::support::{Stage, secret};

/// Longest time of a call, with room for a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// A server with one secret.
async fn stage() -> (FakeVault, Stage, VaultPath) {
    let (server, stage) = Stage::fake();
    let path = stage.place();
    stage.kv.write(&path, &secret("hush-hush")).await.unwrap();
    (server, stage, path)
}

/// Every call of the port has to fail, and to give nothing away.
async fn fails(stage: &Stage, path: &VaultPath, expected: fn(&VaultError) -> bool) {
    let errors = [
        stage.kv.read(path, None).await.map(|_| ()).unwrap_err(),
        stage
            .kv
            .write(path, &secret("hush-hush"))
            .await
            .unwrap_err(),
        stage.kv.remove(path).await.unwrap_err(),
    ];
    for error in errors {
        assert!(expected(&error), "{error:?}");
        let text = format!("{error} {error:?}");
        for private in ["hush", "hvs.", "agentidp/", "127.0.0.1"] {
            assert!(!text.contains(private), "{text}");
        }
    }
}

fn unavailable(error: &VaultError) -> bool {
    matches!(error, VaultError::Unavailable(_))
}

async fn works(stage: &Stage, path: &VaultPath) {
    let found = stage.kv.read(path, None).await.unwrap().unwrap();
    assert_eq!(found.value.expose_secret(), "hush-hush");
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable_until_it_is_back() {
    let (mut server, stage, path) = stage().await;
    server.stop();
    fails(&stage, &path, unavailable).await;
    assert!(unavailable(&stage.vault.health().await.unwrap_err()));
    server.start_again().unwrap();
    works(&stage, &path).await;
}

#[tokio::test]
async fn a_sealed_server_is_unavailable() {
    let (server, stage, path) = stage().await;
    server.seal(true);
    fails(&stage, &path, unavailable).await;
    let error = stage.vault.health().await.unwrap_err();
    assert!(error.to_string().contains("sealed"), "{error}");
    server.seal(false);
    works(&stage, &path).await;
}

#[tokio::test]
async fn the_token_is_not_taken_elsewhere() {
    let (server, stage, path) = stage().await;
    // It would take the token.
    let other = FakeVault::start().unwrap();
    assert_eq!(other.token(), server.token());
    server.redirect(Some(&other.address()));
    fails(&stage, &path, |error| {
        matches!(error, VaultError::Failed(_)) && error.to_string().contains("a redirect")
    })
    .await;
    stage.vault.look_up_token().await.unwrap_err();
    stage.vault.access(&[path.as_str()]).await.unwrap_err();
    stage.vault.health().await.unwrap_err();
    assert!(other.requests().is_empty(), "{:?}", other.requests());
    server.redirect(None);
    works(&stage, &path).await;
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    let (server, stage, path) = stage().await;
    server.hang(true);
    let begun = Instant::now();
    let new = secret("x");
    let (read, write, remove, health) = tokio::join!(
        async { stage.kv.read(&path, None).await.map(|_| ()) },
        stage.kv.write(&path, &new),
        stage.kv.remove(&path),
        stage.vault.health(),
    );
    assert!(begun.elapsed() < LIMIT);
    for result in [read, write, remove, health] {
        assert!(unavailable(&result.unwrap_err()));
    }
    assert_eq!(server.requests().len(), 5, "one attempt each");
}

#[tokio::test]
async fn a_read_is_tried_again_when_the_connection_breaks() {
    let (server, stage, path) = stage().await;
    let before = server.requests().len();
    server.break_connections(1);
    works(&stage, &path).await;
    assert_eq!(server.requests().len(), before + 2);
    server.break_connections(2);
    let error = stage.kv.read(&path, None).await.unwrap_err();
    assert!(unavailable(&error), "{error}");
    works(&stage, &path).await;
}

#[tokio::test]
async fn what_changes_something_is_tried_once() {
    let (server, stage, path) = stage().await;
    let before = server.requests().len();
    server.break_connections(1);
    let error = stage.kv.write(&path, &secret("x")).await.unwrap_err();
    assert!(unavailable(&error), "{error}");
    server.break_connections(1);
    let error = stage.kv.remove(&path).await.unwrap_err();
    assert!(unavailable(&error), "{error}");
    assert_eq!(server.requests().len(), before + 2);
    works(&stage, &path).await;
}

#[tokio::test]
async fn what_a_policy_forbids_is_forbidden() {
    let (server, stage, path) = stage().await;
    server.restrict("secret/", &[]);
    fails(&stage, &path, |error| {
        matches!(error, VaultError::Forbidden(_))
    })
    .await;
    server.restrict("secret/data/", &["read"]);
    works(&stage, &path).await;
    let paths = [path.as_str(), "secret/metadata/agentidp/x"];
    let access = stage.vault.access(&paths).await.unwrap();
    assert!(access[0].allows("read") && !access[0].allows("update"));
    assert!(!access[1].allows("delete"));
}

#[tokio::test]
async fn the_states_of_a_server_that_works_are_told_from_the_others() {
    let (server, stage, _) = stage().await;
    for (status, works) in [
        (200, true),
        (429, true),
        (472, true),
        (473, true),
        (404, false),
        (500, false),
        (501, false),
        (503, false),
    ] {
        server.set_health(Some(status));
        assert_eq!(stage.vault.health().await.is_ok(), works, "{status}");
    }
}

#[tokio::test]
async fn the_end_of_a_token_is_told() {
    let (server, stage, _) = stage().await;
    assert_eq!(stage.vault.look_up_token().await.unwrap().remaining, None);
    server.set_token("hvs.other", Some(3600));
    assert!(stage.vault.look_up_token().await.is_err());
    let other = stage.with_token("hvs.other");
    let found = other.vault.look_up_token().await.unwrap();
    assert_eq!(found.remaining, Some(Duration::from_secs(3600)));
    assert!(found.renewable);
}
