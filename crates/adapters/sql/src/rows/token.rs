//! Batches of the issuance journal, `token_revocations` and `oidc_keys`.

use std::collections::BTreeMap;

use agentidp_domain::audit::{AuditRecord, LogHead};
use agentidp_domain::encryption::FieldCipher;
use agentidp_domain::error::StoreError;
use agentidp_domain::token::{BatchRows, NewKey, RevocationRow, StoredKey};
use diesel::pg::Pg;
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::sqlite::Sqlite;

use crate::error::RowReader;
use crate::rows::{EncryptedColumn, KeptColumns, UsageRows};
use crate::schema::{oidc_keys, token_revocations};
use crate::types::{DbId, JsonText, Micros};

pub(crate) const PRIVATE_KEY: EncryptedColumn = EncryptedColumn {
    table: "oidc_keys",
    column: "private_key",
};

pub(crate) const KEY_VAULT_PATH: EncryptedColumn = EncryptedColumn {
    table: "oidc_keys",
    column: "vault_path",
};

/// What a batch of the issuance journal writes.
#[derive(Debug)]
pub(crate) struct JournalRows<'a> {
    pub(crate) records: &'a [AuditRecord],
    pub(crate) heads: &'a [LogHead],
    pub(crate) usage: UsageRows,
    pub(crate) month: String,
    /// Tokens to add per organization, in id order.
    pub(crate) issued: BTreeMap<DbId, i64>,
}

impl<'a> From<BatchRows<'a>> for JournalRows<'a> {
    fn from(batch: BatchRows<'a>) -> Self {
        let mut issued: BTreeMap<DbId, i64> = BTreeMap::new();
        for (organization, count) in batch.issued {
            let sum = issued.entry((*organization).into()).or_default();
            *sum = sum.saturating_add(*count);
        }
        Self {
            records: batch.records,
            heads: batch.heads,
            usage: batch.usage.into(),
            month: batch.month.to_string(),
            issued,
        }
    }
}

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = token_revocations, check_for_backend(Pg, Sqlite))]
pub(crate) struct RevocationDbRow {
    pub(crate) jti: DbId,
    pub(crate) agent_id: Option<DbId>,
    pub(crate) expires_at: i64,
    pub(crate) revoked_at: Micros,
}

impl From<&RevocationRow> for RevocationDbRow {
    fn from(revocation: &RevocationRow) -> Self {
        Self {
            jti: revocation.token_id.into(),
            agent_id: revocation.agent_id.map(DbId::from),
            expires_at: revocation.expires_at,
            revoked_at: revocation.revoked_at.into(),
        }
    }
}

impl TryFrom<RevocationDbRow> for RevocationRow {
    type Error = StoreError;

    fn try_from(row: RevocationDbRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("token_revocations", row.jti);
        Ok(Self {
            token_id: row.jti.into(),
            agent_id: row.agent_id.map(Into::into),
            expires_at: row.expires_at,
            revoked_at: reader.time("revoked_at", row.revoked_at)?,
        })
    }
}

const PRIVATE: KeptColumns = KeptColumns {
    secret: PRIVATE_KEY,
    vault_path: KEY_VAULT_PATH,
};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = oidc_keys, check_for_backend(Pg, Sqlite))]
pub(crate) struct KeyRow {
    kid: String,
    algorithm: String,
    public_jwk: JsonText,
    private_key: Option<String>,
    vault_path: Option<String>,
    is_current: bool,
    created_at: Micros,
    expires_at: Option<Micros>,
}

impl KeyRow {
    pub(crate) fn encrypt(cipher: &FieldCipher, signing: &StoredKey) -> Result<Self, StoreError> {
        let key = &signing.key;
        let (private_key, vault_path) = PRIVATE.encrypt(cipher, &key.kid, &key.private_pem)?;
        Ok(Self {
            kid: key.kid.clone(),
            algorithm: key.algorithm.to_string(),
            public_jwk: JsonText::from(&key.public_jwk),
            private_key,
            vault_path,
            is_current: signing.is_current,
            created_at: signing.created_at.into(),
            expires_at: signing.expires_at.map(Micros::from),
        })
    }

    pub(crate) fn decrypt(self, cipher: &FieldCipher) -> Result<StoredKey, StoreError> {
        let reader = RowReader::new("oidc_keys", &self.kid);
        let stored = (self.private_key.as_deref(), self.vault_path.as_deref());
        Ok(StoredKey {
            key: NewKey {
                algorithm: reader.parse("algorithm", &self.algorithm)?,
                public_jwk: reader.parse("public_jwk", &self.public_jwk.0)?,
                private_pem: PRIVATE.decrypt(cipher, &self.kid, stored)?,
                kid: self.kid,
            },
            is_current: self.is_current,
            created_at: reader.time("created_at", self.created_at)?,
            expires_at: reader.optional_time("expires_at", self.expires_at)?,
        })
    }
}
