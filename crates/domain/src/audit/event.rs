//! Audit events as they are written and as they are stored.

use serde_json::{Map, Value};

use crate::caller::Origin;
use crate::id::{AgentId, EventId, OrganizationId};
use crate::text::cut;
use crate::time::Timestamp;
use crate::wire_enum;

/// Member of the metadata of a `token.issued` that is true when the token is
/// the session of a browser, which counts neither as usage nor for any limit.
pub(crate) const SESSION_FLAG: &str = "session";

wire_enum! {
    /// What happened.
    Action {
        /// An agent was registered.
        AgentCreated = "agent.created",
        /// An agent's record changed.
        AgentUpdated = "agent.updated",
        /// An agent was suspended.
        AgentSuspended = "agent.suspended",
        /// An agent was reactivated.
        AgentReactivated = "agent.reactivated",
        /// An agent was decommissioned.
        AgentDecommissioned = "agent.decommissioned",
        /// A credential was generated.
        CredentialGenerated = "credential.generated",
        /// A credential's secret was replaced.
        CredentialRotated = "credential.rotated",
        /// A credential was revoked.
        CredentialRevoked = "credential.revoked",
        /// A token was issued.
        TokenIssued = "token.issued",
        /// A token was introspected.
        TokenIntrospected = "token.introspected",
        /// A token was revoked.
        TokenRevoked = "token.revoked",
        /// A client failed to authenticate or was refused a token.
        AuthFailed = "auth.failed",
        /// A webhook subscription was created.
        WebhookCreated = "webhook.created",
        /// A webhook subscription was changed.
        WebhookUpdated = "webhook.updated",
        /// A webhook subscription was deleted.
        WebhookDeleted = "webhook.deleted",
        /// An organization was created.
        OrganizationCreated = "organization.created",
        /// An organization's record changed.
        OrganizationUpdated = "organization.updated",
        /// An organization was suspended.
        OrganizationSuspended = "organization.suspended",
        /// An organization was reactivated.
        OrganizationReactivated = "organization.reactivated",
        /// An organization was deleted.
        OrganizationDeleted = "organization.deleted",
        /// A member joined an organization.
        OrganizationMemberAdded = "organization.member_added",
        /// A trust policy was created.
        TrustPolicyCreated = "trust_policy.created",
        /// A trust policy was deleted.
        TrustPolicyDeleted = "trust_policy.deleted",
        /// A federation partner was registered.
        FederationPartnerRegistered = "federation.partner_registered",
        /// A federation partner was changed.
        FederationPartnerUpdated = "federation.partner_updated",
        /// A federation partner was deleted.
        FederationPartnerDeleted = "federation.partner_deleted",
        /// A token of a partner was verified.
        FederationTokenVerified = "federation.token_verified",
        /// A delegation was created.
        DelegationCreated = "delegation.created",
        /// A delegation was revoked.
        DelegationRevoked = "delegation.revoked",
        /// A delegation was verified.
        DelegationVerified = "delegation.verified",
        /// A subscription was activated.
        BillingSubscriptionActivated = "billing.subscription_activated",
        /// A subscription was cancelled.
        BillingSubscriptionCancelled = "billing.subscription_cancelled",
        /// A payment failed.
        BillingPaymentFailed = "billing.payment_failed",
        /// A plan was upgraded.
        TierUpgraded = "tier.upgraded",
        /// A scaffold was generated.
        ScaffoldGenerated = "scaffold.generated",
    }
}

wire_enum! {
    /// How it ended.
    Outcome {
        /// As wanted.
        Success = "success",
        /// Refused.
        Failure = "failure",
    }
}

/// The `agentId` of an event: the agent it is about, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventSubject(Option<AgentId>);

impl EventSubject {
    /// No agent is concerned; written as the nil UUID.
    pub const NONE: Self = Self(None);

    /// The text that is hashed and stored.
    #[must_use]
    pub fn text(self) -> String {
        self.0
            .map_or_else(|| uuid::Uuid::nil().to_string(), |agent| agent.to_string())
    }
}

impl From<AgentId> for EventSubject {
    fn from(agent: AgentId) -> Self {
        Self(Some(agent))
    }
}

/// Metadata of an event: strings, booleans, null, integers and lists of
/// strings; never secrets or tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(Map<String, Value>);

impl Metadata {
    /// No members.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text; U+0000, which no store can hold, is replaced.
    #[must_use]
    pub fn text(self, key: &str, value: impl Into<String>) -> Self {
        let mut value = value.into();
        if value.contains('\0') {
            value = value.replace('\0', "\u{fffd}");
        }
        self.value(key, Value::String(value))
    }

    /// Adds a text or null.
    #[must_use]
    pub fn optional(self, key: &str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.text(key, value),
            None => self.value(key, Value::Null),
        }
    }

    /// Adds a boolean.
    #[must_use]
    pub fn flag(self, key: &str, value: bool) -> Self {
        self.value(key, Value::Bool(value))
    }

    /// Adds a list of texts.
    #[must_use]
    pub fn list(self, key: &str, values: &[&str]) -> Self {
        self.value(key, values.iter().copied().collect())
    }

    /// Adds all members of `other`.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn value(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }

    /// The JSON object.
    #[must_use]
    pub fn into_json(self) -> Value {
        Value::Object(self.0)
    }
}

