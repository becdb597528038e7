//! The event stream, if there is one.

use std::sync::Arc;

use agentidp_domain::outbox::EventSink;

use crate::config::KafkaConfig;

/// The sink behind these settings.
#[cfg(feature = "kafka")]
pub(crate) fn event_sink(config: &KafkaConfig) -> Option<Arc<dyn EventSink>> {
    let settings = agentidp_kafka::KafkaSettings {
        brokers: config.brokers.clone(),
        topic: config.topic.clone(),
        client_id: config.client_id.clone(),
    };
    Some(Arc::new(agentidp_kafka::KafkaSink::new(settings)))
}

/// None: the settings were refused when they were read.
#[cfg(not(feature = "kafka"))]
pub(crate) fn event_sink(_: &KafkaConfig) -> Option<Arc<dyn EventSink>> {
    None
}
