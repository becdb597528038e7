//! What the scenarios share.

pub mod balancer;
pub mod certificate;
pub mod client;
pub mod database;
pub mod installation;
pub mod kafka;
pub mod load;
pub mod locked;
pub mod pair;
pub mod process;
pub mod raw;
pub mod receiver;
pub mod resources;
pub mod scripts;
pub mod server;
pub mod stripe;
pub mod wait;
pub mod wire;

pub use balancer::Balancer;
pub use client::{
    Agent, Answer, Api, Client, PLATFORM_SCOPES, TENANT_SCOPES, Tenant, registration, text,
};
pub use database::Database;
pub use installation::{Ended, ISSUER, Installation, binary, finish};
pub use kafka::Stream;
pub use load::{Load, OnBreak, Tally};
pub use locked::Locked;
pub use pair::Pair;
pub use receiver::Receiver;
pub use server::Server;
pub use wait::{refused_within_a_second, until};
pub use wire::Wire;

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use tokio::sync::Semaphore;

/// Turns of the tests that keep cores busy for long or measure time: two at once,
/// since each of them also waits for long.
pub static HEAVY: Semaphore = Semaphore::const_new(2);

/// A token of the first administrator with the scopes tests need.
pub async fn platform_token(installation: &Installation, server: &Server) -> String {
    server
        .api
        .token(&installation.admin(), PLATFORM_SCOPES)
        .await
}

/// An organization without limits, and a token of its administrator.
pub async fn tenant(installation: &Installation, server: &Server, slug: &str) -> (Tenant, String) {
    let platform = platform_token(installation, server).await;
    let tenant = server.api.tenant(&platform, slug, json!({})).await;
    let token = server.api.token(&tenant.admin, TENANT_SCOPES).await;
    (tenant, token)
}

/// Agents with a credential each; `label` makes their addresses unique.
pub async fn agents(api: &Api, token: &str, label: &str, count: usize) -> Vec<Client> {
    let mut clients = Vec::new();
    for number in 0..count {
        let email = format!("screener-{number:03}@{label}.example");
        clients.push(api.agent(token, &email).await.client);
    }
    clients
}

/// Now, in Unix seconds.
pub fn unix_now() -> i64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(passed.as_secs()).unwrap()
}
