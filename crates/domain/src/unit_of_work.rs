//! Transactions: the use case owns them, stores never begin one.

use async_trait::async_trait;

use crate::agent::AgentStore;
use crate::audit::AuditStore;
use crate::billing::BillingStore;
use crate::change::ChangeStore;
use crate::compliance::ComplianceStore;
use crate::credential::CredentialStore;
use crate::delegation::DelegationStore;
use crate::did::DidKeyStore;
use crate::error::StoreError;
use crate::federation::PartnerStore;
use crate::id::OrganizationId;
use crate::marketplace::MarketplaceStore;
use crate::organization::OrganizationStore;
use crate::outbox::{OutboxStore, StreamQueue};
use crate::tier::TierStore;
use crate::time::Timestamp;
use crate::token::{JournalStore, SigningKeyStore, TokenStore};
use crate::usage::UsageStore;
use crate::vault::VaultRemovalStore;
use crate::webhook::{DeliveryStore, SubscriptionStore};
use crate::workload::TrustPolicyStore;

/// Whose rows a transaction may see and write.
///
/// On PostgreSQL the tenant scope is enforced by row-level security on agents,
/// credentials and audit events, as a second line of defence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Rows of one organization.
    Organization(OrganizationId),
    /// All rows: background work, look-ups by client id, by-id ownership
    /// checks, platform-wide administration.
    System,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Reads and writes.
    Write,
    /// A few reads, each seeing what is committed when it runs.
    Read,
    /// Reads over one consistent snapshot.
    Snapshot,
}

/// The port to a transactional store.
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a transaction.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when no connection can be had in time.
    async fn begin(&self, scope: Scope, mode: Mode) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// Runs the cheapest query there is.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// One transaction. Dropping it without [`commit`](Self::commit) undoes
/// everything done in it.
///
/// Only storage calls belong between `begin` and `commit`: no network, no
/// hashing, no waiting for anything else.
#[async_trait]
pub trait UnitOfWork: Send {
    /// Agents.
    fn agents(&mut self) -> &mut dyn AgentStore;
    /// Credentials.
    fn credentials(&mut self) -> &mut dyn CredentialStore;
    /// Organizations and their members.
    fn organizations(&mut self) -> &mut dyn OrganizationStore;
    /// Audit logs.
    fn audit(&mut self) -> &mut dyn AuditStore;
    /// Revocations and not-before markers.
    fn tokens(&mut self) -> &mut dyn TokenStore;
    /// What the issuance journal reads and writes per batch.
    fn journal(&mut self) -> &mut dyn JournalStore;
    /// Signing keys.
    fn signing_keys(&mut self) -> &mut dyn SigningKeyStore;
    /// Keys of decentralized identifiers.
    fn did_keys(&mut self) -> &mut dyn DidKeyStore;
    /// Trust policies of the workload exchange.
    fn trust_policies(&mut self) -> &mut dyn TrustPolicyStore;
    /// Federation partners.
    fn partners(&mut self) -> &mut dyn PartnerStore;
    /// Delegations and their keys.
    fn delegations(&mut self) -> &mut dyn DelegationStore;
    /// Platform events on their way out.
    fn outbox(&mut self) -> &mut dyn OutboxStore;
    /// Those of them that wait for the event stream.
    fn stream(&mut self) -> &mut dyn StreamQueue;
    /// Webhook subscriptions.
    fn subscriptions(&mut self) -> &mut dyn SubscriptionStore;
    /// Deliveries to them.
    fn deliveries(&mut self) -> &mut dyn DeliveryStore;
    /// Public agents of all organizations.
    fn marketplace(&mut self) -> &mut dyn MarketplaceStore;
    /// Tiers of organizations.
    fn tiers(&mut self) -> &mut dyn TierStore;
    /// Subscriptions at Stripe and its events.
    fn billing(&mut self) -> &mut dyn BillingStore;
    /// How much is used.
    fn usage(&mut self) -> &mut dyn UsageStore;
    /// What reports and checks read, and the results that replicas share.
    fn compliance(&mut self) -> &mut dyn ComplianceStore;
    /// Secrets to remove from Vault.
    fn vault_removals(&mut self) -> &mut dyn VaultRemovalStore;
    /// The feed of changes other replicas have to know.
    fn changes(&mut self) -> &mut dyn ChangeStore;
    /// Locks that keep a piece of work to one replica.
    fn locks(&mut self) -> &mut dyn LockStore;

    /// Makes everything durable and visible.
    ///
    /// # Errors
    ///
    /// When the store did not confirm; nothing may be taken for done then.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Named locks, held until the end of the transaction, and leases, which
/// outlive it.
#[async_trait]
pub trait LockStore: Send {
    /// Waits for the lock.
    async fn lock(&mut self, name: &str) -> Result<(), StoreError>;

    /// Takes the lock if it is free; `false` when somebody else holds it.
    async fn try_lock(&mut self, name: &str) -> Result<bool, StoreError>;

    /// Takes or renews a lease for `holder` until a time; `false` when another
    /// one has it, whose time is not over `now`.
    async fn lease(
        &mut self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Ends a lease `now`, if `holder` has it.
    async fn release(&mut self, name: &str, holder: &str, now: Timestamp)
    -> Result<(), StoreError>;
}
