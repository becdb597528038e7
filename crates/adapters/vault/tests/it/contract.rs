//! What the adapter relies on, on both servers.

use agentidp_domain::vault::{SecretPlace, SecretVault, VaultError, VaultPath};
use agentidp_vault::{VaultKv, WriteError};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::support::{Stage, secret};

/// Makes of every case a test against each server.
macro_rules! on_both_servers {
    ($($case:ident),+ $(,)?) => {
        mod on_the_fake {
            $(#[tokio::test]
            async fn $case() {
                let (_server, stage) = crate::support::Stage::fake();
                super::$case(&stage).await;
            })+
        }
        mod on_vault {
            $(#[tokio::test]
            async fn $case() {
                match crate::support::Stage::real() {
                    Some(stage) => super::$case(&stage).await,
                    None => println!("AGENTIDP_TEST_VAULT_ADDR is not set; not run"),
                }
            })+
        }
    };
}

on_both_servers! {
    secrets_come_back_as_they_were,
    every_version_can_be_read,
    what_is_not_there_is_none,
    nothing_is_left_of_a_removed_secret,
    deleted_versions_are_none,
    an_entry_without_a_secret_is_an_error,
    entries_are_replaced_only_if_nobody_else_did,
    a_deleted_entry_is_not_created_again,
    a_missing_engine_is_an_error,
    a_wrong_token_is_refused,
    the_operator_is_told_of_server_and_token,
}

async fn found(kv: &VaultKv, path: &VaultPath, version: Option<u64>) -> Option<(String, u64)> {
    let found = kv.read(path, version).await.unwrap();
    found.map(|found| (found.value.expose_secret().to_owned(), found.version))
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        other => panic!("{other}"),
    }
}

async fn secrets_come_back_as_they_were(stage: &Stage) {
    let kid = format!("{}_-", uuid::Uuid::new_v4().simple());
    let long = "0123456789abcdef".repeat(4096);
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n";
    for text in ["sk_live_0123", pem, "grüße \"\\\u{0}\u{1f511}", "", &long] {
        let path = stage.kv.path(&SecretPlace::SigningKey { kid: &kid });
        stage.kv.write(&path, &secret(text)).await.unwrap();
        let (value, _) = found(&stage.kv, &path, None).await.unwrap();
        assert_eq!(value, text);
    }
}

async fn every_version_can_be_read(stage: &Stage) {
    let path = stage.place();
    for text in ["one", "two", "three"] {
        stage.kv.write(&path, &secret(text)).await.unwrap();
    }
    for (version, text, number) in [
        (Some(1), "one", 1),
        (Some(2), "two", 2),
        (Some(3), "three", 3),
        (None, "three", 3),
    ] {
        let wanted = Some((text.to_owned(), number));
        assert_eq!(found(&stage.kv, &path, version).await, wanted);
    }
}

async fn what_is_not_there_is_none(stage: &Stage) {
    let path = stage.place();
    assert_eq!(found(&stage.kv, &path, None).await, None);
    assert_eq!(found(&stage.kv, &path, Some(1)).await, None);
    stage.kv.write(&path, &secret("one")).await.unwrap();
    assert_eq!(found(&stage.kv, &path, Some(2)).await, None);
}

async fn nothing_is_left_of_a_removed_secret(stage: &Stage) {
    let path = stage.place();
    for text in ["one", "two"] {
        stage.kv.write(&path, &secret(text)).await.unwrap();
    }
    // Twice: what is gone already is no error.
    for _ in 0..2 {
        stage.kv.remove(&path).await.unwrap();
        for version in [None, Some(1), Some(2)] {
            assert_eq!(found(&stage.kv, &path, version).await, None);
        }
    }
    let metadata = path.as_str().replacen("/data/", "/metadata/", 1);
    let (status, _) = stage.raw(Method::GET, &metadata, &Value::Null).await;
    assert_eq!(status, 404);
    stage.kv.write(&path, &secret("three")).await.unwrap();
    let wanted = Some(("three".to_owned(), 1));
    assert_eq!(found(&stage.kv, &path, None).await, wanted);
}

