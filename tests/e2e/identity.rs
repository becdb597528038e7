//! Identifiers: every agent has one, and every replica shows it as it is.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Api, HEAVY, Installation, Pair, tenant, until};

/// Time in which an outdated document may be shown after Redis is back.
const OUTDATED: Duration = Duration::from_secs(1);
/// Members of a JWK that would be private.
const PRIVATE: [&str; 3] = ["\"d\"", "PRIVATE", "private"];

async fn document(api: &Api, agent: &str) -> Value {
    let answer = api.open(&format!("/agents/{agent}/did.json")).await;
    for word in PRIVATE {
        assert!(!answer.text.contains(word), "{}", answer.text);
    }
    answer.expect(200)
}

async fn version(api: &Api, agent: &str) -> String {
    let document = document(api, agent).await;
    document["agntcy"]["version"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_of_every_origin_have_one_on_the_embedded_store() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    if installation.database.is_accessible() {
        every_origin(&installation).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_of_every_origin_have_one_on_postgres() {
    if let Some(installation) = Installation::scaled() {
        every_origin(&installation).await;
    }
}

/// The first administrator, the administrator of an organization, an agent.
async fn every_origin(installation: &Installation) {
    let server = installation.start();
    let (tenant, admin) = tenant(installation, &server, "origin").await;
    let agent = server.api.agent(&admin, "agent@origin.example").await;
    let database = &installation.database;
    for id in [&installation.admin().id, &tenant.admin.id, &agent.client.id] {
        let count = format!(
            "SELECT count(*) FROM agent_did_keys WHERE agent_id = {} AND private_key LIKE 'v1:%'",
            database.id(id)
        );
        assert_eq!(database.number(&count), 1, "{id}");
        let did = format!("did:web:idp.example.test:agents:{id}");
        let shown = document(&server.api, id).await;
        assert_eq!(shown["id"], did.as_str());
        assert_eq!(shown["controller"], "did:web:idp.example.test");
        assert_eq!(shown["verificationMethod"].as_array().unwrap().len(), 1);
    }
    let missing = "SELECT count(*) FROM agents WHERE did IS NULL OR did_created_at IS NULL";
    assert_eq!(database.number(missing), 0);
    let instance = server.api.open("/.well-known/did.json").await.expect(200);
    let jwks = server.api.open("/.well-known/jwks.json").await.expect(200);
    let keys = jwks["keys"].as_array().unwrap();
    let methods = instance["verificationMethod"].as_array().unwrap();
    let ids: Vec<&str> = methods.iter().filter_map(|m| m["id"].as_str()).collect();
    for key in keys {
        let id = format!("did:web:idp.example.test#{}", key["kid"].as_str().unwrap());
        assert!(ids.contains(&id.as_str()), "{id} in {ids:?}");
    }
    assert_eq!(methods.len(), keys.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_replica_shows_a_change_at_once() {
    let Some(pair) = Pair::start().await else {
        return;
    };
    let (a, b) = (&pair.a.api, &pair.b.api);
    let agent = pair.agent("shown").await.client.id;
    let path = format!("/api/v1/agents/{agent}");
    for api in [a, b] {
        assert_eq!(version(api, &agent).await, "1.0.0");
    }
    for number in 1..=5 {
        let new = format!("1.0.{number}");
        let (changing, showing) = if number % 2 == 0 { (b, a) } else { (a, b) };
        let change = json!({"version": new});
        changing
            .patch(&pair.admin, &path, &change)
            .await
            .expect(200);
        // Not even one request.
        assert_eq!(version(showing, &agent).await, new);
        assert_eq!(version(changing, &agent).await, new);
    }
    let suspended = json!({"status": "suspended"});
    a.patch(&pair.admin, &path, &suspended).await.expect(200);
    assert_eq!(
        version(b, &agent).await,
        "1.0.5",
        "suspended agents are shown"
    );
    assert_eq!(a.delete(&pair.admin, &path).await.status, 204);
    for api in [b, a] {
        for path in [
            format!("/agents/{agent}/did.json"),
            format!("{path}/did"),
            format!("{path}/did/card"),
        ] {
            let gone = api.open(&path).await;
            assert_eq!(gone.code(), "AGENT_DECOMMISSIONED", "{path}");
            gone.expect(410);
        }
    }
    let resolved = b.get(&pair.admin, &format!("{path}/did/resolve")).await;
    let resolved = resolved.expect(410);
    assert_eq!(resolved["didDocumentMetadata"]["deactivated"], true);
    assert_eq!(resolved["didDocument"]["verificationMethod"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_right_without_redis() {
    let Some(mut pair) = Pair::start().await else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let agent = pair.agent("alone").await.client.id;
    let path = format!("/api/v1/agents/{agent}");
    let keys = document(&pair.a.api, &agent).await["verificationMethod"].clone();
    pair.installation.redis.as_mut().unwrap().kill().unwrap();
    for new in ["2.0.0", "2.0.1"] {
        for api in [&pair.a.api, &pair.b.api] {
            document(api, &agent).await;
        }
        let change = json!({"version": new});
        let (a, b) = (&pair.a.api, &pair.b.api);
        a.patch(&pair.admin, &path, &change).await.expect(200);
        for api in [b, a] {
            let shown = document(api, &agent).await;
            assert_eq!(shown["agntcy"]["version"], new);
            assert_eq!(shown["verificationMethod"], keys);
        }
    }
    let redis = pair.installation.redis.as_mut().unwrap();
    redis.start_again().unwrap();
    for api in [&pair.b.api, &pair.a.api] {
        assert_eq!(version(api, &agent).await, "2.0.1");
    }
}

/// Redis keeps the old document, and cannot be told of the change.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_while_redis_hangs_is_not_forgotten() {
    let Some(mut pair) = Pair::start().await else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let agent = pair.agent("hung").await.client.id;
    let path = format!("/api/v1/agents/{agent}");
    for api in [&pair.a.api, &pair.b.api] {
        assert_eq!(version(api, &agent).await, "1.0.0");
    }
    pair.installation.redis.as_mut().unwrap().pause().unwrap();
    let change = json!({"version": "3.0.0"});
    let a = &pair.a.api;
    a.patch(&pair.admin, &path, &change).await.expect(200);
    for api in [a, &pair.b.api] {
        assert_eq!(version(api, &agent).await, "3.0.0", "from the database");
    }
    pair.installation.redis.as_mut().unwrap().resume().unwrap();
    let (a, b) = (&pair.a.api, &pair.b.api);
    assert_eq!(version(a, &agent).await, "3.0.0", "its own change");
    until("B shows the change", OUTDATED, || async {
        version(b, &agent).await == "3.0.0"
    })
    .await;
    for api in [a, b] {
        assert_eq!(version(api, &agent).await, "3.0.0");
    }
}
