//! The ring of encryption keys in a file.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use agentidp_domain::encryption::{EncryptionKeyRing, InvalidKeyRing, KeyRingSource};
use agentidp_domain::random::Random;
use zeroize::Zeroizing;

use crate::compose::key_ring::KeyRingPlace;
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

    fn failed(&self, error: &io::Error) -> InvalidKeyRing {
        InvalidKeyRing::Source(format!("{}: {error}", self.path.display()))
    }

    /// Keeps other processes from replacing the file. A new file takes the
    /// place of the one that is locked; who waited for the lock then finds
    /// another ring than the one to be replaced.
    fn lock(&self) -> io::Result<File> {
        let file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        file.lock()?;
        Ok(file)
    }
}

impl KeyRingSource for FileKeyRing {
    fn load(&self) -> Result<EncryptionKeyRing, InvalidKeyRing> {
        let text = std::fs::read_to_string(&self.path).map_err(|error| self.failed(&error))?;
        EncryptionKeyRing::from_json(&Zeroizing::new(text))
    }

    fn replace(
        &self,
        present: &EncryptionKeyRing,
        next: &EncryptionKeyRing,
    ) -> Result<(), InvalidKeyRing> {
        let not_writable = |error: io::Error| {
            InvalidKeyRing::NotWritable(format!("{}: {error}", self.path.display()))
        };
        let _locked = self.lock().map_err(not_writable)?;
        if self.load()? != *present {
            return Err(InvalidKeyRing::Changed);
        }
        // Names the path.
        files::replace(&self.path, next.to_json().as_bytes())
            .map_err(|error| InvalidKeyRing::NotWritable(error.to_string()))
    }
}

impl KeyRingPlace for FileKeyRing {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn find(&self) -> Result<Option<EncryptionKeyRing>, InvalidKeyRing> {
        if self.path.exists() {
            self.load().map(Some)
        } else {
            Ok(None)
        }
    }

    fn create(&self, random: &dyn Random) -> Result<bool, InvalidKeyRing> {
        let ring = EncryptionKeyRing::generate(random).to_json();
        let created = match self.path.parent() {
            Some(folder) => files::private_dir(folder),
            None => Ok(()),
        }
        .and_then(|()| files::create(&self.path, ring.as_bytes()));
        created.map_err(|error| InvalidKeyRing::NotWritable(error.to_string()))
    }

    fn discard(&self) {
        let _ = std::fs::remove_file(&self.path);
    }

    fn how_to_create(&self) -> String {
        "write {\"current\":1,\"keys\":{\"1\":\"<output of openssl rand -hex 32>\"}} to it"
            .to_owned()
    }

    fn how_to_restore(&self) -> String {
        "restore the file from a backup".to_owned()
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
        assert!(file.find().unwrap().is_none());
        assert!(file.create(&SystemRandom).unwrap());
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&root.path().join("keys")), 0o700);
        let first = file.load().unwrap();
        let next = first.with_new_key(&SystemRandom);
        file.replace(&first, &next).unwrap();
        assert!(file.find().unwrap() == Some(next));
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn an_existing_ring_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let file = FileKeyRing::at(&root.path().join("ring.json"));
        assert!(file.create(&SystemRandom).unwrap());
        let before = file.load().unwrap();
        assert!(!file.create(&SystemRandom).unwrap());
        assert!(file.load().unwrap() == before);
    }

    #[test]
    fn of_many_that_replace_a_ring_at_once_one_does() {
        let root = tempfile::tempdir().unwrap();
        let file = FileKeyRing::at(&root.path().join("ring.json"));
        file.create(&SystemRandom).unwrap();
        let present = file.load().unwrap();
        let replace = || file.replace(&present, &present.with_new_key(&SystemRandom));
        let results: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(replace)).collect();
            let ended = threads.into_iter().map(|thread| thread.join().unwrap());
            ended.collect()
        });
        let (done, late): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), late.len()), (1, 7));
        assert!(late.contains(&Err(InvalidKeyRing::Changed)));
        assert_eq!(file.load().unwrap().current_version(), 2);
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
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
