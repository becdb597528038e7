//! Platform events.

use serde_json::{Map, Value, json};

use crate::agent::{Agent, AgentStatus};
use crate::credential::Credential;
use crate::id::{AgentId, CredentialId, OrganizationId, PlatformEventId};
use crate::ports::Ports;
use crate::time::Timestamp;
use crate::token::AccessTokenClaims;
use crate::wire_enum;

wire_enum! {
    /// What an event tells of.
    EventType {
        /// An agent was registered.
        AgentCreated = "agent.created",
        /// The record of an agent changed, its state did not.
        AgentUpdated = "agent.updated",
        /// An agent was suspended.
        AgentSuspended = "agent.suspended",
        /// An agent became active again.
        AgentReactivated = "agent.reactivated",
        /// An agent was decommissioned.
        AgentDecommissioned = "agent.decommissioned",
        /// A credential was generated.
        CredentialGenerated = "credential.generated",
        /// The secret of a credential was replaced.
        CredentialRotated = "credential.rotated",
        /// A credential was revoked.
        CredentialRevoked = "credential.revoked",
        /// An access token was issued, by any grant.
        TokenIssued = "token.issued",
        /// An access token was revoked.
        TokenRevoked = "token.revoked",
    }
}

impl EventType {
    /// The event of a change of an agent: a transition decides, as for the
    /// audit log.
    #[must_use]
    pub const fn of_change(transition: Option<AgentStatus>) -> Self {
        match transition {
            None => Self::AgentUpdated,
            Some(AgentStatus::Active) => Self::AgentReactivated,
            Some(AgentStatus::Suspended) => Self::AgentSuspended,
            Some(AgentStatus::Decommissioned) => Self::AgentDecommissioned,
        }
    }
}

/// Something that happened, for those outside who want to know. It never
/// holds secrets, tokens or hashes.
#[derive(Clone, Debug, PartialEq)]
pub struct PlatformEvent {
    /// Id; the same for everybody who is told of it.
    pub event_id: PlatformEventId,
    /// Whose event it is.
    pub organization_id: OrganizationId,
    /// What it tells of.
    pub event_type: EventType,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What happened, members in camelCase.
    pub data: Map<String, Value>,
}

impl PlatformEvent {
    fn new(
        ports: &Ports,
        organization_id: OrganizationId,
        event_type: EventType,
        data: Value,
    ) -> Self {
        Self {
            event_id: PlatformEventId::new(ports.random.uuid()),
            organization_id,
            event_type,
            occurred_at: ports.now(),
            data: match data {
                Value::Object(members) => members,
                _ => Map::new(),
            },
        }
    }

    /// An event of an agent.
    #[must_use]
    pub fn of_agent(ports: &Ports, event_type: EventType, agent: &Agent) -> Self {
        let data = json!({
            "agentId": agent.agent_id,
            "agentType": agent.agent_type,
            "owner": agent.owner.as_str(),
            "deploymentEnv": agent.deployment_env,
            "status": agent.status,
        });
        Self::new(ports, agent.organization_id, event_type, data)
    }

    /// The same event with the names of the fields that changed.
    #[must_use]
    pub fn with_changed_fields(mut self, fields: &[&str]) -> Self {
        self.data.insert("changedFields".to_owned(), json!(fields));
        self
    }

    /// An event of a credential.
    #[must_use]
    pub fn of_credential(ports: &Ports, event_type: EventType, credential: &Credential) -> Self {
        let (agent, id) = (credential.agent_id, credential.credential_id);
        let organization = credential.organization_id;
        let expires_at = credential.expires_at;
        Self::of_credential_id(ports, event_type, organization, agent, (id, expires_at))
    }

    /// As [`of_credential`](Self::of_credential), for a credential of which id
    /// and end are known.
    #[must_use]
    pub fn of_credential_id(
        ports: &Ports,
        event_type: EventType,
        organization: OrganizationId,
        agent: AgentId,
        (id, expires_at): (CredentialId, Option<Timestamp>),
    ) -> Self {
        let data = json!({
            "agentId": agent,
            "credentialId": id,
            "expiresAt": expires_at.map(|time| time.to_string()),
        });
        Self::new(ports, organization, event_type, data)
    }

    /// An event of an access token.
    #[must_use]
    pub fn of_token(
        ports: &Ports,
        event_type: EventType,
        organization: OrganizationId,
        claims: &AccessTokenClaims,
    ) -> Self {
        let expires_at = claims
            .expires_at
            .checked_mul(1000)
            .and_then(Timestamp::from_unix_millis);
        let data = json!({
            "agentId": claims.subject.agent(),
            "jti": claims.token_id,
            "scope": claims.scopes.to_string(),
            "expiresAt": expires_at.map(|time| time.to_string()),
        });
        Self::new(ports, organization, event_type, data)
    }

    /// The JSON object that is sent to receivers.
    #[must_use]
    pub fn envelope(&self) -> Value {
        json!({
            "id": self.event_id,
            "event": self.event_type,
            "timestamp": self.occurred_at.to_string(),
            "organization_id": self.organization_id,
            "data": self.data,
        })
    }
}
