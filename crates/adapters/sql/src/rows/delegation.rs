//! `delegation_chains` and `delegation_keys`.

use agentidp_domain::delegation::{DelegationChain, DelegationKey, Ttl};
use agentidp_domain::encryption::FieldCipher;
use agentidp_domain::error::StoreError;
use agentidp_domain::scope::{Scope, ScopeSet};
use diesel::pg::Pg;
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::sqlite::Sqlite;

use crate::error::RowReader;
use crate::rows::{EncryptedColumn, KeptColumns};
use crate::schema::{delegation_chains, delegation_keys};
use crate::types::{DbId, Micros, TextList};

pub(crate) const DELEGATION_SECRET: EncryptedColumn = EncryptedColumn {
    table: "delegation_keys",
    column: "secret",
};

pub(crate) const DELEGATION_KEY_VAULT_PATH: EncryptedColumn = EncryptedColumn {
    table: "delegation_keys",
    column: "vault_path",
};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = delegation_chains, check_for_backend(Pg, Sqlite))]
pub(crate) struct DelegationRow {
    chain_id: DbId,
    pub(crate) organization_id: DbId,
    pub(crate) delegator_agent_id: DbId,
    pub(crate) delegatee_agent_id: DbId,
    scopes: TextList,
    token: String,
    signature: String,
    ttl_seconds: i64,
    issued_at: Micros,
    expires_at: Micros,
    revoked_at: Option<Micros>,
    created_at: Micros,
}

impl From<&DelegationChain> for DelegationRow {
    fn from(chain: &DelegationChain) -> Self {
        Self {
            chain_id: chain.chain_id.into(),
            organization_id: chain.organization_id.into(),
            delegator_agent_id: chain.delegator.into(),
            delegatee_agent_id: chain.delegatee.into(),
            scopes: chain.scopes.iter().map(Scope::as_str).collect(),
            token: chain.token.clone(),
            signature: chain.signature.clone(),
            ttl_seconds: chain.ttl.seconds().into(),
            issued_at: chain.issued_at.into(),
            expires_at: chain.expires_at.into(),
            revoked_at: chain.revoked_at.map(Micros::from),
            created_at: chain.created_at.into(),
        }
    }
}

impl TryFrom<DelegationRow> for DelegationChain {
    type Error = StoreError;

    fn try_from(row: DelegationRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("delegation_chains", row.chain_id);
        let names = reader.require("scopes", row.scopes.0)?;
        let scopes: Result<ScopeSet, _> = names.iter().map(|name| name.parse::<Scope>()).collect();
        let scopes = reader.read("scopes", scopes)?;
        Ok(Self {
            chain_id: row.chain_id.into(),
            organization_id: row.organization_id.into(),
            delegator: row.delegator_agent_id.into(),
            delegatee: row.delegatee_agent_id.into(),
            scopes: reader.require("scopes", Some(scopes).filter(|set| !set.is_empty()))?,
            token: row.token,
            signature: row.signature,
            ttl: reader.read("ttl_seconds", Ttl::new(row.ttl_seconds))?,
            issued_at: reader.time("issued_at", row.issued_at)?,
            expires_at: reader.time("expires_at", row.expires_at)?,
            revoked_at: reader.optional_time("revoked_at", row.revoked_at)?,
            created_at: reader.time("created_at", row.created_at)?,
        })
    }
}

const SECRET: KeptColumns = KeptColumns {
    secret: DELEGATION_SECRET,
    vault_path: DELEGATION_KEY_VAULT_PATH,
};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = delegation_keys, check_for_backend(Pg, Sqlite))]
pub(crate) struct DelegationKeyRow {
    key_id: DbId,
    secret: Option<String>,
    vault_path: Option<String>,
    created_at: Micros,
}

impl DelegationKeyRow {
    pub(crate) fn encrypt(cipher: &FieldCipher, key: &DelegationKey) -> Result<Self, StoreError> {
        let row = key.key_id.to_string();
        let (secret, vault_path) = SECRET.encrypt(cipher, &row, &key.secret)?;
        Ok(Self {
            key_id: key.key_id.into(),
            secret,
            vault_path,
            created_at: key.created_at.into(),
        })
    }

    pub(crate) fn decrypt(self, cipher: &FieldCipher) -> Result<DelegationKey, StoreError> {
        let id = self.key_id.to_string();
        let reader = RowReader::new("delegation_keys", &id);
        let stored = (self.secret.as_deref(), self.vault_path.as_deref());
        Ok(DelegationKey {
            key_id: self.key_id.into(),
            secret: SECRET.decrypt(cipher, &id, stored)?,
            created_at: reader.time("created_at", self.created_at)?,
        })
    }
}
