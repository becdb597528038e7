//! Checks of controls. Their results go to the board, and those that one
//! replica finds for all also to the store.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::compliance::{Control, ControlBoard, ControlState, ControlStatus, ExpiryRange};
use crate::encryption::{FieldCipher, InvalidKeyRing};
use crate::error::StoreError;
use crate::id::AgentId;
use crate::ports::Ports;
use crate::time::Timestamp;
use crate::unit_of_work::{Scope, UnitOfWork};

/// Controls that one replica checks for all.
const SHARED: [Control; 2] = [Control::AuditLogIntegrity, Control::SecretsRotation];

/// Keeps the check of credentials to one replica.
const LOCK: &str = "secrets-rotation";

/// Agents read at once.
const PAGE: i64 = 1_000;

/// Dead letters of the last hour that are no breach.
const TOLERATED: i64 = 10;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Checks controls; cheap to clone.
#[derive(Clone)]
pub struct ControlChecks {
    ports: Ports,
    board: Arc<ControlBoard>,
}

impl ControlChecks {
    /// Checks over `ports` whose results go to `board`.
    #[must_use]
    pub fn new(ports: Ports, board: Arc<ControlBoard>) -> Self {
        Self { ports, board }
    }

    /// Notes a result.
    pub fn set(&self, control: Control, status: ControlStatus) {
        self.board.set(control, self.state(status));
    }

    /// Notes a result, also for the other replicas; these miss it, and the log
    /// says so, when the store fails.
    pub async fn publish(&self, control: Control, status: ControlStatus) {
        let state = self.state(status);
        self.board.set(control, state);
        if let Err(error) = self.share(control, state).await {
            tracing::warn!(%error, %control, %status, "other replicas do not learn of a check");
        }
    }

    /// Takes over what other replicas have found.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn adopt(&self) -> Result<(), StoreError> {
        let mut work = self.ports.read(Scope::System).await?;
        let found = work.compliance().statuses(&SHARED).await?;
        work.commit().await?;
        for (control, state) in found {
            self.board.adopt(control, state);
        }
        Ok(())
    }

    /// Runs a check that notes its result itself. When it fails, panics or is
    /// given up, the control is unknown.
    ///
    /// # Errors
    ///
    /// That of the check.
    pub async fn attempt<T>(
        &self,
        control: Control,
        check: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut unsettled = Unsettled {
            checks: self,
            control: Some(control),
        };
        let result = check.await;
        if result.is_ok() {
            unsettled.control = None;
        } else if SHARED.contains(&control) {
            self.publish(control, ControlStatus::Unknown).await;
            unsettled.control = None;
        }
        result
    }

    /// Checks the ring of encryption keys (CC6.1).
    ///
    /// # Errors
    ///
    /// When it does not work.
    pub fn encryption(&self, cipher: &FieldCipher) -> Result<(), InvalidKeyRing> {
        let result = cipher.self_test();
        let status = ControlStatus::passing_if(result.is_ok());
        self.set(Control::EncryptionAtRest, status);
        result
    }

    /// Counts credentials that end soon and looks for those that have ended
    /// (CC9.2); nothing happens while another replica is at it.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn rotation(&self) -> Result<(), StoreError> {
        let control = Control::SecretsRotation;
        self.attempt(control, self.scan_credentials(control)).await
    }

    /// Counts the dead letters of the last hour (CC7.1).
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn dead_letters(&self) -> Result<(), StoreError> {
        let control = Control::WebhookDeadLetters;
        self.attempt(control, self.count_dead_letters(control))
            .await
    }

    async fn scan_credentials(&self, control: Control) -> Result<(), StoreError> {
        let mut work = self.ports.write(Scope::System).await?;
        if !work.locks().try_lock(LOCK).await? {
            tracing::debug!("another replica checks the credentials");
            return Ok(());
        }
        let now = self.ports.now();
        let ending = ending(work.as_mut(), now).await?;
        let overdue = work.compliance().is_any_overdue(now).await?;
        let state = ControlState {
            status: ControlStatus::passing_if(!overdue),
            last_checked: now,
        };
        work.compliance().set_status(control, state).await?;
        work.commit().await?;
        self.board.set(control, state);
        self.ports.metrics.credentials_expiring(&ending);
        if overdue {
            tracing::warn!("active credentials of active agents are past their end");
        }
        Ok(())
    }

    async fn count_dead_letters(&self, control: Control) -> Result<(), StoreError> {
        let mut work = self.ports.read(Scope::System).await?;
        let since = self.ports.now().minus(HOUR);
        let count = work
            .compliance()
            .dead_letters_since(since, TOLERATED + 1)
            .await?;
        work.commit().await?;
        self.set(control, ControlStatus::passing_if(count <= TOLERATED));
        Ok(())
    }

    async fn share(&self, control: Control, state: ControlState) -> Result<(), StoreError> {
        let mut work = self.ports.write(Scope::System).await?;
        work.compliance().set_status(control, state).await?;
        work.commit().await
    }

    fn state(&self, status: ControlStatus) -> ControlState {
        ControlState {
            status,
            last_checked: self.ports.now(),
        }
    }
}

/// Agents with credentials that end soon, and their numbers.
async fn ending(
    work: &mut dyn UnitOfWork,
    now: Timestamp,
) -> Result<BTreeMap<AgentId, u64>, StoreError> {
    let range = ExpiryRange::soon(now);
    let (mut found, mut after) = (BTreeMap::new(), None);
    loop {
        let page = work
            .compliance()
            .ending_by_agent(range, after, PAGE)
            .await?;
        let Some((last, _)) = page.last() else {
            return Ok(found);
        };
        after = Some(*last);
        found.extend(page);
    }
}

/// Makes a control unknown when it is dropped before there is a result.
struct Unsettled<'a> {
    checks: &'a ControlChecks,
    control: Option<Control>,
}

impl Drop for Unsettled<'_> {
    fn drop(&mut self) {
        if let Some(control) = self.control {
            self.checks.set(control, ControlStatus::Unknown);
        }
    }
}
