//! Puts secrets away, in Vault if there is one.

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;

use crate::error::StoreError;
use crate::vault::{SecretPlace, SecretVault, VaultError, VaultPath};

/// What a row keeps of a secret.
#[derive(Clone, Debug)]
pub enum Kept<T> {
    /// What is needed of it; encrypted at rest by the store.
    Here(T),
    /// The path at which Vault has it.
    InVault(VaultPath),
}

impl<T> Kept<T> {
    /// The path, of a secret in Vault.
    #[must_use]
    pub fn vault_path(&self) -> Option<&VaultPath> {
        match self {
            Self::Here(_) => None,
            Self::InVault(path) => Some(path),
        }
    }

    /// The same with another form of what the row keeps.
    #[must_use]
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Kept<U> {
        match self {
            Self::Here(kept) => Kept::Here(form(kept)),
            Self::InVault(path) => Kept::InVault(path),
        }
    }
}

/// Puts secrets away and finds them again. Each row says where its own secret
/// is, so that rows of both kinds live side by side. Cheap to clone.
///
/// No method may be called within a transaction.
#[derive(Clone, Default)]
pub struct SecretKeeper {
    vault: Option<Arc<dyn SecretVault>>,
}

impl SecretKeeper {
    /// Keeps new secrets in the rows.
    #[must_use]
    pub fn in_rows() -> Self {
        Self::default()
    }

    /// Keeps new secrets in `vault`.
    #[must_use]
    pub fn in_vault(vault: Arc<dyn SecretVault>) -> Self {
        Self { vault: Some(vault) }
    }

    /// The engine, if there is one.
    #[must_use]
    pub fn vault(&self) -> Option<&dyn SecretVault> {
        self.vault.as_deref()
    }

    /// Puts a new secret of `place` away; returns what its row has to keep.
    ///
    /// # Errors
    ///
    /// When Vault did not take it.
    pub async fn put(
        &self,
        place: SecretPlace<'_>,
        secret: SecretString,
    ) -> Result<Kept<SecretString>, VaultError> {
        let Some(vault) = &self.vault else {
            return Ok(Kept::Here(secret));
        };
        let path = vault.path(&place);
        vault.write(&path, &secret).await?;
        Ok(Kept::InVault(path))
    }

    /// The secret behind what a row keeps.
    ///
    /// # Errors
    ///
    /// When it lies in Vault, and Vault does not answer or has it no more.
    pub async fn get<T>(&self, kept: &Kept<T>) -> Result<T, VaultError>
    where
        T: Clone + From<SecretString>,
    {
        let path = match kept {
            Kept::Here(secret) => return Ok(secret.clone()),
            Kept::InVault(path) => path,
        };
        let vault = self.vault.as_ref().ok_or_else(|| {
            VaultError::Failed("a secret lies in Vault, but VAULT_ADDR is not set".to_owned())
        })?;
        let found = vault.read(path, None).await?;
        found
            .map(|found| found.value.into())
            .ok_or_else(|| VaultError::Failed("a secret is missing".to_owned()))
    }

    /// Takes back a secret after the transaction that should have written its
    /// row failed with `error`, `None` for anything else than the store. When
    /// the row may be there all the same, the secret stays: one that nobody
    /// uses is better than a row without its secret. A failure is logged.
    pub async fn take_back<T>(&self, kept: &Kept<T>, error: Option<&StoreError>) {
        if error.is_some_and(StoreError::leaves_doubt) {
            return;
        }
        let (Some(vault), Kept::InVault(path)) = (&self.vault, kept) else {
            return;
        };
        if let Err(error) = vault.remove(path).await {
            tracing::warn!(%error, "an unused secret remains in Vault");
        }
    }
}

impl fmt::Debug for SecretKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.vault.is_some() {
            "Vault"
        } else {
            "rows"
        };
        write!(f, "SecretKeeper({place})")
    }
}
