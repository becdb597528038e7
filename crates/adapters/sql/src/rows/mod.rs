//! Rows of the tables and their conversion into domain types. A stored value
//! that cannot be read is an error that names its place, never a default.

mod agent;
mod audit;
mod billing;
mod credential;
mod delegation;
mod did;
mod marketplace;
mod organization;
mod outbox;
mod partner;
mod token;
mod trust_policy;
mod usage;
mod webhook;

pub(crate) use agent::AgentRow;
pub(crate) use audit::{AuditRow, HeadRow, LinkRow};
pub(crate) use billing::TenantSubscriptionRow;
pub(crate) use credential::{CredentialRow, SECRET_HASH, VAULT_PATH};
pub(crate) use delegation::{
    DELEGATION_KEY_VAULT_PATH, DELEGATION_SECRET, DelegationKeyRow, DelegationRow,
};
pub(crate) use did::{DID_KEY_VAULT_PATH, DID_PRIVATE_KEY, DidKeyRow};
pub(crate) use marketplace::PublicAgentRow;
pub(crate) use organization::{MemberRow, OrganizationRow, limit_columns};
pub(crate) use outbox::{OutboxRow, QueuedRow, event_batch};
pub(crate) use partner::PartnerRow;
pub(crate) use token::{JournalRows, KEY_VAULT_PATH, KeyRow, PRIVATE_KEY, RevocationDbRow};
pub(crate) use trust_policy::{CandidateRow, TrustPolicyRow, candidate};
pub(crate) use usage::{
    AgentUsageRow, UsageHourRow, UsageMonthRow, UsageRow, UsageRows, hourly_usage,
};
pub(crate) use webhook::{
    DeliveryRow, NewSubscriptionRow, ReceiverRow, SIGNING_SECRET, SIGNING_SECRET_VAULT_PATH,
    SubscriptionRow, subscribed,
};

use agentidp_domain::encryption::{CipherError, FieldCipher, FieldId};
use agentidp_domain::error::StoreError;
use agentidp_domain::time::Timestamp;
use agentidp_domain::vault::{Kept, VaultPath};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{RowReader, encryption_failed};
use crate::types::Micros;

/// An encrypted column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EncryptedColumn {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
}

impl EncryptedColumn {
    /// The stored form of `clear` in the row with primary key `row`.
    pub(crate) fn encrypt(
        self,
        cipher: &FieldCipher,
        row: &str,
        clear: &str,
    ) -> Result<String, StoreError> {
        cipher
            .encrypt(self.field(row), clear)
            .map_err(encryption_failed)
    }

    /// The value behind the stored form.
    pub(crate) fn decrypt(
        self,
        cipher: &FieldCipher,
        row: &str,
        stored: &str,
    ) -> Result<SecretString, StoreError> {
        cipher
            .decrypt(self.field(row), stored)
            .map_err(|error| match error {
                CipherError::RingUnavailable(_) => StoreError::Unavailable(error.to_string()),
                _ => RowReader::new(self.table, row).corrupt(self.column),
            })
    }

    /// The stored form of what may be absent.
    fn encrypt_optional(
        self,
        cipher: &FieldCipher,
        row: &str,
        clear: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        clear
            .map(|clear| self.encrypt(cipher, row, clear))
            .transpose()
    }

    fn field(self, row: &str) -> FieldId<'_> {
        FieldId {
            table: self.table,
            column: self.column,
            row,
        }
    }
}

/// The two columns that hold a secret: itself, or the path at which Vault has
/// it.
#[derive(Clone, Copy)]
pub(crate) struct KeptColumns {
    pub(crate) secret: EncryptedColumn,
    pub(crate) vault_path: EncryptedColumn,
}

impl KeptColumns {
    /// The stored form of both.
    pub(crate) fn encrypt(
        self,
        cipher: &FieldCipher,
        row: &str,
        kept: &Kept<SecretString>,
    ) -> Result<(Option<String>, Option<String>), StoreError> {
        let (here, path) = match kept {
            Kept::Here(secret) => (Some(secret.expose_secret()), None),
            Kept::InVault(path) => (None, Some(path.as_str())),
        };
        Ok((
            self.secret.encrypt_optional(cipher, row, here)?,
            self.vault_path.encrypt_optional(cipher, row, path)?,
        ))
    }

    /// What the stored form of both says.
    pub(crate) fn decrypt(
        self,
        cipher: &FieldCipher,
        row: &str,
        (secret, vault_path): (Option<&str>, Option<&str>),
    ) -> Result<Kept<SecretString>, StoreError> {
        if let Some(path) = vault_path {
            return self.path(cipher, row, path).map(Kept::InVault);
        }
        let reader = RowReader::new(self.secret.table, row);
        let stored = reader.require(self.secret.column, secret)?;
        self.secret.decrypt(cipher, row, stored).map(Kept::Here)
    }

    /// The path behind its stored form.
    pub(crate) fn path(
        self,
        cipher: &FieldCipher,
        row: &str,
        stored: &str,
    ) -> Result<VaultPath, StoreError> {
        let path = self.vault_path.decrypt(cipher, row, stored)?;
        Ok(VaultPath::from_stored(path.expose_secret().to_owned()))
    }
}

impl RowReader {
    /// Reads a time.
    pub(crate) fn time(
        &self,
        column: &'static str,
        stored: Micros,
    ) -> Result<Timestamp, StoreError> {
        self.require(column, stored.timestamp())
    }

    /// Reads a time that may be absent.
    pub(crate) fn optional_time(
        &self,
        column: &'static str,
        stored: Option<Micros>,
    ) -> Result<Option<Timestamp>, StoreError> {
        stored.map(|stored| self.time(column, stored)).transpose()
    }
}
