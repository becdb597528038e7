//! `credentials`.

use agentidp_domain::credential::{Credential, SecretHash, Selector};
use agentidp_domain::encryption::FieldCipher;
use agentidp_domain::error::StoreError;
use agentidp_domain::vault::Kept;
use diesel::pg::Pg;
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::sqlite::Sqlite;
use secrecy::ExposeSecret;

use crate::error::RowReader;
use crate::rows::{EncryptedColumn, KeptColumns};
use crate::schema::credentials;
use crate::types::{DbId, Micros};

pub(crate) const SECRET_HASH: EncryptedColumn = EncryptedColumn {
    table: "credentials",
    column: "secret_hash",
};

pub(crate) const VAULT_PATH: EncryptedColumn = EncryptedColumn {
    table: "credentials",
    column: "vault_path",
};

const SECRET: KeptColumns = KeptColumns {
    secret: SECRET_HASH,
    vault_path: VAULT_PATH,
};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = credentials, check_for_backend(Pg, Sqlite))]
pub(crate) struct CredentialRow {
    pub(crate) credential_id: DbId,
    pub(crate) client_id: DbId,
    pub(crate) organization_id: DbId,
    pub(crate) selector: String,
    /// Of a secret in Vault the empty string.
    pub(crate) secret_hash: String,
    pub(crate) vault_path: Option<String>,
    pub(crate) status: String,
    pub(crate) created_at: Micros,
    pub(crate) expires_at: Option<Micros>,
    pub(crate) revoked_at: Option<Micros>,
}

impl CredentialRow {
    pub(crate) fn encrypt(
        cipher: &FieldCipher,
        credential: &Credential,
    ) -> Result<Self, StoreError> {
        let row = credential.credential_id.to_string();
        let (hash, path) = match &credential.secret {
            Kept::Here(hash) => (hash.expose(), None),
            Kept::InVault(path) => ("", Some(path.as_str())),
        };
        Ok(Self {
            credential_id: credential.credential_id.into(),
            client_id: credential.agent_id.into(),
            organization_id: credential.organization_id.into(),
            selector: credential.selector.as_str().to_owned(),
            secret_hash: SECRET_HASH.encrypt(cipher, &row, hash)?,
            vault_path: VAULT_PATH.encrypt_optional(cipher, &row, path)?,
            status: credential.status.to_string(),
            created_at: credential.created_at.into(),
            expires_at: credential.expires_at.map(Micros::from),
            revoked_at: credential.revoked_at.map(Micros::from),
        })
    }

    pub(crate) fn decrypt(self, cipher: &FieldCipher) -> Result<Credential, StoreError> {
        let id = self.credential_id.to_string();
        let reader = RowReader::new("credentials", &id);
        let stored = (Some(self.secret_hash.as_str()), self.vault_path.as_deref());
        let secret = SECRET.decrypt(cipher, &id, stored)?;
        Ok(Credential {
            credential_id: self.credential_id.into(),
            agent_id: self.client_id.into(),
            organization_id: self.organization_id.into(),
            selector: Selector::from_stored(self.selector),
            secret: secret.map(|hash| SecretHash::new(hash.expose_secret().to_owned())),
            status: reader.parse("status", &self.status)?,
            created_at: reader.time("created_at", self.created_at)?,
            expires_at: reader.optional_time("expires_at", self.expires_at)?,
            revoked_at: reader.optional_time("revoked_at", self.revoked_at)?,
        })
    }
}
