//! `agent_did_keys`.

use agentidp_domain::did::AgentDidKey;
use agentidp_domain::encryption::FieldCipher;
use agentidp_domain::error::StoreError;
use diesel::prelude::Insertable;
use secrecy::ExposeSecret;

use crate::rows::EncryptedColumn;
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
    private_key: String,
    created_at: Micros,
}

impl DidKeyRow {
    pub(crate) fn encrypt(cipher: &FieldCipher, key: &AgentDidKey) -> Result<Self, StoreError> {
        let row = key.key_id.to_string();
        Ok(Self {
            key_id: key.key_id.into(),
            agent_id: key.agent_id.into(),
            public_jwk: JsonText::from(&key.public_jwk),
            private_key: DID_PRIVATE_KEY.encrypt(cipher, &row, key.private_pem.expose_secret())?,
            created_at: key.created_at.into(),
        })
    }
}
