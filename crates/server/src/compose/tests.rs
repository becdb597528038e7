//! First starts, later starts, and what is refused.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use agentidp_domain::unit_of_work::Scope;

use super::{App, Installation, Purpose};
use crate::config::Config;

async fn refusal(config: &Config, purpose: Purpose) -> String {
    match Installation::open(config, purpose).await {
        Ok(_) => panic!("opened"),
        Err(failure) => failure.to_string(),
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_creates_everything_private() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("data");
    let config = Config::for_tests(&folder);
    let installation = Installation::open(&config, Purpose::Serve).await.unwrap();
    installation.keys.maintain().await.unwrap();
    assert!(!installation.shared);
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("agentidp.db")), 0o600);
    assert_eq!(mode(&folder.join("keys/encryption.json")), 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_do_not_create_an_installation() {
    let root = tempfile::tempdir().unwrap();
    let config = Config::for_tests(&root.path().join("data"));
    let text = refusal(&config, Purpose::Operate).await;
    assert!(text.contains("`agentidp serve` creates it"), "{text}");
    assert!(!root.path().join("data").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_ring_is_not_replaced() {
    let root = tempfile::tempdir().unwrap();
    let config = Config::for_tests(root.path());
    let installation = Installation::open(&config, Purpose::Serve).await.unwrap();
    installation.keys.maintain().await.unwrap();
    installation.database.close();
    let ring = root.path().join("keys/encryption.json");
    std::fs::remove_file(&ring).unwrap();
    let text = refusal(&config, Purpose::Serve).await;
    assert!(text.contains("restore the file from a backup"), "{text}");
    assert!(!ring.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_key_ring_names_its_file() {
    let root = tempfile::tempdir().unwrap();
    let config = Config::for_tests(root.path());
    Installation::open(&config, Purpose::Serve)
        .await
        .unwrap()
        .database
        .close();
    let ring = root.path().join("keys/encryption.json");
    std::fs::write(&ring, r#"{"current":1,"keys":{"1":"00"}}"#).unwrap();
    let text = refusal(&config, Purpose::Serve).await;
    assert!(
        text.contains("encryption.json: Invalid encryption key"),
        "{text}"
    );
    assert!(
        text.contains("expected a 64-character hex string"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_composed_and_loads_its_view() {
    let root = tempfile::tempdir().unwrap();
    let config = Config::for_tests(root.path());
    let installation = Installation::open(&config, Purpose::Serve).await.unwrap();
    installation.keys.maintain().await.unwrap();
    let app = App::compose(&config, &installation).unwrap();
    app.replica.catch_up().await.unwrap();
    let probes = app
        .state
        .health
        .probe(std::time::Duration::from_secs(3))
        .await;
    assert_eq!(probes.len(), 1);
    assert!(probes[0].answered);
    app.journal.finish().await;
    let mut work = installation.ports.read(Scope::System).await.unwrap();
    let keys = work
        .signing_keys()
        .live(installation.ports.now())
        .await
        .unwrap();
    assert_eq!(keys.iter().filter(|key| key.is_current).count(), 1);
    assert_eq!(keys.len(), 2);
}
