//! Events go to a topic of Kafka.
//!
//! | Part of a record | Content |
//! |---|---|
//! | key | id of the organization, as text |
//! | value | the envelope as JSON, as webhooks have it |
//! | header `event_type` | what the event tells of |
//! | timestamp | when it happened |
//!
//! The key decides on the partition, by the rule of Kafka's own clients, so
//! that the events of an organization keep their order. A record counts as
//! accepted when all replicas in sync have it (`acks=all`). Connections are not
//! encrypted and have no credentials: the contract of the product has settings
//! for addresses only.

mod batch;
mod connection;
mod partitioner;
mod record;
mod sink;

pub use connection::KafkaSettings;
pub use sink::KafkaSink;
