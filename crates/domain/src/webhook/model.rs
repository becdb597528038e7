//! Subscriptions.

use std::net::IpAddr;

use serde::Serialize;
use url::Host;

use crate::id::{OrganizationId, SubscriptionId};
use crate::outbound::{ChosenBy, OutboundUrl, is_public};
use crate::outbox::EventType;
use crate::text::bounded;
use crate::time::Timestamp;
use crate::validation::Invalid;

/// Subscriptions an organization may have.
pub const MAX_SUBSCRIPTIONS: i64 = 50;

/// Endings of names that never lead out of the own network.
const LOCAL_NAMES: &[&str] = &["localhost", "local", "internal", "lan", "home.arpa"];

/// Label of a subscription, 1–256 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct SubscriptionName(String);

impl SubscriptionName {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// Its length or control characters.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        bounded(text, 1, 256)?;
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a subscription wants to hear of: at least one type, each once, in the
/// order in which they were given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct SubscriptionEvents(Vec<EventType>);

impl SubscriptionEvents {
    /// Reads a list of names; repeated ones are kept once.
    ///
    /// # Errors
    ///
    /// An empty list or an unknown name.
    pub fn from_names<S: AsRef<str>>(names: &[S]) -> Result<Self, Invalid> {
        let mut events = Vec::with_capacity(names.len().min(EventType::ALL.len()));
        for name in names {
            let event: EventType = name.as_ref().parse().map_err(|Invalid(reason)| {
                Invalid::new(reason.replacen("Must be", "Each entry must be", 1))
            })?;
            if !events.contains(&event) {
                events.push(event);
            }
        }
        if events.is_empty() {
            return Err(Invalid::new("Must have at least 1 entry."));
        }
        Ok(Self(events))
    }

    /// The types.
    #[must_use]
    pub fn as_slice(&self) -> &[EventType] {
        &self.0
    }
}

/// How the URLs of receivers are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebhookTargets {
    /// Development switch: `http` and private addresses.
    pub allow_insecure: bool,
}

impl WebhookTargets {
    /// Reads the URL of a receiver. Names are looked up, and their addresses
    /// judged, at every delivery.
    ///
    /// # Errors
    ///
    /// When it is no URL that may be asked, or obviously one of the own
    /// network.
    pub fn read(self, text: &str) -> Result<OutboundUrl, Invalid> {
        let url = OutboundUrl::parse(text, ChosenBy::Stranger, self.allow_insecure)?;
        let admitted = self.allow_insecure
            || match url.host() {
                Some(Host::Ipv4(address)) => is_public(IpAddr::V4(address)),
                Some(Host::Ipv6(address)) => is_public(IpAddr::V6(address)),
                Some(Host::Domain(name)) => !is_local(name),
                None => false,
            };
        if admitted {
            Ok(url)
        } else {
            Err(Invalid::new(
                "Must not point to a private, local or reserved address.",
            ))
        }
    }
}

fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    !name.contains('.')
        || LOCAL_NAMES.iter().any(|local| {
            name.strip_suffix(local)
                .is_some_and(|rest| rest.ends_with('.'))
        })
}

/// An endpoint that wants to hear of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Id.
    pub subscription_id: SubscriptionId,
    /// Owner.
    pub organization_id: OrganizationId,
    /// Label.
    pub name: SubscriptionName,
    /// The receiver.
    pub url: String,
    /// What it wants to hear of.
    pub events: SubscriptionEvents,
    /// Whether it gets anything now.
    pub active: bool,
    /// Failed attempts since the last success.
    pub failure_count: i64,
    /// Creation.
    pub created_at: Timestamp,
    /// Last change by its owner.
    pub updated_at: Timestamp,
}

/// What a creation says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSubscription {
    /// Label.
    pub name: SubscriptionName,
    /// The receiver.
    pub url: OutboundUrl,
    /// What it wants to hear of.
    pub events: SubscriptionEvents,
}

/// A partial update; absent fields stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubscriptionPatch {
    /// New label.
    pub name: Option<SubscriptionName>,
    /// New receiver.
    pub url: Option<OutboundUrl>,
    /// New list, as a whole.
    pub events: Option<SubscriptionEvents>,
    /// Paused or resumed.
    pub active: Option<bool>,
}

impl SubscriptionPatch {
    /// Writes the fields that are set into `subscription`.
    pub fn apply(self, subscription: &mut Subscription, now: Timestamp) {
        if let Some(name) = self.name {
            subscription.name = name;
        }
        if let Some(url) = self.url {
            url.as_str().clone_into(&mut subscription.url);
        }
        if let Some(events) = self.events {
            subscription.events = events;
        }
        if let Some(active) = self.active {
            subscription.active = active;
        }
        subscription.updated_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_are_outside_and_reached_over_https() {
        let read = |text| WebhookTargets::default().read(text);
        for good in [
            "https://hooks.acme.example/agents?x=1",
            "https://8.8.8.8/hook",
            "https://localhost.acme.example/",
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
        for bad in [
            "http://hooks.acme.example/",
            "https://user:secret@hooks.acme.example/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://printer/",
            "https://db.internal/",
            "https://api.localhost:8443/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://169.254.169.254/latest",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "hooks.acme.example",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let insecure = WebhookTargets {
            allow_insecure: true,
        };
        assert!(insecure.read("http://127.0.0.1:8080/").is_ok());
    }

    #[test]
    fn events_are_distinct_and_at_least_one() {
        let events =
            SubscriptionEvents::from_names(&["token.issued", "agent.created", "token.issued"])
                .unwrap();
        assert_eq!(
            events.as_slice(),
            [EventType::TokenIssued, EventType::AgentCreated]
        );
        assert!(SubscriptionEvents::from_names::<&str>(&[]).is_err());
        let unknown = SubscriptionEvents::from_names(&["agent.*"]).unwrap_err();
        assert!(
            unknown
                .0
                .starts_with("Each entry must be one of: agent.created, ")
        );
    }
}
