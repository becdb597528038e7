//! The key of encryption at rest is replaced while the server works.

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
    let _alone = HEAVY.lock().await;
    let server = installation.start();
    let api = &server.api;
    let (_, admin) = tenant(installation, &server, "vault").await;
    let clients = agents(api, &admin, "vault", 4).await;
    let (unused, busy) = clients.split_first().unwrap();
    let before = api.token(&busy[0], "").await;
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

    let _ = server.stop();
    let server = installation.start();
    works(&server.api, &[unused, &added, &busy[0]], &before).await;
    let ring = std::fs::read_to_string(installation.data().join("keys/encryption.json")).unwrap();
    let ring: serde_json::Value = serde_json::from_str(&ring).unwrap();
    assert_eq!(ring["current"], 2);
    assert_eq!(
        ring["keys"].as_object().unwrap().len(),
        2,
        "older keys stay, for backups"
    );
}

async fn works(api: &Api, clients: &[&Client], before: &str) {
    for client in clients {
        let token = api.token(client, "").await;
        assert!(api.accepts(&token).await);
    }
    assert!(
        api.accepts(before).await,
        "a token from before the rotation"
    );
}

/// Whether any encrypted value carries the version.
fn versions(installation: &Installation) -> [(&'static str, bool); 2] {
    ["v1", "v2"].map(|version| {
        let columns = [("credentials", "secret_hash"), ("oidc_keys", "private_key")];
        let count = |(table, column): (&str, &str)| {
            let like = format!("SELECT count(*) FROM {table} WHERE {column} LIKE '{version}:%'");
            installation.database.number(&like)
        };
        let counts = columns.map(count);
        assert_eq!(counts[0] > 0, counts[1] > 0, "{version}: {counts:?}");
        (version, counts[0] > 0)
    })
}
