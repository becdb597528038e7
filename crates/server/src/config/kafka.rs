//! Kafka as event stream.

use std::str::FromStr;

use crate::config::reader::Reader;

const BROKERS: &str = "KAFKA_BROKERS";
const TOPIC: &str = "KAFKA_TOPIC";
const CLIENT_ID: &str = "KAFKA_CLIENT_ID";

/// Longest name of a topic, in bytes; the same bound is used for client ids.
const MAX_NAME: usize = 249;

/// Settings of the Kafka producer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KafkaConfig {
    /// Brokers to ask first, `host:port`.
    pub(crate) brokers: Vec<String>,
    /// Topic.
    pub(crate) topic: String,
    /// Client id.
    pub(crate) client_id: String,
}

impl KafkaConfig {
    /// `None` without brokers. With `supported` false, brokers are refused:
    /// whoever names them expects that events reach them.
    pub(super) fn read(reader: &mut Reader<'_>, supported: bool) -> Option<Self> {
        if !reader.is_set(BROKERS) {
            return None;
        }
        if !supported {
            let reason = "this binary was built without Kafka (cargo feature `kafka`); \
                 use one that has it, or unset the variable";
            reader.refuse(BROKERS, reason);
            return None;
        }
        let brokers: Vec<Broker> = reader.list(BROKERS, "host:port");
        let is_blank = |text: &str| text.split(',').all(|part| part.trim().is_empty());
        if reader.text(BROKERS).is_some_and(is_blank) {
            reader.refuse(BROKERS, "expected at least one host:port");
        }
        let topic = reader.text(TOPIC).unwrap_or("agentidp.events").to_owned();
        if !is_topic(&topic) {
            let reason = "expected at most 249 letters, digits, dots, underscores and hyphens, \
                 and not . or ..";
            reader.refuse(TOPIC, reason);
        }
        let client_id = reader.text(CLIENT_ID).unwrap_or("agentidp").to_owned();
        if client_id.len() > MAX_NAME || client_id.chars().any(char::is_control) {
            reader.refuse(
                CLIENT_ID,
                "expected at most 249 bytes without control characters",
            );
        }
        Some(Self {
            brokers: brokers.into_iter().map(|Broker(text)| text).collect(),
            topic,
            client_id,
        })
    }
}

/// What Kafka takes as name of a topic.
fn is_topic(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=MAX_NAME).contains(&name.len()) && name.chars().all(legal) && !matches!(name, "." | "..")
}

/// Address of a broker, as it was written.
struct Broker(String);

impl FromStr for Broker {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (host, port) = text.rsplit_once(':').ok_or(())?;
        let is_bare = |host: &str| !host.contains([':', '/', '@', '[', ']']);
        let inner = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let is_host = match inner {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => is_bare(host) && !host.contains(char::is_whitespace),
        };
        let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
        if host.is_empty() || !is_host || !is_port {
            return Err(());
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::environment::Variables;

    fn read<const N: usize>(
        entries: [(&str, &str); N],
        supported: bool,
    ) -> Result<Option<KafkaConfig>, Vec<String>> {
        let variables = Variables::from(entries);
        let mut reader = Reader::new(&variables);
        let config = KafkaConfig::read(&mut reader, supported);
        reader.finish().map(|_| config).map_err(|error| error.0)
    }

    #[test]
    fn without_brokers_there_is_no_kafka() {
        for supported in [true, false] {
            let found = read([("KAFKA_TOPIC", "not a topic")], supported);
            assert_eq!(found, Ok(None));
        }
    }

    #[test]
    fn topic_and_client_have_their_documented_defaults() {
        let found = read([("KAFKA_BROKERS", " a:9092, [::1]:9093,")], true);
        let expected = KafkaConfig {
            brokers: vec!["a:9092".to_owned(), "[::1]:9093".to_owned()],
            topic: "agentidp.events".to_owned(),
            client_id: "agentidp".to_owned(),
        };
        assert_eq!(found, Ok(Some(expected)));
        let settings = [
            ("KAFKA_BROKERS", "b.example:1"),
            ("KAFKA_TOPIC", "my_Topic-1.x"),
            ("KAFKA_CLIENT_ID", "idp 1"),
        ];
        let found = read(settings, true).unwrap().unwrap();
        assert_eq!(found.topic, "my_Topic-1.x");
        assert_eq!(found.client_id, "idp 1");
    }

    #[test]
    fn a_binary_without_kafka_says_so() {
        let found = read([("KAFKA_BROKERS", "a:9092")], false).unwrap_err();
        assert!(found[0].starts_with("KAFKA_BROKERS: "), "{found:?}");
        assert!(found[0].contains("built without Kafka"), "{found:?}");
    }

    #[test]
    fn wrong_settings_are_named() {
        for brokers in [
            ",",
            "a",
            "a:",
            ":9092",
            "a:0",
            "a:65536",
            "a:b",
            "http://a:1",
            "u@a:1",
            "::1:9092",
            "[x]:1",
            "a b:1",
        ] {
            let found = read([("KAFKA_BROKERS", brokers)], true).unwrap_err();
            assert!(found[0].starts_with("KAFKA_BROKERS: "), "{found:?}");
        }
        let long = "x".repeat(250);
        for topic in ["..", ".", "a b", "größe", "a/b", long.as_str()] {
            let settings = [("KAFKA_BROKERS", "a:1"), ("KAFKA_TOPIC", topic)];
            let found = read(settings, true).unwrap_err();
            assert!(found[0].starts_with("KAFKA_TOPIC: "), "{found:?}");
        }
        for client in ["a\tb", long.as_str()] {
            let settings = [("KAFKA_BROKERS", "a:1"), ("KAFKA_CLIENT_ID", client)];
            let found = read(settings, true).unwrap_err();
            assert!(found[0].starts_with("KAFKA_CLIENT_ID: "), "{found:?}");
        }
    }
}
