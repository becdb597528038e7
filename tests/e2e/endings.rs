//! An end of tokens leaves none alive, whatever the moment: markers count
//! whole seconds, so the edges of a second are where one could slip through.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::harness::{
    Api, Client, HEAVY, Installation, PLATFORM_SCOPES, agents, refused_within_a_second, tenant,
};

/// Ends tried in either test.
const ROUNDS: usize = 6;
/// Clients that ask with the same credential.
const ASKERS: usize = 4;

async fn set_status(api: &Api, token: &str, path: &str, status: &str) {
    api.patch(token, path, &json!({"status": status}))
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_end_within_the_same_second_is_one() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    let server = installation.start();
    let api = &server.api;
    let (tenant, admin) = tenant(&installation, &server, "twice").await;
    let client = agents(api, &admin, "twice", 1).await.remove(0);
    let platform = api.token(&installation.admin(), PLATFORM_SCOPES).await;
    let agent = format!("/api/v1/agents/{}", client.id);
    let organization = format!("/api/v1/organizations/{}", tenant.id);
    for _ in 0..ROUNDS {
        set_status(api, &admin, &agent, "suspended").await;
        set_status(api, &admin, &agent, "active").await;
        let token = api.token(&client, "").await;
        assert!(api.accepts(&token).await);
        set_status(api, &admin, &agent, "suspended").await;
        refused_within_a_second(api, &token).await;
        set_status(api, &admin, &agent, "active").await;
    }
    set_status(api, &admin, &agent, "suspended").await;
    set_status(api, &admin, &agent, "active").await;
    let token = api.token(&client, "").await;
    set_status(api, &platform, &organization, "suspended").await;
    refused_within_a_second(api, &token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_at_the_turn_of_a_second_leaves_no_token_on_the_embedded_store() {
    if let Some(installation) = Installation::embedded() {
        at_the_turn_of_a_second(&installation).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_at_the_turn_of_a_second_leaves_no_token_on_postgres() {
    if let Some(installation) = Installation::scaled() {
        at_the_turn_of_a_second(&installation).await;
    }
}

/// The agent is suspended while it is asking for tokens, with the request on
/// its way when the second changes.
async fn at_the_turn_of_a_second(installation: &Installation) {
    let _turn = HEAVY.acquire().await;
    let server = installation.start();
    let api = &server.api;
    let (_, admin) = tenant(installation, &server, "turn").await;
    let client = agents(api, &admin, "turn", 1).await.remove(0);
    let agent = format!("/api/v1/agents/{}", client.id);
    for round in 0..ROUNDS {
        set_status(api, &admin, &agent, "active").await;
        let asking = Asking::start(server.port, &client).await;
        let lead = 4 * u64::try_from(round).unwrap();
        tokio::time::sleep(until_next_second(Duration::from_millis(lead))).await;
        set_status(api, &admin, &agent, "suspended").await;
        for token in asking.finish().await {
            let seen = api
                .form(&admin, "/oauth2/introspect", &[("token", &token)])
                .await;
            assert_eq!(
                seen.expect(200),
                json!({"active": false}),
                "{}",
                issued_at(&token)
            );
        }
    }
}

/// Time until `lead` before a second that is at least half a second away.
fn until_next_second(lead: Duration) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let soonest = now + Duration::from_millis(500);
    Duration::from_secs(soonest.as_secs() + 1) - lead - now
}

fn issued_at(token: &str) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let part = token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    format!("a token issued at {} survived", claims["iat"])
}

/// Clients that ask until they are refused.
struct Asking {
    stop: Arc<AtomicBool>,
    askers: Vec<tokio::task::JoinHandle<Vec<String>>>,
}

impl Asking {
    /// Starts the clients; each has had a token when this returns.
    async fn start(port: u16, client: &Client) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut askers = Vec::new();
        for _ in 0..ASKERS {
            let (api, client, stop) = (Api::at(port), client.clone(), Arc::clone(&stop));
            let first = api.token(&client, "").await;
            askers.push(tokio::spawn(async move {
                let mut tokens = vec![first];
                while !stop.load(Ordering::SeqCst) {
                    let answer = api.try_token(&client, "").await.unwrap();
                    match answer.json()["access_token"].as_str() {
                        Some(token) => tokens.push(token.to_owned()),
                        None => break,
                    }
                }
                tokens
            }));
        }
        Self { askers, stop }
    }

    /// The last tokens of each client.
    async fn finish(self) -> Vec<String> {
        self.stop.store(true, Ordering::SeqCst);
        let mut latest = Vec::new();
        for asker in self.askers {
            latest.extend(asker.await.unwrap().into_iter().rev().take(5));
        }
        latest
    }
}
