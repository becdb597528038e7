//! The one secret of all generated credentials. Hashing takes a tenth of a
//! second; half a million hashes would take a day.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agentidp_domain::credential::{ClientSecret, SecretVerifier, VerifierSettings};
use agentidp_domain::encryption::{
    EncryptionKeyRing, FieldCipher, FieldId, InvalidKeyRing, KeyRingSource,
};
use agentidp_domain::id::{AgentId, CredentialId};
use agentidp_domain::random::SystemRandom;
use agentidp_domain::vault::{Kept, SecretKeeper, SecretPlace};
use serde_json::json;
use uuid::Uuid;

use crate::Outcome;
use crate::plan::Tenant;
use crate::random::{Purpose, Seeded};

/// The secret and what rows keep of it.
pub struct SharedSecret {
    secret: ClientSecret,
    hash: String,
    cipher: FieldCipher,
}

impl SharedSecret {
    /// Draws and hashes it; rows are encrypted with the key ring of the server.
    ///
    /// # Errors
    ///
    /// When the key ring cannot be read.
    pub async fn draw(seed: u64, key_ring: &Path) -> Outcome<Self> {
        let secret = ClientSecret::generate(&Seeded::new(seed, Purpose::Secret, 0, 0));
        let settings = VerifierSettings::default();
        let hasher = SecretVerifier::new(settings, SecretKeeper::in_rows(), &SystemRandom);
        let place = SecretPlace::Credential {
            agent: AgentId::new(Uuid::nil()),
            credential: CredentialId::new(Uuid::nil()),
        };
        let Kept::Here(hash) = hasher.keep(place, &secret).await? else {
            return Err("without Vault, a secret is kept in its row".into());
        };
        let source = Arc::new(RingFile(key_ring.to_owned()));
        Ok(Self {
            secret,
            hash: hash.expose().to_owned(),
            cipher: FieldCipher::load(source, Arc::new(SystemRandom))?,
        })
    }

    /// The public part.
    pub fn selector(&self) -> String {
        self.secret.selector().as_str().to_owned()
    }

    /// What the row of a credential holds.
    ///
    /// # Errors
    ///
    /// Does not happen with an intact key ring.
    pub fn encrypted_hash(&self, credential: CredentialId) -> Outcome<String> {
        let row = credential.to_string();
        let field = FieldId {
            table: "credentials",
            column: "secret_hash",
            row: &row,
        };
        Ok(self.cipher.encrypt(field, &self.hash)?)
    }

    /// Writes what a client of this organization needs, readable by this user
    /// only; in the form of `bootstrap.json`.
    ///
    /// # Errors
    ///
    /// When the file exists already or cannot be written.
    pub fn write(&self, path: &Path, tenant: &Tenant, client: AgentId) -> Outcome<()> {
        let content = json!({
            "organizationId": tenant.id,
            "clientId": client,
            "clientSecret": self.secret.expose(),
        });
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options
            .open(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(writeln!(file, "{content:#}")?)
    }
}

/// The key ring of a server, read only.
struct RingFile(PathBuf);

impl KeyRingSource for RingFile {
    fn load(&self) -> Result<EncryptionKeyRing, InvalidKeyRing> {
        let text = std::fs::read_to_string(&self.0)
            .map_err(|error| InvalidKeyRing::Source(format!("{}: {error}", self.0.display())))?;
        EncryptionKeyRing::from_json(&text)
    }

    fn replace(
        &self,
        _present: &EncryptionKeyRing,
        _next: &EncryptionKeyRing,
    ) -> Result<(), InvalidKeyRing> {
        Err(InvalidKeyRing::NotWritable("read only".to_owned()))
    }
}
