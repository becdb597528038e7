//! `agentidp rotate-encryption-key`.

use std::path::PathBuf;
use std::process::ExitCode;

use agentidp_domain::encryption::{EncryptionKeyRing, KeyRingSource};
use agentidp_domain::random::SystemRandom;
use agentidp_domain::unit_of_work::Scope;

use crate::compose::{FileKeyRing, Installation, Purpose};
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::{files, ui};

/// Keeps two rotations from adding a key to the same ring.
const LOCK: &str = "encryption-key-ring";

/// A rotation under way: a file beside the ring with the version of the new
/// key. It is what lets a repeated command go on instead of adding a key.
struct Mark {
    path: PathBuf,
}

impl Mark {
    fn beside(ring: &FileKeyRing) -> Self {
        let mut name = ring.path().file_name().unwrap_or_default().to_owned();
        name.push(".rotating");
        Self {
            path: ring.path().with_file_name(name),
        }
    }

    /// Whether a rotation to the current key of `ring` was begun.
    fn stands_for(&self, ring: &EncryptionKeyRing) -> bool {
        std::fs::read_to_string(&self.path)
            .is_ok_and(|version| version.trim() == ring.current_version().to_string())
    }

    fn set(&self, ring: &EncryptionKeyRing) -> Outcome<()> {
        let version = format!("{}\n", ring.current_version());
        files::replace(&self.path, version.as_bytes()).map_err(Failure::during("key ring"))
    }

    fn clear(&self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

pub(super) async fn run(config: &Config) -> Outcome<ExitCode> {
    let installation = Installation::open(config, Purpose::Operate).await?;
    let file = &installation.encryption.file;
    let mark = Mark::beside(file);
    let mut work = installation.ports.write(Scope::System).await?;
    work.locks().lock(LOCK).await?;
    let version = begin(file, &mark)?;
    work.commit().await?;
    installation.encryption.cipher.reload()?;
    let rows = installation.database.reencrypt().await?;
    mark.clear();
    ui::line(format!(
        "key {version} encrypts; {rows} rows were re-encrypted"
    ));
    installation.database.close();
    Ok(ExitCode::SUCCESS)
}

/// Adds a key, unless that was done by a rotation that was interrupted;
/// returns the version of the key that encrypts.
fn begin(file: &FileKeyRing, mark: &Mark) -> Outcome<u32> {
    let present = file.load()?;
    if mark.stands_for(&present) {
        ui::remark("going on with the rotation that was begun earlier");
        return Ok(present.current_version());
    }
    let next = present.with_new_key(&SystemRandom);
    mark.set(&next)?;
    file.store(&next)?;
    Ok(next.current_version())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_rotation_goes_on_and_a_finished_one_adds_a_key() {
        let root = tempfile::tempdir().unwrap();
        let file = FileKeyRing::at(&root.path().join("ring.json"));
        file.create(&SystemRandom).unwrap();
        let mark = Mark::beside(&file);
        assert_eq!(begin(&file, &mark).unwrap(), 2);
        assert_eq!(begin(&file, &mark).unwrap(), 2);
        mark.clear();
        assert_eq!(begin(&file, &mark).unwrap(), 3);
    }

    #[test]
    fn a_mark_whose_ring_was_never_written_does_not_count() {
        let root = tempfile::tempdir().unwrap();
        let file = FileKeyRing::at(&root.path().join("ring.json"));
        file.create(&SystemRandom).unwrap();
        let mark = Mark::beside(&file);
        mark.set(&file.load().unwrap().with_new_key(&SystemRandom))
            .unwrap();
        assert_eq!(begin(&file, &mark).unwrap(), 2);
        assert_eq!(file.load().unwrap().current_version(), 2);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn stored_values_are_readable_after_a_rotation() {
        let root = tempfile::tempdir().unwrap();
        let config = Config::for_tests(root.path());
        let installation = Installation::open(&config, Purpose::Serve).await.unwrap();
        let agent = installation.bootstrap().create().await.unwrap().agent_id;
        assert_eq!(run(&config).await.unwrap(), ExitCode::SUCCESS);
        assert!(!Mark::beside(&installation.encryption.file).path.exists());
        // The old ring is still in the memory of this one.
        let mut work = installation.ports.read(Scope::System).await.unwrap();
        assert_eq!(work.credentials().active(agent).await.unwrap().len(), 1);
        assert_eq!(installation.encryption.cipher.current_version(), 2);
    }
}
