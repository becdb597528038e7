//! `agent_did_keys`.

use agentidp_domain::did::AgentDidKey;
use agentidp_domain::encryption::FieldCipher;
use agentidp_domain::error::StoreError;
use diesel::prelude::Insertable;

use crate::rows::{EncryptedColumn, KeptColumns};
use crate::schema::agent_did_keys;
use crate::types::{DbId, JsonText, Micros};

pub(crate) const DID_PRIVATE_KEY: EncryptedColumn = EncryptedColumn {
    table: "agent_did_keys",
    column: "private_key",
};

pub(crate) const DID_KEY_VAULT_PATH: EncryptedColumn = EncryptedColumn {
    table: "agent_did_keys",
    column: "vault_key_path",
};

/// Only ever written as a whole: of a stored key the public part is read.
#[derive(Insertable)]
#[diesel(table_name = agent_did_keys)]
pub(crate) struct DidKeyRow {
    key_id: DbId,
    agent_id: DbId,
    public_jwk: JsonText,
    private_key: Option<String>,
    vault_key_path: Option<String>,
    created_at: Micros,
}

impl DidKeyRow {
    pub(crate) fn encrypt(cipher: &FieldCipher, key: &AgentDidKey) -> Result<Self, StoreError> {
        let row = key.key_id.to_string();
        let columns = KeptColumns {
            secret: DID_PRIVATE_KEY,
            vault_path: DID_KEY_VAULT_PATH,
        };
        let (private_key, vault_key_path) = columns.encrypt(cipher, &row, &key.private_key)?;
        Ok(Self {
            key_id: key.key_id.into(),
            agent_id: key.agent_id.into(),
            public_jwk: JsonText::from(&key.public_jwk),
            private_key,
            vault_key_path,
            created_at: key.created_at.into(),
        })
    }
}
