//! Webhooks.

use agentidp_domain::webhook::{Backoff, WebhookTargets};

use crate::config::foreign::ForeignConfig;
use crate::config::reader::Reader;

/// Settings of webhooks.
#[derive(Debug)]
pub(crate) struct WebhookConfig {
    /// Attempts and the waits between them.
    pub(crate) backoff: Backoff,
    /// How the URLs of receivers are read.
    pub(crate) targets: WebhookTargets,
}

impl WebhookConfig {
    pub(super) fn read(reader: &mut Reader<'_>, foreign: &ForeignConfig) -> Self {
        Self {
            backoff: Backoff {
                max_attempts: reader.number("WEBHOOK_MAX_RETRIES", 10, 1..=100),
            },
            targets: WebhookTargets {
                allow_insecure: foreign.allow_insecure,
            },
        }
    }
}
