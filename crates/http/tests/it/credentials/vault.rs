//! Secrets in Vault.

use std::sync::Arc;

use agentidp_domain::error::StoreError;
use agentidp_domain::token::RotationKind;
use agentidp_domain::vault::{SecretKeeper, SecretPlace, VaultSweeper};
use serde_json::{Value, json};

use crate::support::texts::INTERNAL;
use crate::support::vault::MemoryVault;
use crate::support::{Api, Identity, OPERATOR_SCOPES, Setup, registration};

async fn start() -> (Api, Arc<MemoryVault>) {
    let vault = Arc::new(MemoryVault::default());
    let mut setup = Setup::default();
    setup.world.secrets = SecretKeeper::in_vault(vault.clone());
    (setup.start().await, vault)
}

/// Another credential of an agent, and the agent with its secret.
async fn another(api: &Api, agent: &Identity) -> (String, Identity) {
    let (id, secret) = api.credential(agent).await;
    let mut client = agent.stranger();
    client.agent.clone_from(&agent.agent);
    client.secret = secret;
    (id, client)
}

async fn call(api: &Api, method: &str, path: &str) -> crate::support::Answer {
    let token = api.token(&api.operator, OPERATOR_SCOPES);
    api.call(method, path).bearer(&token).send().await
}

#[actix_web::test]
async fn every_secret_lies_at_its_place_and_in_no_row() {
    let (api, vault) = start().await;
    let (credential, client) = another(&api, &api.operator).await;
    let place = format!("agents/{}/credentials/{credential}", client.agent);
    assert_eq!(vault.versions(&place), [client.secret.as_str()]);
    let token = api.token(&api.operator, OPERATOR_SCOPES);
    let hook = json!({"name": "h", "url": "https://example.com/h", "events": ["agent.created"]});
    let hook = api.post("/api/v1/webhooks").bearer(&token).json(&hook);
    let hook = hook.send().await.expect(201);
    let place = format!("webhooks/{}", hook["id"].as_str().unwrap());
    assert_eq!(
        vault.versions(&place),
        [hook["signingSecret"].as_str().unwrap()]
    );
    let paths = vault.paths();
    for (part, count) in [("/did-keys/", 1), ("kv/data/agentidp/oidc/keys/", 2)] {
        let found = paths.iter().filter(|path| path.contains(part)).count();
        assert_eq!(found, count, "{part} in {paths:?}");
    }
    api.login(&client).await.expect(200);
    let mut wrong = client.clone();
    wrong.secret = format!("{}{}", &client.secret[..71], "g");
    api.login(&wrong).await.expect(401);
    // Right selector, wrong rest.
    let last = if client.secret.ends_with('0') {
        "1"
    } else {
        "0"
    };
    wrong.secret = format!("{}{last}", &client.secret[..71]);
    api.login(&wrong).await.expect(401);
}

#[actix_web::test]
async fn rotation_adds_a_version_and_revocation_removes_all() {
    let (api, vault) = start().await;
    let (credential, old) = another(&api, &api.operator).await;
    let path = format!("{}/{credential}", old.credentials());
    let rotated = call(&api, "POST", &format!("{path}/rotate"))
        .await
        .expect(200);
    let mut client = old.clone();
    client.secret = rotated["clientSecret"].as_str().unwrap().to_owned();
    assert_eq!(
        vault.versions(&credential),
        [old.secret.clone(), client.secret.clone()]
    );
    api.login(&old).await.expect(401);
    api.login(&client).await.expect(200);

    call(&api, "DELETE", &path).await.no_content();
    api.login(&client).await.expect(401);
    let sweeper = VaultSweeper::new(api.world.ports.clone());
    vault.set_down(true);
    assert_eq!(sweeper.sweep().await.unwrap(), 0);
    assert_eq!(vault.versions(&credential).len(), 2);
    vault.set_down(false);
    assert_eq!(sweeper.sweep().await.unwrap(), 1);
    assert!(vault.versions(&credential).is_empty());
    assert_eq!(sweeper.sweep().await.unwrap(), 0);
}

#[actix_web::test]
async fn a_rotation_whose_row_was_not_written_locks_nobody_out() {
    let (api, vault) = start().await;
    let (credential, client) = another(&api, &api.operator).await;
    for digit in 1..10 {
        let unused = format!("sk_live_{}", digit.to_string().repeat(64));
        vault.add_version(&credential, &unused);
    }
    api.login(&client).await.expect(200);
}