/// An event that is not in a log yet: it has no position and no hash.
#[derive(Clone, Debug)]
pub struct NewAuditEvent {
    /// Its id.
    pub event_id: EventId,
    /// The log it goes to.
    pub organization_id: OrganizationId,
    /// When it happened; raised to its predecessor's time if that is later.
    pub occurred_at: Timestamp,
    /// What happened.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// The agent concerned.
    pub subject: EventSubject,
    /// Address of the client.
    pub ip_address: String,
    /// `User-Agent` of the client, at most 512 characters.
    pub user_agent: String,
    /// Further facts.
    pub metadata: Metadata,
}

impl NewAuditEvent {
    /// A successful `action` on `subject` in the log of `organization_id`.
    #[must_use]
    pub fn new(
        ports: &crate::ports::Ports,
        origin: &Origin,
        organization_id: OrganizationId,
        action: Action,
        subject: impl Into<EventSubject>,
    ) -> Self {
        let agent = origin.user_agent.as_deref().unwrap_or("unknown");
        Self {
            event_id: EventId::new(ports.random.uuid()),
            organization_id,
            occurred_at: ports.now(),
            action,
            outcome: Outcome::Success,
            subject: subject.into(),
            ip_address: origin.ip_text(),
            user_agent: cut(agent, 512).replace('\0', "\u{fffd}"),
            metadata: Metadata::new(),
        }
    }

    /// The same event with `metadata`.
    #[must_use]
    pub fn with(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The same event with outcome `failure`.
    #[must_use]
    pub fn failed(mut self) -> Self {
        self.outcome = Outcome::Failure;
        self
    }
}

/// A stored event, exactly as the store has it. Words are kept as text, so
/// that an altered row can still be shown and named.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRecord {
    /// Id.
    pub event_id: EventId,
    /// The log.
    pub organization_id: OrganizationId,
    /// Position in the log, from 0.
    pub sequence: i64,
    /// Unix microseconds; whole milliseconds unless the row was altered.
    pub timestamp_micros: i64,
    /// Name of the action.
    pub action: String,
    /// Name of the outcome.
    pub outcome: String,
    /// Agent concerned.
    pub agent_id: String,
    /// Client address.
    pub ip_address: String,
    /// Client software.
    pub user_agent: String,
    /// Further facts, a JSON object.
    pub metadata: Value,
    /// Hash of the event before it; empty at position 0.
    pub previous_hash: String,
    /// Hash of this event, 64 lower-case hex characters.
    pub hash: String,
}

impl AuditRecord {
    /// As [`StoredEvent::timestamp`].
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.as_stored().timestamp()
    }

    /// The same event without texts of its own.
    #[must_use]
    pub fn as_stored(&self) -> StoredEvent<'_> {
        StoredEvent {
            event_id: self.event_id,
            organization_id: self.organization_id,
            sequence: self.sequence,
            timestamp_micros: self.timestamp_micros,
            action: &self.action,
            outcome: &self.outcome,
            agent_id: &self.agent_id,
            ip_address: &self.ip_address,
            user_agent: &self.user_agent,
            metadata: Facts::Value(&self.metadata),
            previous_hash: &self.previous_hash,
            hash: &self.hash,
        }
    }
}

/// An [`AuditRecord`] on its way past: what is judged and forgotten by the million
/// is not copied.
#[derive(Clone, Copy, Debug)]
pub struct StoredEvent<'a> {
    /// Id.
    pub event_id: EventId,
    /// The log.
    pub organization_id: OrganizationId,
    /// Position in the log, from 0.
    pub sequence: i64,
    /// Unix microseconds; whole milliseconds unless the row was altered.
    pub timestamp_micros: i64,
    /// Name of the action.
    pub action: &'a str,
    /// Name of the outcome.
    pub outcome: &'a str,
    /// Agent concerned.
    pub agent_id: &'a str,
    /// Client address.
    pub ip_address: &'a str,
    /// Client software.
    pub user_agent: &'a str,
    /// Further facts.
    pub metadata: Facts<'a>,
    /// Hash of the event before it; empty at position 0.
    pub previous_hash: &'a str,
    /// Hash of this event, 64 lower-case hex characters.
    pub hash: &'a str,
}

/// The metadata of a [`StoredEvent`].
#[derive(Clone, Copy, Debug)]
pub enum Facts<'a> {
    /// A JSON object.
    Value(&'a Value),
    /// Its text, as the store has it.
    Text(&'a str),
}

impl StoredEvent<'_> {
    /// The time, if it is a whole number of milliseconds inside the calendar.
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        (self.timestamp_micros % 1000 == 0)
            .then(|| Timestamp::from_unix_millis(self.timestamp_micros / 1000))
            .flatten()
    }
}
