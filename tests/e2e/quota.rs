//! The monthly limit of an organization is exact, whoever issues.

use std::time::Duration;

use serde_json::json;

use crate::harness::{
    Api, Client, HEAVY, Installation, PLATFORM_SCOPES, Server, TENANT_SCOPES, agents,
};

const LIMIT: i64 = 50;
const REQUESTS: usize = 120;
const CLIENTS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn is_exact_over_two_replicas() {
    let Some(installation) = Installation::scaled() else {
        return;
    };
    let servers = [installation.start(), installation.start()];
    exact(&installation, &servers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn is_exact_on_the_embedded_store() {
    if let Some(installation) = Installation::embedded() {
        let servers = [installation.start()];
        exact(&installation, &servers).await;
    }
}

async fn exact(installation: &Installation, servers: &[Server]) {
    let _alone = HEAVY.lock().await;
    let api = &servers[0].api;
    let platform = api.token(&installation.admin(), PLATFORM_SCOPES).await;
    let tenant = api
        .tenant(&platform, "limited", json!({"planTier": "free"}))
        .await;
    let admin = api.token(&tenant.admin, TENANT_SCOPES).await;
    let clients = agents(api, &admin, "limited", CLIENTS).await;
    // The administrator has had one token already.
    let path = format!("/api/v1/organizations/{}", tenant.id);
    let limit = json!({"maxTokensPerMonth": LIMIT + 1});
    api.patch(&platform, &path, &limit).await.expect(200);

    let statuses = storm(servers, &clients).await;
    let count = |wanted: u16| {
        statuses
            .iter()
            .filter(|(status, _)| *status == wanted)
            .count()
    };
    assert_eq!(count(200), usize::try_from(LIMIT).unwrap());
    assert_eq!(count(403), REQUESTS - count(200), "{statuses:?}");
    for (status, code) in &statuses {
        assert!(
            *status == 200 || code == "FREE_TIER_LIMIT_EXCEEDED",
            "{status} {code}"
        );
    }
    for (action, total) in [("token.issued", LIMIT + 1), ("auth.failed", 120 - LIMIT)] {
        let path = format!("/api/v1/audit?action={action}&limit=1");
        let page = api.get(&admin, &path).await.expect(200);
        assert_eq!(page["total"], total, "{action}");
        if action == "auth.failed" {
            assert_eq!(page["data"][0]["metadata"]["reason"], "token_limit_reached");
        }
    }
    assert!(api.audit_verified(&admin).await);
}

/// All requests at once, spread over clients and servers; status and code.
async fn storm(servers: &[Server], clients: &[Client]) -> Vec<(u16, String)> {
    let requests: Vec<_> = (0..REQUESTS)
        .map(|number| {
            let api = servers[number % servers.len()].api.clone();
            let client = clients[number % clients.len()].clone();
            tokio::spawn(async move { answered(&api, &client).await })
        })
        .collect();
    let mut statuses = Vec::new();
    for request in requests {
        statuses.push(request.await.unwrap());
    }
    statuses
}

/// Status and code of a request; one that was turned away because too many
/// secrets had to be hashed at once is sent again, as the answer asks for.
async fn answered(api: &Api, client: &Client) -> (u16, String) {
    loop {
        let answer = api.try_token(client, "").await.unwrap();
        if answer.status != 503 {
            return (answer.status, answer.code());
        }
        let seconds: u64 = answer.header("retry-after").parse().unwrap();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}
