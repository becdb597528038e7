//! The ports to revocations, the issuance journal and signing keys.

use async_trait::async_trait;

use crate::audit::{AuditRecord, LogHead};
use crate::credential::Selector;
use crate::error::StoreError;
use crate::id::{AgentId, CredentialId, OrganizationId, TokenId, TrustPolicyId};
use crate::organization::Organization;
use crate::time::{Month, Timestamp};
use crate::token::StoredKey;
use crate::usage::UsageDelta;

/// A revoked token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevocationRow {
    /// Its `jti`.
    pub token_id: TokenId,
    /// Its agent.
    pub agent_id: Option<AgentId>,
    /// Its `exp`, Unix seconds.
    pub expires_at: i64,
    /// When it was revoked.
    pub revoked_at: Timestamp,
}

/// What the tables say about one token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RevocationState {
    /// The token itself was revoked.
    pub revoked: bool,
    /// Not-before marker of its agent, Unix seconds.
    pub agent_not_before: Option<i64>,
    /// Not-before marker of its organization, Unix seconds.
    pub organization_not_before: Option<i64>,
}

impl RevocationState {
    /// Whether a token issued at `issued_at` (Unix seconds) has ended.
    #[must_use]
    pub fn ends(&self, issued_at: i64) -> bool {
        let marked = |marker: Option<i64>| marker.is_some_and(|marker| issued_at <= marker);
        self.revoked || marked(self.agent_not_before) || marked(self.organization_not_before)
    }
}

/// A not-before marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotBefore {
    /// Of an agent.
    Agent(AgentId, i64),
    /// Of an organization.
    Organization(OrganizationId, i64),
}

/// Stored revocations and not-before markers.
#[async_trait]
pub trait TokenStore: Send {
    /// What is known about a token of `agent` in `organization`; a bootstrap
    /// token has no agent.
    async fn revocation_state(
        &mut self,
        token: TokenId,
        agent: Option<AgentId>,
        organization: OrganizationId,
    ) -> Result<RevocationState, StoreError>;

    /// All revocations of tokens that expire after `now`, Unix seconds.
    async fn live_revocations(&mut self, now: i64) -> Result<Vec<RevocationRow>, StoreError>;

    /// All not-before markers later than `after`, Unix seconds.
    async fn not_before_markers(&mut self, after: i64) -> Result<Vec<NotBefore>, StoreError>;

    /// Raises the not-before marker of an agent; `false` when there is no
    /// such agent.
    async fn end_agent_tokens(
        &mut self,
        agent: AgentId,
        not_before: i64,
    ) -> Result<bool, StoreError>;

    /// Raises the not-before marker of an organization; `false` when there is
    /// no such organization.
    async fn end_organization_tokens(
        &mut self,
        organization: OrganizationId,
        not_before: i64,
    ) -> Result<bool, StoreError>;

    /// Removes at most `limit` revocations of tokens that expired before `now`,
    /// Unix seconds, those that expired first at first; returns how many.
    async fn prune_revocations(&mut self, now: i64, limit: i64) -> Result<u64, StoreError>;

    /// Tokens issued for an organization in a month.
    async fn issued_in(
        &mut self,
        organization: OrganizationId,
        month: Month,
    ) -> Result<i64, StoreError>;
}

/// A credential as the journal finds it when it makes a token durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialState {
    /// The credential.
    pub credential_id: CredentialId,
    /// Its present selector: another one after a rotation.
    pub selector: Selector,
    /// Whether credential and agent are both `active`.
    pub active: bool,
}

/// What an organization may issue and has issued.
#[derive(Clone, Debug)]
pub struct Quota {
    /// The organization, with its limits and state.
    pub organization: Organization,
    /// Tokens issued in the month asked for.
    pub issued: i64,
}

/// What a batch of the issuance journal writes in every case.
#[derive(Clone, Copy, Debug)]
pub struct BatchRows<'a> {
    /// Its events.
    pub records: &'a [AuditRecord],
    /// The new ends of their logs.
    pub heads: &'a [LogHead],
    /// Usage that the events stand for.
    pub usage: &'a [UsageDelta],
    /// The month in which tokens count.
    pub month: Month,
    /// Tokens issued, per organization.
    pub issued: &'a [(OrganizationId, i64)],
}

/// What a batch of the issuance journal reads and writes, a few statements
/// for hundreds of tokens. All methods rely on the locked audit heads of the
/// organizations concerned.
#[async_trait]
pub trait JournalStore: Send {
    /// Present state of credentials; unknown ones are left out.
    async fn credential_states(
        &mut self,
        credentials: &[CredentialId],
    ) -> Result<Vec<CredentialState>, StoreError>;

    /// Those of `policies` that exist and whose agent, if they have one, is
    /// active.
    async fn usable_policies(
        &mut self,
        policies: &[TrustPolicyId],
    ) -> Result<Vec<TrustPolicyId>, StoreError>;

    /// Limits, state and count of organizations in `month`.
    async fn quotas(
        &mut self,
        organizations: &[OrganizationId],
        month: Month,
    ) -> Result<Vec<Quota>, StoreError>;

    /// Writes what became of a batch.
    async fn write(&mut self, rows: BatchRows<'_>) -> Result<(), StoreError>;

    /// Adds revocations that are not there yet; returns the ids that were
    /// added.
    async fn add_revocations(
        &mut self,
        revocations: &[RevocationRow],
    ) -> Result<Vec<TokenId>, StoreError>;
}

/// Stored signing keys. Private parts are encrypted at rest by the store.
#[async_trait]
pub trait SigningKeyStore: Send {
    /// All keys that have not expired at `now`, oldest first.
    async fn live(&mut self, now: Timestamp) -> Result<Vec<StoredKey>, StoreError>;

    /// Adds a key.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] on [`Constraint::SigningKey`] when a key with
    /// this `kid` exists, expired or not.
    ///
    /// [`Constraint::SigningKey`]: crate::error::Constraint::SigningKey
    async fn insert(&mut self, key: &StoredKey) -> Result<(), StoreError>;

    /// Makes `kid` the current key; whichever was current before is not any
    /// more and expires at `previous_expires_at`.
    async fn promote(
        &mut self,
        kid: &str,
        previous_expires_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Ends a key that is not current.
    async fn expire(&mut self, kid: &str, at: Timestamp) -> Result<(), StoreError>;

    /// Whether a key with this `kid` was ever in the ring.
    async fn knows(&mut self, kid: &str) -> Result<bool, StoreError>;

    /// Removes the private part of keys that expired before `now`; the row
    /// stays, so that an imported key does not come back. Returns the `kid`s of
    /// those that lie in Vault.
    async fn prune(&mut self, now: Timestamp) -> Result<Vec<String>, StoreError>;
}
