//! `agentidp rotate-encryption-key`.

use std::process::ExitCode;

use agentidp_domain::encryption::{EncryptionKeyRing, InvalidKeyRing};
use agentidp_domain::random::SystemRandom;

use crate::compose::{Installation, Purpose};
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::ui;

/// How often another command may be faster in adding a key.
const ATTEMPTS: usize = 3;

pub(super) async fn run(config: &Config) -> Outcome<ExitCode> {
    let installation = Installation::open(config, Purpose::Operate).await?;
    let version = begin(&installation).await?;
    let rows = installation.database.reencrypt().await?;
    ui::line(format!(
        "key {version} encrypts; {rows} rows were re-encrypted"
    ));
    installation.database.close();
    Ok(ExitCode::SUCCESS)
}

/// Adds a key, unless rows wait already for being re-encrypted with the one
/// that is current: because a rotation was interrupted, or somebody else has
/// added it. Returns the version of the key that encrypts.
///
/// Nothing marks the step between adding the key and the first row: what the
/// rows are encrypted with tells where the rotation stands.
async fn begin(installation: &Installation) -> Outcome<u32> {
    let encryption = &installation.encryption;
    for _ in 0..ATTEMPTS {
        let present = encryption.ring.load()?;
        encryption.cipher.reload()?;
        let current = encryption.cipher.current_version();
        if current != present.current_version() {
            // Somebody is adding a key right now.
            continue;
        }
        let state = installation.database.rotation_state().await?;
        refuse_lost_keys(&present, state.highest_version)?;
        if state.pending {
            ui::remark(format!("going on with key {current}, which is in the ring"));
            return Ok(current);
        }
        let next = present.with_new_key(&SystemRandom);
        match encryption.ring.replace(&present, &next) {
            Ok(()) => return adopt(installation, &next),
            Err(InvalidKeyRing::Changed) => {}
            Err(error) => return Err(not_added(&error)),
        }
    }
    Err(InvalidKeyRing::Changed.into())
}

/// A ring from before an earlier rotation must not get a second key of a
/// version that rows name already.
fn refuse_lost_keys(ring: &EncryptionKeyRing, highest: Option<u32>) -> Outcome<()> {
    match highest {
        Some(highest) if highest >= ring.next_version() => Err(Failure::new(format!(
            "rows were encrypted with key {highest}, which the ring does not have; restore the \
             newest ring first"
        ))),
        _ => Ok(()),
    }
}

/// Encrypts with the ring that was written. A store of secrets with delayed
/// replicas may still answer with the one from before.
fn adopt(installation: &Installation, written: &EncryptionKeyRing) -> Outcome<u32> {
    let cipher = &installation.encryption.cipher;
    cipher.reload()?;
    let version = written.current_version();
    if cipher.current_version() != version {
        return Err(Failure::new(format!(
            "key {version} was added to the ring but does not appear there yet; run the command \
             again"
        )));
    }
    Ok(version)
}

fn not_added(error: &InvalidKeyRing) -> Failure {
    Failure::new(format!(
        "{error}. Where this program may not write the ring, add a key to it yourself (32 bytes, \
         `openssl rand -hex 32`), make it the current one and run the command again: it then only \
         re-encrypts"
    ))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use agentidp_domain::unit_of_work::Scope;
    use agentidp_testkit::vault::FakeVault;

    use super::*;

    /// An installation with an administrator, and thus with a few encrypted
    /// values.
    async fn installation(folder: &Path) -> (Config, Installation) {
        let config = Config::for_tests(folder);
        let installation = Installation::open(&config, Purpose::Serve).await.unwrap();
        installation.keys.maintain().await.unwrap();
        installation.bootstrap().create().await.unwrap();
        (config, installation)
    }

    fn current(installation: &Installation) -> u32 {
        let ring = installation.encryption.ring.load().unwrap();
        ring.current_version()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_rotation_adds_one_key() {
        let root = tempfile::tempdir().unwrap();
        let (config, installation) = installation(root.path()).await;
        for version in 2..4 {
            assert_eq!(run(&config).await.unwrap(), ExitCode::SUCCESS);
            assert_eq!(current(&installation), version);
        }
        // The oldest ring is still in the memory of this one.
        assert_eq!(installation.encryption.cipher.current_version(), 1);
        let mut work = installation.ports.read(Scope::System).await.unwrap();
        let keys = work.signing_keys().live(installation.ports.now()).await;
        assert!(!keys.unwrap().is_empty());
        assert_eq!(installation.encryption.cipher.current_version(), 3);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_key_that_is_there_already_is_used() {
        let root = tempfile::tempdir().unwrap();
        let (config, installation) = installation(root.path()).await;
        // By an operator, or by a command that ended before the first row.
        let ring = &installation.encryption.ring;
        let present = ring.load().unwrap();
        let next = present.with_new_key(&SystemRandom);
        ring.replace(&present, &next).unwrap();
        run(&config).await.unwrap();
        assert_eq!(current(&installation), 2);
        installation.encryption.cipher.reload().unwrap();
        let state = installation.database.rotation_state().await.unwrap();
        assert!(!state.pending);
        assert_eq!(state.highest_version, Some(2));
        run(&config).await.unwrap();
        assert_eq!(current(&installation), 3);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_ring_from_before_gets_no_second_key_of_a_version() {
        let root = tempfile::tempdir().unwrap();
        let (config, installation) = installation(root.path()).await;
        let file = root.path().join("keys/encryption.json");
        let before = std::fs::read(&file).unwrap();
        run(&config).await.unwrap();
        std::fs::write(&file, &before).unwrap();
        let failure = run(&config).await.unwrap_err().to_string();
        assert!(failure.contains("encrypted with key 2"), "{failure}");
        assert_eq!(current(&installation), 1);
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn where_the_ring_is_read_only_the_operator_adds_the_key() {
        const RING: &str = "secret/data/agentidp/encryption-key";
        let root = tempfile::tempdir().unwrap();
        let vault = FakeVault::start().unwrap();
        let config = Config::for_tests_with(root.path(), &vault);
        let installation = Installation::open(&config, Purpose::Serve).await.unwrap();
        installation.keys.maintain().await.unwrap();
        vault.restrict(RING, &["read"]);
        let failure = run(&config).await.unwrap_err().to_string();
        assert!(failure.contains("add a key to it yourself"), "{failure}");
        let state = installation.database.rotation_state().await.unwrap();
        assert_eq!((state.pending, state.highest_version), (false, None));

        let mut ring = vault.versions(RING).remove(0);
        ring["current"] = 2.into();
        ring["keys"]["2"] = "ab".repeat(32).into();
        vault.put(RING, &ring);
        run(&config).await.unwrap();
        assert_eq!(vault.versions(RING).len(), 2, "it was not written");
        installation.encryption.cipher.reload().unwrap();
        let state = installation.database.rotation_state().await.unwrap();
        assert_eq!((state.pending, state.highest_version), (false, Some(2)));

        vault.allow_everything();
        run(&config).await.unwrap();
        assert_eq!(current(&installation), 3);
    }
}
