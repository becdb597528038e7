//! A receiver that answers as a test says, and the worker that sends to it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentidp_domain::id::OrganizationId;
use agentidp_domain::metrics::Metrics;
use agentidp_domain::outbound::{FetchError, OutboundUrl};
use agentidp_domain::time::Timestamp;
use agentidp_domain::webhook::{
    Backoff, DeliveryWorker, WebhookRequest, WebhookSender, WebhookTargets,
};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::{URL, change, create, deliveries, get, path_of, relay, wish};
use crate::support::{Api, Identity, Setup};

/// What a receiver does with a request.
pub type Reply = Result<u16, FetchError>;

/// Answers with what it was told to, then with 200, and keeps all requests.
#[derive(Default)]
struct Receiver {
    replies: Mutex<VecDeque<Reply>>,
    requests: Mutex<Vec<(String, WebhookRequest)>>,
}

#[async_trait]
impl WebhookSender for Receiver {
    async fn post(&self, url: &OutboundUrl, request: WebhookRequest) -> Reply {
        let request = (url.as_str().to_owned(), request);
        self.requests.lock().unwrap().push(request);
        self.replies.lock().unwrap().pop_front().unwrap_or(Ok(200))
    }
}

/// Whose deliveries became dead letters.
#[derive(Default)]
struct DeadLetters(Mutex<Vec<OrganizationId>>);

impl Metrics for DeadLetters {
    fn webhook_dead_letter(&self, organization: OrganizationId) {
        self.0.lock().unwrap().push(organization);
    }
}

/// An organization with a subscription to the changes of its agent.
pub struct Stage {
    pub api: Api,
    pub acme: Identity,
    /// Path of the subscription.
    pub path: String,
    /// Its secret.
    pub secret: String,
    agent: Identity,
    worker: DeliveryWorker,
    receiver: Arc<Receiver>,
    dead_letters: Arc<DeadLetters>,
}

impl Stage {
    pub async fn start() -> Self {
        Self::with(Setup::default(), URL, Backoff::default()).await
    }

    /// With other settings; the worker never admits insecure targets.
    pub async fn with(setup: Setup, url: &str, backoff: Backoff) -> Self {
        let api = setup.start().await;
        let acme = api.organization("acme").await;
        let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
        let mut body = wish(&["agent.updated"]);
        body["url"] = json!(url);
        let created = create(&api, &acme, &body).await.expect(201);
        let receiver = Arc::new(Receiver::default());
        let dead_letters = Arc::new(DeadLetters::default());
        let mut ports = api.world.ports.clone();
        ports.metrics = dead_letters.clone();
        let targets = WebhookTargets::default();
        Self {
            worker: DeliveryWorker::new(ports, receiver.clone(), targets, backoff),
            path: path_of(&created),
            secret: created["signingSecret"].as_str().unwrap().to_owned(),
            api,
            acme,
            agent,
            receiver,
            dead_letters,
        }
    }

    /// One more event, a second later; it is queued at once.
    pub async fn happen(&self) {
        self.happen_often(1).await;
    }

    /// So many events at once.
    pub async fn happen_often(&self, times: u64) {
        self.api.pass(1);
        let body = json!({"owner": "new team"});
        for _ in 0..times {
            change(&self.api, &self.acme, &self.agent, &body).await;
        }
        assert_eq!(relay(&self.api).await, times);
    }

    /// How the next requests are answered.
    pub fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        self.receiver.replies.lock().unwrap().extend(replies);
    }

    /// Sends what is due.
    pub async fn send(&self) {
        self.worker.drain().await.unwrap();
    }

    /// All requests so far, with their URLs.
    pub fn requests(&self) -> Vec<(String, WebhookRequest)> {
        self.receiver.requests.lock().unwrap().clone()
    }

    /// Organizations of all dead letters so far.
    pub fn dead_letters(&self) -> Vec<String> {
        let letters = self.dead_letters.0.lock().unwrap();
        letters.iter().map(ToString::to_string).collect()
    }

    /// The subscription as it is now.
    pub async fn subscription(&self) -> Value {
        get(&self.api, &self.acme, &self.path).await.expect(200)
    }

    /// The youngest delivery.
    pub async fn newest(&self) -> Value {
        deliveries(&self.api, &self.acme, &self.path)
            .await
            .remove(0)
    }

    /// Milliseconds until the next attempt of a delivery.
    #[track_caller]
    pub fn wait(&self, delivery: &Value) -> u64 {
        let at: Timestamp = delivery["next_retry_at"].as_str().unwrap().parse().unwrap();
        let millis = at.unix_millis() - self.api.world.ports.now().unix_millis();
        u64::try_from(millis).unwrap()
    }

    /// Moves the clock.
    pub fn pass_millis(&self, millis: u64) {
        self.api.world.clock.advance(Duration::from_millis(millis));
    }

    /// Present time as it stands in answers.
    pub fn now(&self) -> Value {
        json!(self.api.world.ports.now().to_string())
    }
}
