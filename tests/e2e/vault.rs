//! Secrets in Vault: none in the database, old ones go on working, replicas
//! agree, and what was ended disappears.

use std::collections::BTreeSet;
use std::time::Duration;

use agentidp_testkit::vault::FakeVault;
use serde_json::{Value, json};

use crate::harness::{
    Agent, Api, Client, Installation, Pair, Server, registration, tenant, text, until,
};

const SCOPES: &str = "agents:read agents:write audit:read webhooks:read webhooks:write";

/// Where the key ring lies.
const RING: &str = "secret/data/agentidp/encryption-key";

/// The list of what has to go is looked at every five seconds.
const SWEPT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn holds_every_secret_of_the_embedded_store() {
    let vault = FakeVault::start().unwrap();
    if let Some(installation) = Installation::embedded_with_vault(&vault)
        && installation.database.is_accessible()
    {
        holds_every_secret(installation, &vault).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_every_secret_of_postgres() {
    let vault = FakeVault::start().unwrap();
    if let Some(installation) = Installation::scaled_with_vault(&vault) {
        holds_every_secret(installation, &vault).await;
    }
}

/// A bit of everything that has a secret.
struct Stage {
    admin: String,
    agents: Vec<Agent>,
    webhook: String,
    signing_secret: String,
    delegation: Value,
}

impl Stage {
    async fn set(installation: &Installation, server: &Server) -> Self {
        let api = &server.api;
        let (tenant, _) = tenant(installation, server, "vault").await;
        let admin = api.token(&tenant.admin, SCOPES).await;
        let mut agents = Vec::new();
        for name in ["first", "second", "third"] {
            let email = format!("{name}@vault.example");
            agents.push(api.agent(&admin, &email).await);
        }
        let hook = json!({
            "name": "hook", "url": "http://127.0.0.1:9/hook", "events": ["agent.decommissioned"],
        });
        let hook = api
            .post(&admin, "/api/v1/webhooks", &hook)
            .await
            .expect(201);
        let wish = json!({
            "delegateeAgentId": agents[0].client.id, "scopes": ["agents:read"],
            "ttlSeconds": 3600,
        });
        let path = "/api/v1/oauth2/token/delegate";
        let chain = api.post(&admin, path, &wish).await.expect(201);
        Self {
            agents,
            webhook: text(&hook, "id"),
            signing_secret: text(&hook, "signingSecret"),
            delegation: json!({"delegationToken": chain["delegationToken"]}),
            admin,
        }
    }

    /// Everything works: secrets, signing keys, delegations.
    async fn works(&self, api: &Api, earlier: &str) {
        for agent in &self.agents {
            let token = api.token(&agent.client, "").await;
            assert!(api.accepts(&token).await);
        }
        assert!(api.accepts(earlier).await);
        let path = "/api/v1/oauth2/token/verify-delegation";
        let verdict = api.post(&self.admin, path, &self.delegation).await;
        assert_eq!(verdict.expect(200)["valid"], true);
    }
}

async fn holds_every_secret(mut installation: Installation, vault: &FakeVault) {
    installation.set("WEBHOOK_ALLOW_INSECURE_TARGETS", "true");
    let server = installation.start();
    let api = &server.api;
    let mut stage = Stage::set(&installation, &server).await;
    let before = api.token(&stage.agents[0].client, "").await;
    for agent in &stage.agents {
        let wanted = json!({"value": agent.client.secret});
        assert_eq!(vault.versions(&agent.vault_path()), [wanted]);
    }
    let hook = format!("secret/data/agentidp/webhooks/{}", stage.webhook);
    assert_eq!(
        vault.versions(&hook),
        [json!({"value": stage.signing_secret})]
    );
    for folder in ["oidc/keys/", "delegation/keys/"] {
        let beginning = format!("secret/data/agentidp/{folder}");
        let paths = vault.paths();
        assert!(
            paths.iter().any(|path| path.starts_with(&beginning)),
            "{paths:?}"
        );
    }
    nothing_is_in_the_database(&installation, vault);
    assert!(!installation.data().join("keys").exists());

    let mut secrets = vault.values();
    rotated(api, &mut stage, vault).await;
    nothing_is_in_the_database(&installation, vault);
    secrets.extend(vault.values());
    let mut log = server.stop().1;
    let server = installation.start();
    stage.works(&server.api, &before).await;
    ended(&server.api, &stage, vault).await;
    installation.succeed(&["doctor"]);
    log.push_str(&server.stop().1);
    for secret in secrets {
        assert!(!log.contains(&secret), "a secret is logged");
    }
    assert!(!log.contains(&vault.token()), "the token is logged");
}

/// A new secret is a new version at the same place.
async fn rotated(api: &Api, stage: &mut Stage, vault: &FakeVault) {
    let old = stage.agents[1].clone();
    api.token(&old.client, "").await;
    let new = api.rotate(&stage.admin, &old).await;
    assert_ne!(new.client.secret, old.client.secret);
    api.token(&new.client, "").await;
    refused(api, &old.client).await;
    let versions = vault.versions(&old.vault_path());
    assert_eq!(versions.len(), 2);
    assert_eq!(versions[1]["value"], new.client.secret.as_str());
    stage.agents[1] = new;
}

/// Nothing is left of what was revoked, decommissioned or deleted.
async fn ended(api: &Api, stage: &Stage, vault: &FakeVault) {
    let [kept, revoked, decommissioned] = stage.agents.as_slice() else {
        panic!("three agents")
    };
    let answer = api.delete(&stage.admin, &revoked.path()).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let path = format!("/api/v1/agents/{}", decommissioned.client.id);
    let answer = api.delete(&stage.admin, &path).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let path = format!("/api/v1/webhooks/{}", stage.webhook);
    let answer = api.delete(&stage.admin, &path).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let gone = [
        revoked.vault_path(),
        decommissioned.vault_path(),
        format!("secret/data/agentidp/webhooks/{}", stage.webhook),
    ];
    until("the secrets are removed", SWEPT, || async {
        let left: BTreeSet<String> = vault.paths().into_iter().collect();
        gone.iter().all(|path| !left.contains(path))
    })
    .await;
    refused(api, &revoked.client).await;
    api.token(&kept.client, "").await;
    assert_eq!(vault.versions(&kept.vault_path()).len(), 1);
}

async fn refused(api: &Api, client: &Client) {
    let answer = api.try_token(client, "").await.unwrap();
    assert_eq!(answer.expect(401)["error"], "invalid_client");
}

/// No table holds a secret, in whatever form but encrypted paths.
fn nothing_is_in_the_database(installation: &Installation, vault: &FakeVault) {
    let database = &installation.database;
    for (table, secret, path) in [
        ("oidc_keys", "private_key", "vault_path"),
        ("agent_did_keys", "private_key", "vault_key_path"),
        ("delegation_keys", "secret", "vault_path"),
        (
            "webhook_subscriptions",
            "signing_secret",
            "vault_secret_path",
        ),
    ] {
        let count = |rule: &str| database.number(&format!("SELECT count(*) FROM {table}{rule}"));
        assert!(count("") > 0, "{table}");
        assert_eq!(count(&format!(" WHERE {secret} IS NOT NULL")), 0, "{table}");
        assert_eq!(count(&format!(" WHERE {path} IS NULL")), 0, "{table}");
    }
    // Nothing at all, encrypted: a nonce of 16 and a tag of 24 characters.
    let empty = "SELECT count(*) FROM credentials WHERE vault_path IS NULL \
                 OR secret_hash NOT LIKE 'v1:%' OR length(secret_hash) <> 44";
    assert_eq!(database.number(empty), 0);

    let dump = database.dump();
    assert!(dump.contains("first@vault.example"), "the dump is one");
    let ring = vault.versions(RING).pop().unwrap();
    let keys = ring["keys"].as_object().unwrap().values();
    let mut secrets = vault.values();
    secrets.extend(keys.map(|key| key.as_str().unwrap().to_owned()));
    assert!(secrets.len() >= 10, "{}", secrets.len());
    // Of a key in PEM form, the second line has the private part.
    let parts = secrets.iter().flat_map(|secret| secret.lines().take(2));
    for part in parts.filter(|part| part.len() >= 16) {
        let bare = part.trim_start_matches("sk_live_");
        assert!(!dump.contains(bare), "{}… is in the database", &part[..12]);
    }
    for mark in ["PRIVATE KEY", "secret/data/", "agentidp/agents", "$2b$"] {
        assert!(!dump.contains(mark), "{mark} is in the database");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_over_where_secrets_were_in_rows() {
    let Some(mut installation) = Installation::embedded() else {
        return;
    };
    if !installation.database.is_accessible() {
        return;
    }
    let server = installation.start();
    let (_, admin) = tenant(&installation, &server, "mixed").await;
    let old = server.api.agent(&admin, "old@mixed.example").await;
    let before = server.api.token(&old.client, "").await;
    let _ = server.stop();

    let vault = FakeVault::start().unwrap();
    installation.use_vault(&vault);
    let refused_start = installation.run(&["serve"]);
    assert_ne!(refused_start.code, 0);
    let output = format!("{}{}", refused_start.stdout, refused_start.stderr);
    for part in ["Failed to start server", RING, "ENCRYPTION_KEY_FILE"] {
        assert!(output.contains(part), "no {part:?} in\n{output}");
    }
    assert!(vault.paths().is_empty(), "no second ring");
    // What the guide says: the ring moves to Vault as it is.
    let file = installation.data().join("keys/encryption.json");
    let ring = std::fs::read_to_string(&file).unwrap();
    vault.put(RING, &serde_json::from_str(&ring).unwrap());
    std::fs::remove_file(&file).unwrap();

    let server = installation.start();
    let api = &server.api;
    assert!(api.accepts(&before).await, "signed with a key in a row");
    api.token(&old.client, "").await;
    assert!(vault.versions(&old.vault_path()).is_empty());
    let added = api.agent(&admin, "added@mixed.example").await;
    assert_eq!(vault.versions(&added.vault_path()).len(), 1);
    api.token(&added.client, "").await;

    let moved = api.rotate(&admin, &old).await;
    assert_eq!(vault.versions(&old.vault_path()).len(), 1);
    api.token(&moved.client, "").await;
    refused(api, &old.client).await;
    let _ = server.stop();
    let server = installation.start();
    for client in [&moved.client, &added.client] {
        server.api.token(client, "").await;
    }
    refused(&server.api, &old.client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn is_shared_by_replicas() {
    let vault = FakeVault::start().unwrap();
    let Some(installation) = Installation::scaled_with_vault(&vault) else {
        return;
    };
    let pair = Pair::over(installation).await;
    let (a, b) = (&pair.a.api, &pair.b.api);
    let agent = pair.agent("shared").await;
    let token = pair.token(&agent.client).await;
    let rotated = a.rotate(&pair.admin, &agent).await;
    b.token(&rotated.client, "").await;
    until(
        "the old secret is refused",
        Duration::from_secs(5),
        || async { b.try_token(&agent.client, "").await.unwrap().status == 401 },
    )
    .await;

    pair.installation.succeed(&["rotate-signing-key"]);
    let next = pair.token(&rotated.client).await;
    assert!(a.accepts(&token).await && b.accepts(&next).await);
    pair.installation.succeed(&["rotate-encryption-key"]);
    assert_eq!(vault.versions(RING).len(), 2);
    let late = b
        .post(
            &pair.admin,
            "/api/v1/agents",
            &registration("late@pair.example"),
        )
        .await;
    late.expect(201);
    for api in [a, b] {
        api.token(&rotated.client, "").await;
    }

    let answer = b.delete(&pair.admin, &rotated.path()).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    until("the secret is removed", SWEPT, || async {
        vault.versions(&rotated.vault_path()).is_empty()
    })
    .await;
    refused(a, &rotated.client).await;
    refused(b, &rotated.client).await;
}
