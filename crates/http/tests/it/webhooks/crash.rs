//! A worker that dies between claim and outcome.

use std::sync::Arc;

use agentidp_domain::outbound::{FetchError, OutboundUrl};
use agentidp_domain::webhook::{
    Backoff, DeliveryWorker, WebhookRequest, WebhookSender, WebhookTargets,
};
use async_trait::async_trait;
use serde_json::json;
use tokio::sync::Notify;

use super::post::Stage;

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
