//! Clients that ask for tokens as fast as they can, until told to stop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::client::{Api, Client};
use super::process::POLL;

/// Several clients, each with a connection of its own.
pub struct Load {
    stop: Arc<AtomicBool>,
    issued: Arc<AtomicU64>,
    refused: Arc<AtomicU64>,
    clients: Vec<JoinHandle<Tally>>,
}

/// What one client saw.
#[derive(Debug, Default)]
pub struct Tally {
    /// Id of its agent.
    pub agent: String,
    /// Tokens it received.
    pub issued: u64,
    /// Other answers by status.
    pub refused: BTreeMap<u16, u64>,
    /// Requests without an answer.
    pub broken: u64,
    /// The last token it received.
    pub latest: Option<String>,
}

/// What a client does when a request gets no answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum OnBreak {
    /// It ends: the server is gone.
    End,
    /// It goes on asking.
    GoOn,
}

impl Load {
    /// Lets each of `clients` ask the server on `port`.
    pub fn start(port: u16, clients: &[Client], on_break: OnBreak) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (issued, refused) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let clients = clients.iter().map(|client| {
            let counts = (Arc::clone(&issued), Arc::clone(&refused));
            let (stop, client) = (Arc::clone(&stop), client.clone());
            tokio::spawn(async move { ask(port, client, on_break, &stop, &counts).await })
        });
        Self {
            clients: clients.collect(),
            stop,
            issued,
            refused,
        }
    }

    /// Waits until `more` tokens were received from now on.
    pub async fn wait_for(&self, more: u64) {
        reached(&self.issued, more, "tokens").await;
    }

    /// Waits until `more` requests were refused from now on.
    pub async fn wait_for_refusals(&self, more: u64) {
        reached(&self.refused, more, "refusals").await;
    }

    /// Ends the clients after the request they are at.
    pub async fn finish(self) -> Vec<Tally> {
        self.stop.store(true, Ordering::SeqCst);
        let mut tallies = Vec::new();
        for client in self.clients {
            tallies.push(client.await.unwrap());
        }
        tallies
    }
}

async fn reached(count: &AtomicU64, more: u64, what: &str) {
    let now = || count.load(Ordering::SeqCst);
    let target = now() + more;
    let deadline = Instant::now() + Duration::from_secs(60);
    while now() < target {
        assert!(
            Instant::now() < deadline,
            "only {} of {target} {what}",
            now()
        );
        tokio::time::sleep(POLL).await;
    }
}

async fn ask(
    port: u16,
    client: Client,
    on_break: OnBreak,
    stop: &AtomicBool,
    (issued, refused): &(Arc<AtomicU64>, Arc<AtomicU64>),
) -> Tally {
    let api = Api::at(port);
    let mut tally = Tally {
        agent: client.id.clone(),
        ..Tally::default()
    };
    while !stop.load(Ordering::SeqCst) {
        match api.try_token(&client, "").await {
            Ok(answer) if answer.status == 200 => {
                tally.issued += 1;
                issued.fetch_add(1, Ordering::SeqCst);
                let token = answer.json()["access_token"].as_str().map(str::to_owned);
                assert!(token.is_some(), "{}", answer.text);
                tally.latest = token;
            }
            Ok(answer) => {
                if answer.status == 503 {
                    assert_ne!(answer.header("retry-after"), "", "{}", answer.text);
                }
                *tally.refused.entry(answer.status).or_default() += 1;
                refused.fetch_add(1, Ordering::SeqCst);
                // A refusal is no reason to hammer.
                tokio::time::sleep(POLL).await;
            }
            Err(_) => {
                tally.broken += 1;
                if on_break == OnBreak::End {
                    break;
                }
                tokio::time::sleep(POLL).await;
            }
        }
    }
    tally
}
