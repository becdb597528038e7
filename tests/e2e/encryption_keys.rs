//! The key of encryption at rest is replaced while the server works; what
//! happens when that is interrupted is in `encryption_stops`.

use serde_json::{Value, json};

use crate::harness::{Api, Client, HEAVY, Installation, Load, OnBreak, agents, tenant};

#[tokio::test(flavor = "multi_thread")]
async fn rotate_on_the_embedded_store() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    if installation.database.is_accessible() {
        rotation(&installation).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rotate_on_postgres() {
    if let Some(installation) = Installation::scaled() {
        rotation(&installation).await;
    }
}

async fn rotation(installation: &Installation) {
    let _turn = HEAVY.acquire().await;
    let server = installation.start();
    let api = &server.api;
    let (_, admin) = tenant(installation, &server, "vault").await;
    let clients = agents(api, &admin, "vault", 4).await;
    let (unused, busy) = clients.split_first().unwrap();
    let before = api.token(&busy[0], "").await;
    let trust = Trust::made(api, &admin, &unused.id).await;
    assert_eq!(versions(installation), [("v1", true), ("v2", false)]);

    let load = Load::start(server.port, busy, OnBreak::GoOn);
    load.wait_for(20).await;
    installation.succeed(&["rotate-encryption-key"]);
    assert_eq!(versions(installation), [("v1", false), ("v2", true)]);
    load.wait_for(20).await;
    for tally in load.finish().await {
        assert!(tally.refused.is_empty() && tally.broken == 0, "{tally:?}");
    }
    // Not remembered by the server: its hash has to be read with the new key.
    api.token(unused, "").await;
    let added = api.agent(&admin, "added@vault.example").await.client;
    assert_eq!(
        versions(installation),
        [("v1", false), ("v2", true)],
        "what is written now"
    );
    installation.succeed(&["rotate-signing-key"]);
    works(api, &[unused, &added, &busy[0]], &before).await;
    trust.holds(api, &admin).await;

    let _ = server.stop();
    let server = installation.start();
    works(&server.api, &[unused, &added, &busy[0]], &before).await;
    trust.holds(&server.api, &admin).await;
    let ring = std::fs::read_to_string(installation.data().join("keys/encryption.json")).unwrap();
    let ring: Value = serde_json::from_str(&ring).unwrap();
    assert_eq!(ring["current"], 2);
    assert_eq!(
        ring["keys"].as_object().unwrap().len(),
        2,
        "older keys stay, for backups"
    );
}

pub async fn works(api: &Api, clients: &[&Client], before: &str) {
    for client in clients {
        let token = api.token(client, "").await;
        assert!(api.accepts(&token).await);
    }
    assert!(
        api.accepts(before).await,
        "a token from before the rotation"
    );
}

/// An identity and a delegation from before the rotation.
pub struct Trust {
    agent: String,
    keys: Value,
    delegation: Value,
}

impl Trust {
    pub async fn made(api: &Api, token: &str, agent: &str) -> Self {
        let wish =
            json!({"delegateeAgentId": agent, "scopes": ["agents:read"], "ttlSeconds": 3600});
        let chain = api
            .post(token, "/api/v1/oauth2/token/delegate", &wish)
            .await
            .expect(201);
        Self {
            agent: agent.to_owned(),
            keys: keys(api, agent).await,
            delegation: json!({"delegationToken": chain["delegationToken"]}),
        }
    }

    pub async fn holds(&self, api: &Api, token: &str) {
        assert_eq!(keys(api, &self.agent).await, self.keys);
        let path = "/api/v1/oauth2/token/verify-delegation";
        let verdict = api.post(token, path, &self.delegation).await.expect(200);
        assert_eq!(verdict["valid"], true, "{verdict}");
    }
}

async fn keys(api: &Api, agent: &str) -> Value {
    let document = api.open(&format!("/agents/{agent}/did.json")).await;
    document.expect(200)["verificationMethod"].clone()
}

/// Whether any encrypted value carries the version.
fn versions(installation: &Installation) -> [(&'static str, bool); 2] {
    ["v1", "v2"].map(|version| {
        let columns = [
            ("credentials", "secret_hash"),
            ("oidc_keys", "private_key"),
            ("agent_did_keys", "private_key"),
            ("delegation_keys", "secret"),
        ];
        let count = |(table, column): (&str, &str)| {
            let like = format!("SELECT count(*) FROM {table} WHERE {column} LIKE '{version}:%'");
            installation.database.number(&like)
        };
        let counts = columns.map(count);
        let any = counts.iter().any(|count| *count > 0);
        let all = counts.iter().all(|count| *count > 0);
        assert_eq!(any, all, "{version}: {counts:?}");
        (version, any)
    })
}
