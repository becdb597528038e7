//! What the product counts. Adapters and use cases report here; the server
//! turns it into Prometheus series.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::agent::DeploymentEnv;
use crate::billing::{EventOutcome, StripeEventType};
use crate::id::{AgentId, OrganizationId};
use crate::scaffold::Language;
use crate::scope::ScopeSet;

/// Receiver of measurements. Every method has an empty default, so that an
/// embedding program implements only what it wants to see.
pub trait Metrics: Send + Sync {
    /// An agent was registered.
    fn agent_registered(&self, _environment: DeploymentEnv) {}
    /// An agent was decommissioned.
    fn agent_decommissioned(&self, _environment: DeploymentEnv) {}
    /// An access token was issued.
    fn token_issued(&self, _scopes: ScopeSet) {}
    /// An introspection was answered.
    fn token_introspected(&self, _active: bool) {}
    /// A token was revoked that was not revoked before.
    fn token_revoked(&self) {}
    /// A delegation was created.
    fn delegation_created(&self) {}
    /// A delegation was verified, whatever the result.
    fn delegation_verified(&self) {}
    /// A delegation was revoked that was not revoked before.
    fn delegation_revoked(&self) {}
    /// Webhook deliveries of an organization are watched from now on: its
    /// count of dead letters begins at zero.
    fn webhooks_watched(&self, _organization: OrganizationId) {}
    /// A webhook delivery of an organization became a dead letter.
    fn webhook_dead_letter(&self, _organization: OrganizationId) {}
    /// A verified event of Stripe was processed.
    fn stripe_event(&self, _event_type: StripeEventType, _outcome: EventOutcome) {}
    /// A starter project was generated and packed in this time.
    fn scaffold_generated(&self, _language: Language, _elapsed: Duration) {}
    /// A database query ended, successfully or not.
    fn database_query(&self, _elapsed: Duration) {}
    /// A Redis command ended, successfully or not.
    fn redis_command(&self, _command: &'static str, _elapsed: Duration) {}
    /// A policy was loaded.
    fn policy_loaded(&self) {}
    /// A policy was refused at reload.
    fn policy_reload_failed(&self) {}
    /// A verification of all audit logs ended.
    fn audit_verified(&self, _intact: bool) {}
    /// A scan of all credentials ended: so many end soon, by agent.
    fn credentials_expiring(&self, _agents: &BTreeMap<AgentId, u64>) {}
}

/// Measures nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMetrics;

impl Metrics for NoMetrics {}
