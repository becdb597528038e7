//! A Kafka broker and a consumer that is not ours.

use std::time::Duration;

use agentidp_testkit::requirements;
use agentidp_testkit::services::Kafka;
use serde_json::{Value, json};

use super::scripts::Dialogue;
use super::{Installation, until};

/// The topic by default.
pub const TOPIC: &str = "agentidp.events";

/// A broker and what reads from it.
pub struct Stream {
    pub broker: Kafka,
    dialogue: Dialogue,
}

impl Stream {
    /// Starts a broker; the installation publishes to it from now on. `None`:
    /// the test was reported as skipped.
    pub fn start(installation: &mut Installation) -> Option<Self> {
        let classpath = requirements::require(requirements::KAFKA_CLASSPATH)?;
        let python = requirements::require(requirements::PYTHON)?;
        let broker = Kafka::start(&classpath).unwrap();
        let address = broker.address();
        installation.set("KAFKA_BROKERS", &address);
        let arguments = [address.as_str(), TOPIC];
        let dialogue = Dialogue::start(&python, "kafka_consumer.py", &arguments, installation);
        Some(Self { broker, dialogue })
    }

    /// All records so far; those of a partition in their order.
    pub async fn records(&mut self) -> Vec<Value> {
        let records = self.dialogue.ask(&json!({"received": true})).await;
        records.as_array().unwrap().clone()
    }

    /// All records once `holds`.
    pub async fn wait_for(
        &mut self,
        what: &str,
        limit: Duration,
        holds: impl Fn(&[Value]) -> bool,
    ) -> Vec<Value> {
        let stream = tokio::sync::Mutex::new(self);
        until(what, limit, || async {
            holds(&stream.lock().await.records().await)
        })
        .await;
        stream.into_inner().records().await
    }
}
