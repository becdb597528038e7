//! The ring of encryption keys in a file.

use std::io;
use std::path::{Path, PathBuf};

use agentidp_domain::encryption::{EncryptionKeyRing, InvalidKeyRing, KeyRingSource};
use agentidp_domain::random::Random;
use zeroize::Zeroizing;

use crate::files;

/// Reads and replaces the file.
#[derive(Clone, Debug)]
pub(crate) struct FileKeyRing {
    path: PathBuf,
}

impl FileKeyRing {
    /// The ring in the file at `path`.
    pub(crate) fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Where the file lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is there.
    pub(crate) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Creates the file with one new key; `false` when another process was
    /// faster.
    ///
    /// # Errors
    ///
    /// When folder or file cannot be written.
    pub(crate) fn create(&self, random: &dyn Random) -> Result<bool, InvalidKeyRing> {
        let ring = EncryptionKeyRing::generate(random).to_json();
        let created = match self.path.parent() {
            Some(folder) => files::private_dir(folder),
            None => Ok(()),
        }
        .and_then(|()| files::create(&self.path, ring.as_bytes()));
        created.map_err(|error| InvalidKeyRing::Source(error.to_string()))
    }

    /// Removes a file that this process created and that nothing was
    /// encrypted with.
    pub(crate) fn discard(&self) {
        let _ = std::fs::remove_file(&self.path);
    }

    fn failed(&self, error: &io::Error) -> InvalidKeyRing {
        InvalidKeyRing::Source(format!("{}: {error}", self.path.display()))
    }
}

impl KeyRingSource for FileKeyRing {
    fn load(&self) -> Result<EncryptionKeyRing, InvalidKeyRing> {
        let text = std::fs::read_to_string(&self.path).map_err(|error| self.failed(&error))?;
        EncryptionKeyRing::from_json(&Zeroizing::new(text))
    }

    fn store(&self, ring: &EncryptionKeyRing) -> Result<(), InvalidKeyRing> {
        files::replace(&self.path, ring.to_json().as_bytes())
            .map_err(|error| InvalidKeyRing::Source(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use agentidp_domain::random::SystemRandom;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_file_is_private_and_survives_a_round_trip() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("keys/encryption.json");
        let file = FileKeyRing::at(&path);
        assert!(!file.exists());
        assert!(file.create(&SystemRandom).unwrap());
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&root.path().join("keys")), 0o700);
        let next = file.load().unwrap().with_new_key(&SystemRandom);
        file.store(&next).unwrap();
        assert_eq!(file.load().unwrap().current_version(), 2);
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn an_existing_ring_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let file = FileKeyRing::at(&root.path().join("ring.json"));
        assert!(file.create(&SystemRandom).unwrap());
        let before = file.load().unwrap().to_json();
        assert!(!file.create(&SystemRandom).unwrap());
        assert_eq!(*file.load().unwrap().to_json(), *before);
    }

    #[test]
    fn a_missing_or_broken_file_is_named() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("ring.json");
        let error = FileKeyRing::at(&path).load().unwrap_err().to_string();
        assert!(error.contains("ring.json"), "{error}");
        std::fs::write(&path, r#"{"current":1,"keys":{"1":"00"}}"#).unwrap();
        let error = FileKeyRing::at(&path).load().unwrap_err().to_string();
        assert!(error.contains("Invalid encryption key"), "{error}");
        assert!(
            error.contains("expected a 64-character hex string"),
            "{error}"
        );
    }
}
