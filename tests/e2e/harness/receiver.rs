//! A webhook receiver that verifies signatures with a third-party library.

use std::time::Duration;

use agentidp_testkit::requirements;
use serde_json::{Value, json};

use super::scripts::Dialogue;
use super::{Api, Installation, text, until};

/// A receiver and what it knows.
pub struct Receiver {
    dialogue: Dialogue,
    port: u64,
}

impl Receiver {
    /// Starts it. `None`: the test was reported as skipped.
    pub async fn start(installation: &Installation) -> Option<Self> {
        let python = requirements::require(requirements::PYTHON)?;
        let mut dialogue = Dialogue::start(&python, "webhook_receiver.py", &[], installation);
        let port = dialogue.ask(&json!({"port": true})).await.as_u64().unwrap();
        Some(Self { dialogue, port })
    }

    /// Subscribes a path to events and tells the receiver the secret; returns
    /// the id of the subscription.
    pub async fn subscribe(
        &mut self,
        api: &Api,
        token: &str,
        path: &str,
        events: &[&str],
    ) -> String {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let body = json!({"name": path, "url": url, "events": events});
        let created = api.post(token, "/api/v1/webhooks", &body).await.expect(201);
        let secret = json!({"path": path, "secret": text(&created, "signingSecret")});
        self.dialogue.ask(&secret).await;
        text(&created, "id")
    }

    /// The requests to a path; each must have been signed.
    pub async fn received(&mut self, path: &str) -> Vec<Value> {
        let requests = self.dialogue.ask(&json!({"received": path})).await;
        let requests = requests.as_array().unwrap().clone();
        for request in &requests {
            assert_eq!(request["signed"], true, "{request}");
            assert_eq!(request["type"], "application/json");
            assert_eq!(request["event"], request["envelope"]["event"]);
        }
        requests
    }

    /// The requests to a path once there are `count` of them.
    pub async fn wait_for(&mut self, path: &str, count: usize, limit: Duration) -> Vec<Value> {
        let dialogue = tokio::sync::Mutex::new(self);
        until(&format!("{count} requests to {path}"), limit, || async {
            dialogue.lock().await.received(path).await.len() >= count
        })
        .await;
        dialogue.into_inner().received(path).await
    }
}
