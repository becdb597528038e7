//! Rows of the tables and their conversion into domain types. A stored value
//! that cannot be read is an error that names its place, never a default.

mod agent;
mod audit;
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
pub(crate) use audit::{AuditRow, HeadRow};
pub(crate) use credential::{CredentialRow, SECRET_HASH, VAULT_PATH};
pub(crate) use delegation::{
    DELEGATION_KEY_VAULT_PATH, DELEGATION_SECRET, DelegationKeyRow, DelegationRow,
};
pub(crate) use did::{DID_KEY_VAULT_PATH, DID_PRIVATE_KEY, DidKeyRow};
pub(crate) use marketplace::PublicAgentRow;
pub(crate) use organization::{MemberRow, OrganizationRow, limit_columns};
pub(crate) use outbox::OutboxRow;
pub(crate) use partner::PartnerRow;
pub(crate) use token::{KEY_VAULT_PATH, KeyRow, PRIVATE_KEY, RevocationDbRow};
pub(crate) use trust_policy::{CandidateRow, TrustPolicyRow, candidate};
pub(crate) use usage::{AgentUsageRow, UsageRow, hourly_usage};
pub(crate) use webhook::{
    DeliveryRow, NewSubscriptionRow, ReceiverRow, SIGNING_SECRET, SIGNING_SECRET_VAULT_PATH,
    SubscriptionRow, subscribed,
};

use agentidp_domain::encryption::{FieldCipher, FieldId};
use agentidp_domain::error::StoreError;
use agentidp_domain::time::Timestamp;
use secrecy::SecretString;

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
            .map_err(|_| RowReader::new(self.table, row).corrupt(self.column))
    }

    fn field(self, row: &str) -> FieldId<'_> {
        FieldId {
            table: self.table,
            column: self.column,
            row,
        }
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
