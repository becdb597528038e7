//! PostgreSQL away and back: nothing passes unchecked meanwhile, and the
//! server heals without a restart.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::faults::{consistent, received};
use crate::harness::{
    Answer, Api, Client, HEAVY, Installation, Load, OnBreak, Server, TENANT_SCOPES, agents, tenant,
    until,
};

/// Start of PostgreSQL with recovery, and new connections of the pool.
const RECOVERY: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn answers_503_until_the_database_is_back() {
    let Some(mut installation) = Installation::on_own_cluster(false) else {
        return;
    };
    let server = installation.start();
    let api = &server.api;
    let (tenant, admin) = tenant(&installation, &server, "away").await;
    let client = agents(api, &admin, "away", 1).await.remove(0);
    let token = api.token(&client, "").await;
    let revoked = api.token(&client, "").await;
    api.revoke(&revoked).await;

    installation.database.cluster().stop().unwrap();
    for _ in 0..2 {
        refused_while_away(api, &client, &token, &revoked).await;
    }
    let health = api.open("/health").await;
    assert_eq!(health.status, 503);
    assert_eq!(health.json()["services"]["postgres"], "disconnected");

    installation.database.cluster().start_again().unwrap();
    healed(&server, &client).await;
    assert!(api.accepts(&token).await);
    assert!(!api.accepts(&revoked).await);
    let admin = api.token(&tenant.admin, TENANT_SCOPES).await;
    assert!(api.audit_verified(&admin).await);
}

/// Everything that needs the store is refused in the documented way.
async fn refused_while_away(api: &Api, client: &Client, token: &str, revoked: &str) {
    // A single agent may still be in memory.
    let path = format!("/api/v1/agents/{}", client.id);
    let read = api.get(token, &path).await;
    if read.status == 200 {
        assert_eq!(read.json()["agentId"], client.id.as_str());
    } else {
        unavailable(&read, &Value::Null);
    }
    let list = api.get(token, "/api/v1/agents").await;
    unavailable(&list, &Value::Null);
    let issued = api.try_token(client, "").await.unwrap();
    unavailable(&issued, &json!("temporarily_unavailable"));
    let form = [("token", token)];
    let introspected = api.form(token, "/oauth2/introspect", &form).await;
    unavailable(&introspected, &json!("temporarily_unavailable"));
    let revocation = api.form(token, "/oauth2/revoke", &form).await;
    unavailable(&revocation, &json!("temporarily_unavailable"));
    // Known as revoked, or not known at all: never accepted.
    let ended = api.get(revoked, &path).await;
    assert!([401, 503].contains(&ended.status), "{}", ended.text);
}

/// Refused in the documented way; `error` is the member of an OAuth endpoint.
pub fn unavailable(answer: &Answer, error: &Value) {
    assert_eq!(answer.status, 503, "{}", answer.text);
    let seconds: u32 = answer.header("retry-after").parse().unwrap();
    assert!(seconds >= 1);
    let body = answer.json();
    assert_eq!(body["code"], "SERVICE_UNAVAILABLE");
    assert_eq!(&body["error"], error, "{body}");
    assert!(body.get("details").is_none(), "{body}");
}

async fn healed(server: &Server, client: &Client) {
    let api = &server.api;
    until("healthy again", RECOVERY, || async {
        api.open("/health").await.status == 200
    })
    .await;
    until("tokens again", RECOVERY, || async {
        let status = api.try_token(client, "").await.unwrap().status;
        assert!([200, 503].contains(&status), "{status}");
        status == 200
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_database_loses_no_token() {
    let Some(mut installation) = Installation::on_own_cluster(true) else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let server = installation.start();
    let (tenant, admin) = tenant(&installation, &server, "killed").await;
    let clients = agents(&server.api, &admin, "killed", 8).await;
    let load = Load::start(server.port, &clients, OnBreak::GoOn);
    for _ in 0..2 {
        load.wait_for(60).await;
        installation.database.cluster().kill().unwrap();
        installation.database.cluster().start_again().unwrap();
        load.wait_for(60).await;
    }
    let tallies = load.finish().await;
    healed(&server, &clients[0]).await;
    let mut refused: BTreeMap<u16, u64> = BTreeMap::new();
    for tally in &tallies {
        assert_eq!(tally.broken, 0, "every request gets an answer");
        for (status, times) in &tally.refused {
            *refused.entry(*status).or_default() += times;
        }
        let latest = tally.latest.as_ref().unwrap();
        assert!(server.api.accepts(latest).await);
    }
    assert!(refused.keys().all(|status| *status == 503), "{refused:?}");
    let admin = server.api.token(&tenant.admin, TENANT_SCOPES).await;
    assert!(server.api.audit_verified(&admin).await);
    installation.succeed(&["verify-audit"]);
    consistent(&installation, &tenant.id, &received(&tallies));
    println!(
        "{refused:?} refused, {:?} received",
        received(&tallies).values().sum::<u64>()
    );
}
