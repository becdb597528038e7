//! One transaction on one connection.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::agent::AgentStore;
use agentidp_domain::audit::AuditStore;
use agentidp_domain::billing::BillingStore;
use agentidp_domain::change::ChangeStore;
use agentidp_domain::compliance::ComplianceStore;
use agentidp_domain::credential::CredentialStore;
use agentidp_domain::delegation::DelegationStore;
use agentidp_domain::did::DidKeyStore;
use agentidp_domain::encryption::FieldCipher;
use agentidp_domain::error::StoreError;
use agentidp_domain::federation::PartnerStore;
use agentidp_domain::marketplace::MarketplaceStore;
use agentidp_domain::organization::OrganizationStore;
use agentidp_domain::outbox::{OutboxStore, StreamQueue};
use agentidp_domain::tier::TierStore;
use agentidp_domain::token::{JournalStore, SigningKeyStore, TokenStore};
use agentidp_domain::unit_of_work::{LockStore, UnitOfWork};
use agentidp_domain::usage::UsageStore;
use agentidp_domain::vault::VaultRemovalStore;
use agentidp_domain::webhook::{DeliveryStore, SubscriptionStore};
use agentidp_domain::workload::TrustPolicyStore;
use async_trait::async_trait;
use diesel_async::SimpleAsyncConnection;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tracing::{Instrument, debug_span};

use super::{COMMIT, Connection, Lease, connection, detach, failed};

/// How long a dropped transaction may take to roll back before its connection
/// is closed instead.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(5);

/// A transaction, or with no begin statement a series of single reads.
pub(super) struct SqlUnitOfWork {
    lease: Option<Lease>,
    /// A transaction is open on the connection.
    open: bool,
    /// Rows that are read for a change are locked.
    pub(super) writing: bool,
    /// A stream of rows was begun and not read to its end.
    pub(super) streaming: bool,
    /// Time for all rows of one stream.
    pub(super) rows_within: Duration,
    pub(super) cipher: Arc<FieldCipher>,
    runtime: Handle,
}

impl SqlUnitOfWork {
    pub(super) async fn begin(
        lease: Lease,
        begin: Option<&str>,
        writing: bool,
        rows_within: Duration,
        cipher: Arc<FieldCipher>,
        runtime: Handle,
    ) -> Result<Self, StoreError> {
        // Complete before the first await: if the caller gives up meanwhile,
        // the connection does not go back with a transaction open.
        let mut work = Self {
            lease: Some(lease),
            open: begin.is_some(),
            writing,
            streaming: false,
            rows_within,
            cipher,
            runtime,
        };
        if let Some(begin) = begin {
            work.execute(begin)
                .instrument(debug_span!("db.begin"))
                .await?;
        }
        Ok(work)
    }

    pub(super) fn conn(&mut self) -> Result<&mut Connection, StoreError> {
        self.lease
            .as_mut()
            .and_then(connection)
            .ok_or_else(|| StoreError::Backend("the transaction has ended".to_owned()))
    }

    pub(super) async fn finish(mut self) -> Result<(), StoreError> {
        if self.open {
            self.execute(COMMIT)
                .instrument(debug_span!("db.commit"))
                .await?;
            self.open = false;
        }
        Ok(())
    }

    async fn execute(&mut self, sql: &str) -> Result<(), StoreError> {
        self.conn()?.batch_execute(sql).await.map_err(failed)
    }
}

impl Drop for SqlUnitOfWork {
    fn drop(&mut self) {
        // Whoever gets the connection next would wait for the rest of the rows,
        // which may never come; so would a rollback.
        if self.streaming
            && let Some(lease) = self.lease.take()
        {
            detach(lease);
        }
        if !self.open {
            return;
        }
        if let Some(lease) = self.lease.take() {
            self.runtime.spawn(Dirty(Some(lease)).roll_back());
        }
    }
}

/// A connection with a transaction open. It goes back to the pool only after
/// its rollback; in any other case it is closed, which rolls back too.
struct Dirty(Option<Lease>);

impl Dirty {
    async fn roll_back(mut self) {
        if let Some(connection) = self.0.as_mut().and_then(connection)
            && let Ok(Ok(())) =
                timeout(ROLLBACK_TIMEOUT, connection.batch_execute("ROLLBACK")).await
        {
            drop(self.0.take());
        }
    }
}

impl Drop for Dirty {
    fn drop(&mut self) {
        if let Some(lease) = self.0.take() {
            detach(lease);
        }
    }
}

#[async_trait]
impl UnitOfWork for SqlUnitOfWork {
    fn agents(&mut self) -> &mut dyn AgentStore {
        self
    }

    fn credentials(&mut self) -> &mut dyn CredentialStore {
        self
    }

    fn organizations(&mut self) -> &mut dyn OrganizationStore {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditStore {
        self
    }

    fn tokens(&mut self) -> &mut dyn TokenStore {
        self
    }

    fn journal(&mut self) -> &mut dyn JournalStore {
        self
    }

    fn signing_keys(&mut self) -> &mut dyn SigningKeyStore {
        self
    }

    fn did_keys(&mut self) -> &mut dyn DidKeyStore {
        self
    }

    fn trust_policies(&mut self) -> &mut dyn TrustPolicyStore {
        self
    }

    fn partners(&mut self) -> &mut dyn PartnerStore {
        self
    }

    fn delegations(&mut self) -> &mut dyn DelegationStore {
        self
    }

    fn outbox(&mut self) -> &mut dyn OutboxStore {
        self
    }

    fn stream(&mut self) -> &mut dyn StreamQueue {
        self
    }

    fn subscriptions(&mut self) -> &mut dyn SubscriptionStore {
        self
    }

    fn deliveries(&mut self) -> &mut dyn DeliveryStore {
        self
    }

    fn marketplace(&mut self) -> &mut dyn MarketplaceStore {
        self
    }

    fn tiers(&mut self) -> &mut dyn TierStore {
        self
    }

    fn billing(&mut self) -> &mut dyn BillingStore {
        self
    }

    fn usage(&mut self) -> &mut dyn UsageStore {
        self
    }

    fn compliance(&mut self) -> &mut dyn ComplianceStore {
        self
    }

    fn vault_removals(&mut self) -> &mut dyn VaultRemovalStore {
        self
    }

    fn changes(&mut self) -> &mut dyn ChangeStore {
        self
    }

    fn locks(&mut self) -> &mut dyn LockStore {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.finish().await
    }
}
