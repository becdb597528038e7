//! More work than the server can take on: it says so, answers nothing wrong,
//! and is well again afterwards.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{
    Answer, Api, Client, HEAVY, Installation, Locked, TENANT_SCOPES, agents, registration, tenant,
    until,
};

/// Connections of the pool.
const POOL: usize = 3;
/// Writes at once.
const WRITES: usize = 12;
/// Time for the pool to be free again.
const RECOVERY: Duration = Duration::from_secs(20);
/// Clients whose secret is right.
const CLIENTS: usize = 4;
/// First logins of each of them.
const LOGINS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_is_used_up_is_told_and_heals() {
    let Some(mut installation) = Installation::scaled() else {
        return;
    };
    installation.set("DB_POOL_MAX", &POOL.to_string());
    // The lock is waited for no longer than the database allows.
    let _turn = HEAVY.acquire().await;
    let server = installation.start();
    let api = &server.api;
    let (tenant, admin) = tenant(&installation, &server, "pool").await;

    let locked = Locked::table(&installation.database, "agents");
    let mut writes = JoinSet::new();
    for number in 0..WRITES {
        writes.spawn(register(api.clone(), admin.clone(), number));
    }
    // Those without a connection are refused, long before the lock goes.
    for _ in 0..WRITES - POOL {
        unavailable(&writes.join_next().await.unwrap().unwrap());
    }
    needs_no_database(api).await;
    drop(locked);

    // The others were only waiting.
    let mut made = 0;
    while let Some(answer) = writes.join_next().await {
        let answer = answer.unwrap();
        if answer.status == 201 {
            made += 1;
        } else {
            unavailable(&answer);
        }
    }
    assert!(made > 0, "nobody had a connection");
    until("healthy again", RECOVERY, || async {
        api.open("/health").await.status == 200
    })
    .await;
    let answer = register(api.clone(), admin.clone(), WRITES).await;
    assert_eq!(answer.status, 201, "{}", answer.text);

    let count = "SELECT count(*) FROM agents WHERE email LIKE 'writer-%'";
    assert_eq!(installation.database.number(count), made + 1);
    let admin = api.token(&tenant.admin, TENANT_SCOPES).await;
    assert!(api.audit_verified(&admin).await);
}

async fn register(api: Api, admin: String, number: usize) -> Answer {
    let body = registration(&format!("writer-{number}@pool.example"));
    api.post(&admin, "/api/v1/agents", &body).await
}

/// What every replica can tell by itself is told.
async fn needs_no_database(api: &Api) {
    for path in [
        "/.well-known/jwks.json",
        "/.well-known/openid-configuration",
        "/openapi.json",
        "/metrics",
    ] {
        let answer = api.open(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    }
    let health = api.open("/health").await;
    assert_eq!(health.status, 503, "{}", health.text);
    assert_eq!(health.json()["services"]["postgres"], "disconnected");
}

fn unavailable(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert_eq!(answer.code(), "SERVICE_UNAVAILABLE");
    let seconds: u32 = answer.header("retry-after").parse().unwrap();
    assert!(seconds >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_first_logins_than_can_be_checked_are_put_off() {
    let Some(mut installation) = Installation::embedded() else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    // As in production: a check takes its time. Nobody is shut out meanwhile.
    installation.set("BCRYPT_COST", "10");
    installation.set("AUTH_FAILURE_LIMIT", "1000000");
    let server = installation.start();
    let (_, admin) = tenant(&installation, &server, "crowd").await;
    let clients = agents(&server.api, &admin, "crowd", CLIENTS).await;

    let mut logins = JoinSet::new();
    for number in 0..crowd() {
        let client = &clients[number % CLIENTS];
        logins.spawn(login(server.api.clone(), guessed(client), 401));
        if number < CLIENTS * LOGINS {
            logins.spawn(login(server.api.clone(), client.clone(), 200));
        }
    }
    let mut put_off = 0;
    while let Some(answer) = logins.join_next().await {
        let (answer, right) = answer.unwrap();
        if answer.status == right {
            continue;
        }
        unavailable(&answer);
        assert_eq!(answer.json()["error"], json!("temporarily_unavailable"));
        put_off += 1;
    }
    assert!(put_off > 0, "the queue has no end");
    println!("{put_off} logins were put off");

    for client in &clients {
        server.api.token(client, "").await;
        let answer = server.api.try_token(&guessed(client), "").await.unwrap();
        assert_eq!(answer.status, 401, "{}", answer.text);
    }
}

/// Far more than may wait for a check: 16 and the one that runs, per core.
fn crowd() -> usize {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    cores * 17 * 3
}

/// The beginning of its secret, which is no secret, and a wrong end. To find
/// that out takes a computation each time.
fn guessed(client: &Client) -> Client {
    let known = client.secret.len() - 8;
    Client {
        id: client.id.clone(),
        secret: format!("{}00000000", &client.secret[..known]),
    }
}

/// Logs in; the answer, and the status it has unless it is put off.
async fn login(api: Api, client: Client, right: u16) -> (Answer, u16) {
    (api.try_token(&client, "").await.unwrap(), right)
}
