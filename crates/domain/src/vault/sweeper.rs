//! Removes listed secrets from Vault.

use crate::error::StoreError;
use crate::id::VaultRemovalId;
use crate::ports::Ports;
use crate::unit_of_work::{Scope, UnitOfWork};
use crate::vault::{SecretPlace, SecretVault, VaultError, VaultRemoval};

/// Secrets removed between two looks into the store.
const BATCH: i64 = 100;

/// Lists the secrets of these places for removal, in the transaction that makes
/// them superfluous.
pub(crate) async fn discard<'a>(
    ports: &Ports,
    work: &mut dyn UnitOfWork,
    places: impl IntoIterator<Item = SecretPlace<'a>>,
) -> Result<(), StoreError> {
    let removals: Vec<VaultRemoval> = places
        .into_iter()
        .map(|place| VaultRemoval {
            removal_id: VaultRemovalId::new(ports.random.uuid()),
            place: place.to_string(),
        })
        .collect();
    if removals.is_empty() {
        return Ok(());
    }
    work.vault_removals().add(&removals).await
}

/// Removes listed secrets. Several replicas may do so at once: a secret that is
/// gone already is no error.
#[derive(Clone)]
pub struct VaultSweeper {
    ports: Ports,
}

impl VaultSweeper {
    /// A sweeper over `ports`.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Goes through the list once; returns how many secrets were removed. One
    /// that Vault does not let go stays listed and does not hold up the others;
    /// a Vault that is away ends the round.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let Some(vault) = self.ports.secrets.vault() else {
            return Ok(0);
        };
        let mut removed: u64 = 0;
        let mut after = None;
        loop {
            let page = self.page(after).await?;
            let Some(last) = page.last() else {
                return Ok(removed);
            };
            after = Some(last.removal_id);
            let mut gone = Vec::with_capacity(page.len());
            let mut reachable = true;
            for removal in page {
                match remove(vault, &removal.place).await {
                    Ok(()) => gone.push(removal.removal_id),
                    Err(error) => {
                        tracing::warn!(%error, "a secret cannot be removed from Vault");
                        reachable = !matches!(error, VaultError::Unavailable(_));
                    }
                }
                if !reachable {
                    break;
                }
            }
            removed = removed.saturating_add(u64::try_from(gone.len()).unwrap_or(u64::MAX));
            self.strike(&gone).await?;
            if !reachable {
                return Ok(removed);
            }
        }
    }

    async fn page(&self, after: Option<VaultRemovalId>) -> Result<Vec<VaultRemoval>, StoreError> {
        let mut work = self.ports.read(Scope::System).await?;
        let page = work.vault_removals().listed(after, BATCH).await?;
        work.commit().await?;
        Ok(page)
    }

    async fn strike(&self, gone: &[VaultRemovalId]) -> Result<(), StoreError> {
        if gone.is_empty() {
            return Ok(());
        }
        let mut work = self.ports.write(Scope::System).await?;
        work.vault_removals().strike(gone).await?;
        work.commit().await
    }
}

/// Removes the secret of a printed place. What is no place of a secret is struck
/// off without asking Vault.
async fn remove(vault: &dyn SecretVault, place: &str) -> Result<(), VaultError> {
    let Some(place) = SecretPlace::printed(place) else {
        tracing::error!("the list of secrets to remove names something else");
        return Ok(());
    };
    vault.remove(&vault.path(&place)).await
}