#[actix_web::test]
async fn an_entry_that_was_overwritten_has_ended() {
    let (api, vault) = start().await;
    let (credential, client) = another(&api, &api.operator).await;
    vault.add_version(&credential, "ended");
    api.login(&client).await.expect(401);
}

#[actix_web::test]
async fn a_secret_whose_row_may_be_there_stays() {
    let (api, vault) = start().await;
    let keeper = api.world.ports.secrets.clone();
    let place = SecretPlace::SigningKey { kid: "k" };
    for (failure, left) in [
        (Some(StoreError::Unavailable(String::new())), 1),
        (Some(StoreError::Backend(String::new())), 1),
        (Some(StoreError::Stale), 0),
        (None, 0),
    ] {
        let kept = keeper.put(place, "secret".into()).await.unwrap();
        keeper.take_back(&kept, failure.as_ref()).await;
        assert_eq!(vault.versions("keys/k").len(), left, "{failure:?}");
        keeper.take_back(&kept, None).await;
    }
}

#[actix_web::test]
async fn without_vault_no_credential_is_made_and_nobody_new_comes_in() {
    let (api, vault) = start().await;
    let (_, remembered) = another(&api, &api.operator).await;
    api.login(&remembered).await.expect(200);
    let (_, unseen) = another(&api, &api.operator).await;
    let count = async || {
        let page = call(&api, "GET", &api.operator.credentials()).await;
        page.expect(200)["total"].clone()
    };
    let before = count().await;

    vault.set_down(true);
    let refused = call(&api, "POST", &api.operator.credentials()).await;
    refused.refused(500, "INTERNAL_SERVER_ERROR", INTERNAL);
    let token = api.token(&api.operator, OPERATOR_SCOPES);
    let agent = api.post("/api/v1/agents").bearer(&token);
    let agent = agent.json(&registration("a@system.example")).send().await;
    assert!(agent.header("retry-after").is_some());
    agent.expect(503);
    assert_eq!(count().await, before);
    api.login(&remembered).await.expect(200);
    api.login(&unseen).await.expect(401);

    vault.set_down(false);
    api.login(&unseen).await.expect(200);
    another(&api, &api.operator).await;
}

#[actix_web::test]
async fn what_was_not_written_is_taken_back() {
    let (api, vault) = start().await;
    let token = api.token(&api.operator, OPERATOR_SCOPES);
    let before = vault.paths();
    let taken = registration("admin@system.local");
    let agent = api.post("/api/v1/agents").bearer(&token).json(&taken);
    agent.send().await.expect(409);
    for _ in 1..20 {
        call(&api, "POST", &api.operator.credentials())
            .await
            .expect(201);
    }
    let full = vault.paths();
    assert_eq!(full.len(), before.len() + 19);
    call(&api, "POST", &api.operator.credentials())
        .await
        .expect(400);
    assert_eq!(vault.paths(), full);
}

#[actix_web::test]
async fn signing_keys_rotate_in_vault() {
    let (api, vault) = start().await;
    let keys = || -> Vec<String> {
        let paths = vault.paths().into_iter();
        paths.filter(|path| path.contains("/oidc/keys/")).collect()
    };
    let before = keys();
    assert!(api.world.keys.rotate(RotationKind::Normal).await.unwrap());
    let after = keys();
    assert_eq!(after.len(), 3);
    assert!(before.iter().all(|path| after.contains(path)));
    // The old token and a new one are both good.
    let jwks: Value = api.get("/.well-known/jwks.json").send().await.expect(200);
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 3);
    vault.set_down(true);
    assert!(api.world.keys.rotate(RotationKind::Normal).await.is_err());
    call(&api, "GET", &api.operator.path()).await.expect(200);
    vault.set_down(false);
    assert!(
        api.world
            .keys
            .rotate(RotationKind::Immediate)
            .await
            .unwrap()
    );
    // What has ended is removed.
    api.pass(1);
    api.world.keys.maintain().await.unwrap();
    let sweeper = VaultSweeper::new(api.world.ports.clone());
    assert!(sweeper.sweep().await.unwrap() > 0);
    let jwks: Value = api.get("/.well-known/jwks.json").send().await.expect(200);
    assert_eq!(jwks["keys"].as_array().unwrap().len(), keys().len());
}
