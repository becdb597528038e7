//! From a version that had neither identities nor a marketplace: its database
//! is migrated, its agents are found, and get an identifier when it is first
//! asked for.

use serde_json::{Value, json};

use crate::harness::{Api, Installation, Server, tenant};

/// Takes back what the migrations of identities and of the marketplace made.
const DOWN: [&str; 12] = [
    "DROP INDEX agents_marketplace",
    "DROP INDEX agents_publisher",
    "DROP INDEX IF EXISTS agents_capabilities",
    "ALTER TABLE agents DROP COLUMN search_text",
    "DELETE FROM __diesel_schema_migrations WHERE version = '20261126010000'",
    "DROP TABLE agent_did_keys",
    "DROP TABLE oidc_trust_policies",
    "DROP TABLE federation_partners",
    "DROP TABLE delegation_chains",
    "DROP TABLE delegation_keys",
    "UPDATE agents SET did = NULL, did_created_at = NULL",
    "DELETE FROM __diesel_schema_migrations WHERE version = '20261125000000'",
];

#[tokio::test(flavor = "multi_thread")]
async fn of_the_embedded_store_needs_a_start() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    if installation.database.is_accessible() {
        let (agent, token) = before(&installation).await;
        let server = installation.start();
        identified(&installation, &[server], &agent, &token).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_postgres_needs_a_command() {
    let Some(installation) = Installation::scaled() else {
        return;
    };
    let (agent, token) = before(&installation).await;
    let refused = installation.run(&["serve"]);
    let output = format!("{}{}", refused.stdout, refused.stderr);
    assert_ne!(refused.code, 0, "{output}");
    assert!(output.contains("agentidp migrate"), "{output}");
    installation.succeed(&["migrate"]);
    let servers = [installation.start(), installation.start()];
    identified(&installation, &servers, &agent, &token).await;
}

/// An installation as the version before left it; a public agent, and a token
/// of its administrator.
async fn before(installation: &Installation) -> (String, String) {
    let server = installation.start();
    let (_, token) = tenant(installation, &server, "old").await;
    let more = json!({"isPublic": true, "capabilities": ["Resume:Read"]});
    let agent = server.api.agent_with(&token, "old@old.example", more).await;
    let _ = server.stop();
    for statement in DOWN {
        installation.database.sql(statement);
    }
    (agent.client.id, token)
}

async fn identified(installation: &Installation, servers: &[Server], agent: &str, token: &str) {
    let path = format!("/api/v1/agents/{agent}");
    let api = &servers[0].api;
    let record = api.get(token, &path).await.expect(200);
    for member in ["did", "didCreatedAt"] {
        assert!(record.get(member).is_none(), "{record}");
    }

    // Nobody gets an identifier by being found.
    let found = "/api/v1/marketplace/agents?q=talent+RESUME&capability=Resume:Read";
    let page = api.open(found).await.expect(200);
    assert_eq!(page["data"][0]["agentId"], agent, "{page}");
    assert!(page["data"][0]["did"].is_null(), "{page}");

    // Many at once: all of them see the same key.
    let first: Vec<_> = (0..8)
        .map(|number| {
            let api = servers[number % servers.len()].api.clone();
            let agent = agent.to_owned();
            tokio::spawn(async move { document(&api, &agent).await })
        })
        .collect();
    let mut documents = Vec::new();
    for document in first {
        documents.push(document.await.unwrap());
    }
    let did = format!("did:web:idp.example.test:agents:{agent}");
    for document in &documents {
        assert_eq!(document, &documents[0]);
        assert_eq!(document["id"], did.as_str());
    }
    let count = "SELECT count(*) FROM agent_did_keys";
    assert_eq!(installation.database.number(count), 1);

    let record = api.get(token, &path).await.expect(200);
    assert_eq!(record["did"], did.as_str());
    assert!(record["didCreatedAt"].is_string(), "{record}");
    let info = api.get(token, "/agent-info").await.expect(200);
    assert!(info.get("did").is_none(), "nobody has asked for it: {info}");
    let added = api.agent(token, "added@old.example").await.client;
    document(api, &added.id).await;
    assert_eq!(installation.database.number(count), 2);
    assert!(api.audit_verified(token).await);
}

async fn document(api: &Api, agent: &str) -> Value {
    let answer = api.open(&format!("/agents/{agent}/did.json")).await;
    answer.expect(200)
}
