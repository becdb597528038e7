//! Encryption at rest.

use std::path::PathBuf;

use agentidp_domain::vault::VaultPath;

use crate::config::reader::Reader;
use crate::config::server::ServerConfig;
use crate::config::store::StoreConfig;
use crate::config::vault::{VaultConfig, is_plain};

/// Where the ring lies when Vault is used and nothing else was said.
const VAULT_PATH: &str = "secret/data/agentidp/encryption-key";

/// Where the ring of encryption keys lies.
#[derive(Clone, Debug)]
pub(crate) enum RingPlace {
    /// In a file.
    File(PathBuf),
    /// In Vault.
    Vault(VaultPath),
}

/// Settings of the ring of encryption keys.
#[derive(Debug)]
pub(crate) struct EncryptionConfig {
    /// Where it lies.
    pub(crate) place: RingPlace,
    /// Whether the server may create it.
    pub(crate) may_create: bool,
}

impl EncryptionConfig {
    /// The ring lies in `vault` unless a file is named.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        server: &ServerConfig,
        store: &StoreConfig,
        vault: Option<&VaultConfig>,
    ) -> Self {
        let production = server.environment.is_production();
        let in_vault = vault_path(reader);
        if let Some(file) = reader.text("ENCRYPTION_KEY_FILE") {
            return Self {
                place: RingPlace::File(file.into()),
                may_create: false,
            };
        }
        if vault.is_some() {
            let named = in_vault.is_some();
            let default = || VaultPath::from_stored(VAULT_PATH.to_owned());
            return Self {
                place: RingPlace::Vault(in_vault.unwrap_or_else(default)),
                may_create: !named && !production,
            };
        }
        let shared = production && store.database.is_postgres();
        // With an address that cannot be used, Vault is what was meant.
        if shared && !reader.is_set("VAULT_ADDR") {
            reader.require("ENCRYPTION_KEY_FILE");
        }
        Self {
            place: RingPlace::File(server.data_dir.join("keys").join("encryption.json")),
            may_create: !shared,
        }
    }
}

fn vault_path(reader: &mut Reader<'_>) -> Option<VaultPath> {
    let text = reader.text("ENCRYPTION_KEY_VAULT_PATH")?;
    let path = VaultPath::from_stored(text.trim_matches('/').to_owned());
    if !is_plain(path.as_str()) || path.split().is_none() {
        let text = format!("expected the path of an entry such as {VAULT_PATH}");
        reader.refuse("ENCRYPTION_KEY_VAULT_PATH", text);
    }
    Some(path)
}
