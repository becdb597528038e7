//! The limits of an organization are exact, whoever asks and however many at
//! once.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{
    Api, Client, HEAVY, Installation, PLATFORM_SCOPES, Server, TENANT_SCOPES, agents, registration,
};

/// Clients that ask at the same time.
const CLIENTS: usize = 50;
/// Agents of the free tier.
const AGENTS: i64 = 100;
/// Registrations of each client: together more than the limit allows.
const REGISTRATIONS: usize = 3;
/// Tokens per month, in the place of the tier's 10,000.
const TOKENS: i64 = 120;
/// Token requests of each client.
const REQUESTS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_exact_over_two_replicas() {
    let Some(installation) = Installation::scaled() else {
        return;
    };
    let servers = [installation.start(), installation.start()];
    exact_tokens(&installation, &servers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_exact_on_the_embedded_store() {
    if let Some(installation) = Installation::embedded() {
        let servers = [installation.start()];
        exact_tokens(&installation, &servers).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_are_exact_over_two_replicas() {
    let Some(installation) = Installation::scaled() else {
        return;
    };
    let servers = [installation.start(), installation.start()];
    exact_agents(&installation, &servers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_are_exact_on_the_embedded_store() {
    if let Some(installation) = Installation::embedded() {
        let servers = [installation.start()];
        exact_agents(&installation, &servers).await;
    }
}

async fn exact_tokens(installation: &Installation, servers: &[Server]) {
    let _turn = HEAVY.acquire().await;
    let api = &servers[0].api;
    let platform = api.token(&installation.admin(), PLATFORM_SCOPES).await;
    let tenant = api
        .tenant(&platform, "limited", json!({"planTier": "free"}))
        .await;
    let admin = api.token(&tenant.admin, TENANT_SCOPES).await;
    let clients = agents(api, &admin, "limited", CLIENTS).await;
    // The administrator has had one token already.
    let path = format!("/api/v1/organizations/{}", tenant.id);
    let limit = json!({"maxTokensPerMonth": TOKENS + 1});
    api.patch(&platform, &path, &limit).await.expect(200);

    let storm = clients.into_iter().enumerate().map(|(number, client)| {
        let api = servers[number % servers.len()].api.clone();
        tokio::spawn(async move {
            let mut answers = Vec::new();
            for _ in 0..REQUESTS {
                answers.push(answered(&api, &client).await);
            }
            answers
        })
    });
    let answers = all(storm.collect()).await;
    assert_exact(&answers, 200, TOKENS);
    let refused = i64::try_from(CLIENTS * REQUESTS).unwrap() - TOKENS;
    for (action, total) in [("token.issued", TOKENS + 1), ("auth.failed", refused)] {
        let path = format!("/api/v1/audit?action={action}&limit=1");
        let page = api.get(&admin, &path).await.expect(200);
        assert_eq!(page["total"], total, "{action}");
        if action == "auth.failed" {
            assert_eq!(page["data"][0]["metadata"]["reason"], "token_limit_reached");
        }
    }
    let status = api.get(&admin, "/api/v1/tiers/status").await.expect(200);
    assert_eq!(status["usage"]["tokensThisMonth"], TOKENS + 1);
    assert!(api.audit_verified(&admin).await);
}

async fn exact_agents(installation: &Installation, servers: &[Server]) {
    let _turn = HEAVY.acquire().await;
    let api = &servers[0].api;
    let platform = api.token(&installation.admin(), PLATFORM_SCOPES).await;
    let tenant = api
        .tenant(&platform, "crowded", json!({"planTier": "free"}))
        .await;
    let admin = api.token(&tenant.admin, TENANT_SCOPES).await;
    let storm = (0..CLIENTS).map(|client| {
        let api = servers[client % servers.len()].api.clone();
        let admin = admin.clone();
        tokio::spawn(async move {
            let mut answers = Vec::new();
            for number in 0..REGISTRATIONS {
                let body = registration(&format!("a{client}-{number}@crowded.example"));
                let answer = api.post(&admin, "/api/v1/agents", &body).await;
                answers.push((answer.status, answer.json()));
            }
            answers
        })
    });
    let answers = all(storm.collect()).await;
    // The administrator is an agent too.
    assert_exact(&answers, 201, AGENTS - 1);
    let refused = answers.iter().find(|(status, _)| *status == 403).unwrap();
    let message = "Free tier limit of 100 registered agents has been reached.";
    assert_eq!(refused.1["message"], message);
    let details = json!({"tier": "free", "limit": AGENTS, "current": AGENTS});
    assert_eq!(refused.1["details"], details);
    let status = api.get(&admin, "/api/v1/tiers/status").await.expect(200);
    assert_eq!(status["usage"]["agentsRegistered"], AGENTS);
    for (path, total) in [
        ("/api/v1/agents?limit=1", AGENTS),
        ("/api/v1/audit?action=agent.created&limit=1", AGENTS),
    ] {
        let page = api.get(&admin, path).await.expect(200);
        assert_eq!(page["total"], total, "{path}");
    }
    assert!(api.audit_verified(&admin).await);
}

type Answers = Vec<(u16, Value)>;

/// What all clients were answered.
async fn all(clients: Vec<tokio::task::JoinHandle<Answers>>) -> Answers {
    let mut answers = Vec::new();
    for client in clients {
        answers.extend(client.await.unwrap());
    }
    answers
}

/// So many were served, and all others told that the limit is reached.
#[track_caller]
fn assert_exact(answers: &[(u16, Value)], success: u16, wanted: i64) {
    let served = answers.iter().filter(|(status, _)| *status == success);
    assert_eq!(served.count(), usize::try_from(wanted).unwrap());
    for (status, body) in answers {
        assert!(
            *status == success || body["code"] == "FREE_TIER_LIMIT_EXCEEDED",
            "{status} {body}"
        );
    }
}

/// The answer to a token request; one that was turned away because too many
/// secrets had to be hashed at once is sent again, as the answer asks for.
async fn answered(api: &Api, client: &Client) -> (u16, Value) {
    loop {
        let answer = api.try_token(client, "").await.unwrap();
        if answer.status != 503 {
            return (answer.status, answer.json());
        }
        let seconds: u64 = answer.header("retry-after").parse().unwrap();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}
