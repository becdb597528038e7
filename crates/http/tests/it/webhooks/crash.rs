//! A worker, or one of its lanes, that dies between claim and outcome.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use agentidp_domain::outbound::{FetchError, OutboundUrl};
use agentidp_domain::webhook::{
    Backoff, DeliveryWorker, WebhookRequest, WebhookSender, WebhookTargets,
};
use async_trait::async_trait;
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::post::Stage;
use super::{create, wish};

/// Never gets an answer.
#[derive(Default)]
struct Stuck {
    asked: Notify,
}

#[async_trait]
impl WebhookSender for Stuck {
    async fn post(&self, _url: &OutboundUrl, _request: WebhookRequest) -> Result<u16, FetchError> {
        self.asked.notify_one();
        std::future::pending().await
    }
}

#[actix_web::test]
async fn leaves_the_delivery_to_another_one() {
    let stage = Stage::start().await;
    stage.happen().await;
    let before = stage.newest().await;
    let stuck = Arc::new(Stuck::default());
    let worker = DeliveryWorker::new(
        stage.api.world.ports.clone(),
        stuck.clone(),
        WebhookTargets::default(),
        Backoff::default(),
    );
    let dying = tokio::spawn(async move { worker.drain().await });
    stuck.asked.notified().await;
    dying.abort();
    assert!(dying.await.is_err_and(|error| error.is_cancelled()));

    stage.api.pass(59);
    stage.send().await;
    assert!(stage.requests().is_empty(), "the claim still holds");
    stage.api.pass(2);
    stage.send().await;
    assert_eq!(stage.requests().len(), 1);
    let after = stage.newest().await;
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["status"], "delivered");
    assert_eq!(after["attempt_count"], json!(1));
}

/// Panics at its first request; never gets an answer from one receiver.
#[derive(Default)]
struct Fragile {
    has_panicked: AtomicBool,
    panics: Notify,
    asked_again: Notify,
}

#[async_trait]
impl WebhookSender for Fragile {
    async fn post(&self, url: &OutboundUrl, _request: WebhookRequest) -> Result<u16, FetchError> {
        if url.as_str().ends_with("/stuck") {
            return std::future::pending().await;
        }
        if !self.has_panicked.swap(true, Ordering::SeqCst) {
            self.panics.notify_one();
            panic!("on purpose");
        }
        self.asked_again.notify_one();
        Ok(200)
    }
}

#[actix_web::test]
async fn of_a_lane_frees_its_subscription_while_another_is_busy() {
    let stage = Stage::start().await;
    let mut body = wish(&["agent.updated"]);
    body["url"] = json!("https://hooks.acme.example/stuck");
    create(&stage.api, &stage.acme, &body).await.expect(201);
    stage.happen().await;
    let sender = Arc::new(Fragile::default());
    let worker = DeliveryWorker::new(
        stage.api.world.ports.clone(),
        sender.clone(),
        WebhookTargets::default(),
        Backoff::default(),
    );
    let running = tokio::spawn(async move { worker.run().await });
    sender.panics.notified().await;
    stage.api.pass(61);
    let again = timeout(Duration::from_secs(10), sender.asked_again.notified()).await;
    assert!(again.is_ok(), "the subscription is still marked as busy");
    running.abort();
}
