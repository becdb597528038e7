//! What travels on the bus.

use std::borrow::Cow;

use agentidp_domain::change::Change;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One message, JSON on the wire.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Message<'a> {
    /// Something changed.
    Changes(Cow<'a, [Change]>),
    /// A replica looks whether what it publishes comes back.
    Heartbeat {
        /// The replica, random for each start.
        replica: Uuid,
        /// Different for each heartbeat of the replica.
        nonce: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_on_the_wire_stays_as_it_is() {
        // Replicas of two versions talk to each other during an update.
        let changes = Message::Changes(Cow::Owned(vec![Change::SigningKeysChanged]));
        let heartbeat = Message::Heartbeat {
            replica: Uuid::nil(),
            nonce: 7,
        };
        for (message, text) in [
            (changes, r#"{"changes":[{"kind":"signing_keys_changed"}]}"#),
            (
                heartbeat,
                r#"{"heartbeat":{"replica":"00000000-0000-0000-0000-000000000000","nonce":7}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&message).unwrap(), text);
            assert_eq!(serde_json::from_str::<Message<'_>>(text).unwrap(), message);
        }
    }
}
