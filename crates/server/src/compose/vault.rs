//! HashiCorp Vault, if secrets are kept there.

use std::sync::Arc;

use agentidp_domain::vault::SecretKeeper;
use agentidp_vault::{Vault, VaultKv, VaultSettings};

use crate::config::VaultConfig;
use crate::failure::{Failure, Outcome};

/// A client of the configured server, for one async runtime.
///
/// # Errors
///
/// When the system has no certificates.
pub(crate) fn connect(config: &VaultConfig) -> Outcome<Vault> {
    let settings = VaultSettings {
        address: config.address.clone(),
        token: config.token.clone(),
    };
    Vault::new(&settings).map_err(Failure::during("Vault"))
}

/// The same, of a server that works; `None` where none is configured.
///
/// # Errors
///
/// When it does not answer or is sealed.
pub(super) async fn reach(config: Option<&VaultConfig>) -> Outcome<Option<Vault>> {
    let Some(config) = config else {
        return Ok(None);
    };
    let vault = connect(config)?;
    let failed = Failure::during("Vault cannot be reached, check VAULT_ADDR");
    vault.health().await.map_err(failed)?;
    Ok(Some(vault))
}

/// Keeps new secrets in Vault where there is one.
pub(super) fn keeper(config: Option<&VaultConfig>, vault: Option<&Vault>) -> SecretKeeper {
    match (config, vault) {
        (Some(config), Some(vault)) => {
            let kv = VaultKv::new(vault.clone(), config.mount.clone());
            SecretKeeper::in_vault(Arc::new(kv))
        }
        _ => SecretKeeper::in_rows(),
    }
}

#[cfg(test)]
mod tests {
    use agentidp_domain::encryption::FieldId;
    use agentidp_testkit::vault::FakeVault;
    use tempfile::TempDir;

    use crate::compose::{App, Installation, Purpose};
    use crate::config::Config;

    /// Where the key ring lies.
    const RING: &str = "secret/data/agentidp/encryption-key";

    fn stage() -> (TempDir, FakeVault, Config) {
        let folder = tempfile::tempdir().unwrap();
        let vault = FakeVault::start().unwrap();
        let config = Config::for_tests_with(folder.path(), &vault);
        (folder, vault, config)
    }

    async fn open(config: &Config) -> Installation {
        Installation::open(config, Purpose::Serve).await.unwrap()
    }

    async fn refusal(config: &Config) -> String {
        match Installation::open(config, Purpose::Serve).await {
            Ok(_) => panic!("opened"),
            Err(failure) => failure.to_string(),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_first_start_creates_the_ring_in_vault_and_later_ones_read_it() {
        let (folder, vault, config) = stage();
        let first = open(&config).await;
        first.keys.maintain().await.unwrap();
        first.database.close();
        let second = open(&config).await;
        second.keys.maintain().await.unwrap();
        let rings = vault.versions(RING);
        assert_eq!(rings.len(), 1);
        assert_eq!(rings[0]["current"], 1);
        assert_eq!(rings[0]["keys"]["1"].as_str().unwrap().len(), 64);
        assert!(!folder.path().join("keys").exists());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_ring_that_may_not_be_created_is_asked_for() {
        let (_folder, vault, mut config) = stage();
        config.encryption.may_create = false;
        let text = refusal(&config).await;
        for part in [
            RING,
            "vault kv put",
            "-mount=secret agentidp/encryption-key",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(vault.paths().is_empty());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_lost_ring_is_not_replaced() {
        let (_folder, vault, config) = stage();
        let installation = open(&config).await;
        installation.keys.maintain().await.unwrap();
        installation.database.close();
        vault.remove(RING);
        let text = refusal(&config).await;
        assert!(text.contains("restore the entry from a backup"), "{text}");
        assert!(vault.versions(RING).is_empty());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_that_does_not_work_is_named() {
        let (folder, mut vault, config) = stage();
        vault.seal(true);
        let text = refusal(&config).await;
        assert!(
            text.contains("Vault cannot be reached, check VAULT_ADDR"),
            "{text}"
        );
        assert!(text.contains("sealed"), "{text}");
        vault.stop();
        let text = refusal(&config).await;
        assert!(
            text.contains("Vault cannot be reached, check VAULT_ADDR"),
            "{text}"
        );
        assert!(
            !folder.path().join("agentidp.db").exists(),
            "nothing is created"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_refused_token_is_told_with_the_entry() {
        let (_folder, vault, config) = stage();
        vault.set_token("hvs.other", None);
        let text = refusal(&config).await;
        assert!(
            text.contains(RING) && text.contains("Vault refuses"),
            "{text}"
        );
        assert!(!text.contains("hvs."), "{text}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn vault_is_probed() {
        let (_folder, mut vault, config) = stage();
        let installation = open(&config).await;
        installation.keys.maintain().await.unwrap();
        let app = App::compose(&config, &installation).unwrap();
        for answered in [true, false] {
            let limit = std::time::Duration::from_secs(3);
            let probes = app.state.health.probe(limit).await;
            let probe = probes.iter().find(|probe| probe.service == "vault");
            assert_eq!(probe.unwrap().answered, answered);
            vault.stop();
        }
        app.journal.finish().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_value_of_an_unknown_key_asks_vault_once_and_not_for_ever() {
        let (_folder, vault, config) = stage();
        let installation = open(&config).await;
        let cipher = std::sync::Arc::clone(&installation.encryption.cipher);
        let field = FieldId {
            table: "t",
            column: "c",
            row: "1",
        };
        let stored = cipher.encrypt(field, "x").unwrap();
        let damaged = stored.replacen("v1:", "v9:", 1);
        vault.hang(true);
        let before = vault.requests().len();
        for _ in 0..3 {
            cipher.decrypt(field, &damaged).unwrap_err();
        }
        assert_eq!(vault.requests().len(), before + 1);
        assert!(cipher.decrypt(field, &stored).is_ok());
    }
}
