//! Encryption at rest, and Vault, which this version does not offer.

use std::path::PathBuf;

use crate::config::reader::Reader;
use crate::config::server::ServerConfig;
use crate::config::store::StoreConfig;

/// Settings of the ring of encryption keys.
#[derive(Debug)]
pub(crate) struct EncryptionConfig {
    /// File of the ring.
    pub(crate) ring_file: PathBuf,
    /// Whether the server may create the file.
    pub(crate) may_create: bool,
}

impl EncryptionConfig {
    pub(super) fn read(
        reader: &mut Reader<'_>,
        server: &ServerConfig,
        store: &StoreConfig,
    ) -> Self {
        let vault = reader.is_set("VAULT_ADDR");
        if vault {
            if !reader.is_set("VAULT_TOKEN") {
                reader.require("VAULT_TOKEN");
            }
            reader.refuse(
                "VAULT_ADDR",
                "Vault support is not available in this version yet; unset it and use \
                 ENCRYPTION_KEY_FILE",
            );
        }
        let configured = reader.text("ENCRYPTION_KEY_FILE").map(PathBuf::from);
        let shared = server.environment.is_production() && store.database.is_postgres();
        if shared && configured.is_none() && !vault {
            reader.require("ENCRYPTION_KEY_FILE");
        }
        Self {
            may_create: configured.is_none() && !shared,
            ring_file: configured
                .unwrap_or_else(|| server.data_dir.join("keys").join("encryption.json")),
        }
    }
}