async fn deleted_versions_are_none(stage: &Stage) {
    let path = stage.place();
    for text in ["one", "two"] {
        stage.kv.write(&path, &secret(text)).await.unwrap();
    }
    stage.raw(Method::DELETE, path.as_str(), &Value::Null).await;
    assert_eq!(found(&stage.kv, &path, None).await, None);
    assert_eq!(found(&stage.kv, &path, Some(2)).await, None);
    let one = Some(("one".to_owned(), 1));
    assert_eq!(found(&stage.kv, &path, Some(1)).await, one);
    for (verb, left) in [("undelete", Some(2)), ("destroy", None)] {
        let place = path.as_str().replacen("/data/", &format!("/{verb}/"), 1);
        let body = json!({"versions": [2]});
        let (status, _) = stage.raw(Method::POST, &place, &body).await;
        assert_eq!(status, 204);
        let found = found(&stage.kv, &path, None).await;
        assert_eq!(found.map(|(_, version)| version), left, "{verb}");
    }
}

async fn an_entry_without_a_secret_is_an_error(stage: &Stage) {
    for foreign in [json!({"password": "x"}), json!({"value": 7}), json!({})] {
        let path = stage.place();
        let body = json!({ "data": foreign });
        let (status, _) = stage.raw(Method::POST, path.as_str(), &body).await;
        assert_eq!(status, 200);
        let error = stage.kv.read(&path, None).await.unwrap_err();
        assert!(matches!(error, VaultError::Failed(_)), "{error}");
    }
}

async fn entries_are_replaced_only_if_nobody_else_did(stage: &Stage) {
    let path = stage.place();
    let vault = &stage.vault;
    assert!(vault.read_entry(&path, None).await.unwrap().is_none());
    let first = fields(json!({"current": 1, "keys": {"1": "a"}}));
    vault.replace_entry(&path, &first, 0).await.unwrap();
    let second = fields(json!({"current": 2}));
    let early = vault.replace_entry(&path, &second, 0).await;
    assert_eq!(early, Err(WriteError::Changed));
    let found = vault.read_entry(&path, None).await.unwrap().unwrap();
    assert_eq!((found.fields, found.version), (first, 1));
    vault.replace_entry(&path, &second, 1).await.unwrap();
    let late = vault.replace_entry(&path, &second, 1).await;
    assert_eq!(late, Err(WriteError::Changed));
    let found = vault.read_entry(&path, None).await.unwrap().unwrap();
    assert_eq!((found.fields, found.version), (second, 2));
    vault.remove_entry(&path).await.unwrap();
    assert!(vault.read_entry(&path, None).await.unwrap().is_none());
}

async fn a_deleted_entry_is_not_created_again(stage: &Stage) {
    let path = stage.place();
    let some = fields(json!({"current": 1}));
    stage.vault.replace_entry(&path, &some, 0).await.unwrap();
    stage.raw(Method::DELETE, path.as_str(), &Value::Null).await;
    assert!(stage.vault.read_entry(&path, None).await.unwrap().is_none());
    let again = stage.vault.replace_entry(&path, &some, 0).await;
    assert_eq!(again, Err(WriteError::Changed));
}

async fn a_missing_engine_is_an_error(stage: &Stage) {
    let kv = VaultKv::new(stage.vault.clone(), "nowhere/at/all");
    let path = kv.path(&SecretPlace::SigningKey { kid: "k" });
    let errors = [
        kv.read(&path, None).await.map(|_| ()).unwrap_err(),
        kv.write(&path, &secret("x")).await.unwrap_err(),
        kv.remove(&path).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, VaultError::Failed(_)), "{error}");
        assert!(!error.to_string().contains("nowhere"), "{error}");
    }
}

async fn a_wrong_token_is_refused(stage: &Stage) {
    let path = stage.place();
    stage.kv.write(&path, &secret("one")).await.unwrap();
    let other = stage.with_token("hvs.wrong");
    let errors = [
        other.kv.read(&path, None).await.map(|_| ()).unwrap_err(),
        other.kv.write(&path, &secret("two")).await.unwrap_err(),
        other.kv.remove(&path).await.unwrap_err(),
        other.vault.look_up_token().await.map(|_| ()).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, VaultError::Forbidden(_)), "{error}");
        assert!(!error.to_string().contains("hvs."), "{error}");
    }
    other.vault.health().await.unwrap();
    let wanted = Some(("one".to_owned(), 1));
    assert_eq!(found(&stage.kv, &path, None).await, wanted);
}

async fn the_operator_is_told_of_server_and_token(stage: &Stage) {
    stage.vault.health().await.unwrap();
    let token = stage.vault.look_up_token().await.unwrap();
    assert!(token.remaining.is_none_or(|left| !left.is_zero()));
    let paths = ["secret/data/agentidp/x", "secret/metadata/agentidp/x"];
    let access = stage.vault.access(&paths).await.unwrap();
    assert!(access[0].allows("read") && access[0].allows("create"));
    assert!(access[1].allows("delete"));
}
