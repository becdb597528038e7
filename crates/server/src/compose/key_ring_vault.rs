//! The ring of encryption keys as an entry of Vault.

use std::future::Future;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use agentidp_domain::encryption::{EncryptionKeyRing, InvalidKeyRing, KeyRingSource};
use agentidp_domain::random::Random;
use agentidp_domain::vault::VaultPath;
use agentidp_vault::{Vault, WriteError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zeroize::Zeroizing;

use crate::compose::key_ring::KeyRingPlace;
use crate::compose::vault;
use crate::config::VaultConfig;
use crate::failure::{Failure, Outcome};

/// Longest wait for the ring. A request may be waiting that has met a value of
/// an unknown key.
const READ_LIMIT: Duration = Duration::from_secs(4);

/// Longest wait for a change of the ring: reading and writing, each bounded by
/// the client.
const WRITE_LIMIT: Duration = Duration::from_secs(12);

/// Field with the version of the key that encrypts.
const CURRENT: &str = "current";

/// Field with the keys by version.
const KEYS: &str = "keys";

type Job = Box<dyn FnOnce(Vault) -> BoxFuture<'static, ()> + Send>;

/// Reads and replaces the entry.
///
/// Who encrypts or decrypts a column cannot await. The calls are therefore made
/// on a thread of their own, whose runtime goes on while the caller waits.
#[derive(Clone)]
pub(crate) struct VaultKeyRing {
    path: VaultPath,
    jobs: UnboundedSender<Job>,
}

impl VaultKeyRing {
    /// The ring in the entry at `path`.
    ///
    /// # Errors
    ///
    /// When client or thread cannot be made.
    pub(crate) fn open(config: &VaultConfig, path: VaultPath) -> Outcome<Self> {
        // A client of its own: connections belong to the runtime that made
        // them.
        let vault = vault::connect(config)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::during("async runtime"))?;
        let (jobs, queue) = unbounded_channel();
        std::thread::Builder::new()
            .name("key-ring".to_owned())
            .spawn(move || runtime.block_on(work(vault, queue)))
            .map_err(Failure::during("thread of the key ring"))?;
        Ok(Self { path, jobs })
    }

    /// Makes a call on the thread and waits for its result.
    fn ask<T, F>(
        &self,
        limit: Duration,
        call: impl FnOnce(Vault, VaultPath) -> F + Send + 'static,
    ) -> Result<T, InvalidKeyRing>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, InvalidKeyRing>> + Send + 'static,
    {
        let (answer, answered) = sync_channel(1);
        let path = self.path.clone();
        let job: Job = Box::new(move |vault| {
            async move {
                let result = call(vault, path).await;
                // Nobody may be waiting any more.
                drop(answer.send(result));
            }
            .boxed()
        });
        let late = |_| {
            let text = format!("{}: no answer from Vault in time", self.path.as_str());
            InvalidKeyRing::Source(text)
        };
        let sent = self.jobs.send(job);
        sent.map_err(|_| ()).map_err(late)?;
        answered.recv_timeout(limit).map_err(|_| ()).map_err(late)?
    }
}

async fn work(vault: Vault, mut queue: UnboundedReceiver<Job>) {
    while let Some(job) = queue.recv().await {
        job(vault.clone()).await;
    }
}

impl KeyRingSource for VaultKeyRing {
    fn load(&self) -> Result<EncryptionKeyRing, InvalidKeyRing> {
        self.find()?.ok_or_else(|| {
            let path = self.path.as_str();
            InvalidKeyRing::Source(format!(
                "{path}: no such entry, or its newest version is deleted"
            ))
        })
    }

    fn replace(
        &self,
        present: &EncryptionKeyRing,
        next: &EncryptionKeyRing,
    ) -> Result<(), InvalidKeyRing> {
        let (present, next) = (present.clone(), next.clone());
        self.ask(WRITE_LIMIT, |vault, path| async move {
            match read(&vault, &path).await? {
                Some((ring, version)) if ring == present => {
                    write(&vault, &path, &next, version).await
                }
                _ => Err(InvalidKeyRing::Changed),
            }
        })
    }
}

impl KeyRingPlace for VaultKeyRing {
    fn name(&self) -> String {
        format!("Vault, {}", self.path.as_str())
    }

    fn find(&self) -> Result<Option<EncryptionKeyRing>, InvalidKeyRing> {
        self.ask(READ_LIMIT, |vault, path| async move {
            let found = read(&vault, &path).await?;
            Ok(found.map(|(ring, _)| ring))
        })
    }

    fn create(&self, random: &dyn Random) -> Result<bool, InvalidKeyRing> {
        let ring = EncryptionKeyRing::generate(random);
        let written = self.ask(WRITE_LIMIT, |vault, path| async move {
            write(&vault, &path, &ring, 0).await
        });
        match written {
            Ok(()) => Ok(true),
            Err(InvalidKeyRing::Changed) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn discard(&self) {
        let removed = self.ask(WRITE_LIMIT, |vault, path| async move {
            let removed = vault.remove_entry(&path).await;
            removed.map_err(|error| InvalidKeyRing::NotWritable(error.to_string()))
        });
        if let Err(error) = removed {
            tracing::error!(%error, "remove the new key ring from Vault, nothing was encrypted with it");
        }
    }

    fn how_to_create(&self) -> String {
        let (mount, name) = self.path.split().unwrap_or_default();
        format!(
            "run `printf '{{\"{CURRENT}\":1,\"{KEYS}\":{{\"1\":\"%s\"}}}}' \"$(openssl rand -hex 32)\" \
             | vault kv put -cas=0 -mount={mount} {name} -`"
        )
    }

    fn how_to_restore(&self) -> String {
        let (mount, name) = self.path.split().unwrap_or_default();
        format!(
            "restore the entry from a backup, or with `vault kv undelete -mount={mount} \
             -versions=<number> {name}` if its newest version was deleted; a ring that was in a \
             file so far is named by ENCRYPTION_KEY_FILE, or its content written to the entry"
        )
    }
}

/// The ring and the version of the entry.
async fn read(
    vault: &Vault,
    path: &VaultPath,
) -> Result<Option<(EncryptionKeyRing, u64)>, InvalidKeyRing> {
    let entry = vault
        .read_entry(path, None)
        .await
        .map_err(|error| InvalidKeyRing::Source(format!("{}: {error}", path.as_str())))?;
    entry
        .map(|entry| Ok((ring_of(&entry.fields)?, entry.version)))
        .transpose()
}

async fn write(
    vault: &Vault,
    path: &VaultPath,
    ring: &EncryptionKeyRing,
    replaces: u64,
) -> Result<(), InvalidKeyRing> {
    let written = vault.replace_entry(path, &fields_of(ring), replaces).await;
    written.map_err(|error| match error {
        WriteError::Changed => InvalidKeyRing::Changed,
        WriteError::Vault(error) => {
            InvalidKeyRing::NotWritable(format!("{}: {error}", path.as_str()))
        }
    })
}

/// Reads the fields. Vault's command line writes each of them as a text.
fn ring_of(fields: &Map<String, Value>) -> Result<EncryptionKeyRing, InvalidKeyRing> {
    let malformed =
        || InvalidKeyRing::Malformed(format!("expected the fields {CURRENT} and {KEYS} alone"));
    let current = match fields.get(CURRENT) {
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(number) => number.as_u64(),
        None => None,
    };
    let keys = match fields.get(KEYS) {
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        keys => keys.cloned(),
    };
    let (Some(current), Some(keys), 2) = (current, keys, fields.len()) else {
        return Err(malformed());
    };
    let text = json!({CURRENT: current, KEYS: keys}).to_string();
    EncryptionKeyRing::from_json(&Zeroizing::new(text)).map_err(|error| match error {
        InvalidKeyRing::Malformed(_) => malformed(),
        error => error,
    })
}

fn fields_of(ring: &EncryptionKeyRing) -> Map<String, Value> {
    serde_json::from_str(&ring.to_json()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use agentidp_domain::random::SystemRandom;

    use super::*;

    fn read(fields: Value) -> Result<EncryptionKeyRing, InvalidKeyRing> {
        let Value::Object(fields) = fields else {
            panic!("no object")
        };
        ring_of(&fields)
    }

    #[test]
    fn fields_may_be_texts() {
        let key = "0f".repeat(32);
        let written = json!({"current": 2, "keys": {"1": key, "2": key}});
        let ring = read(written).unwrap();
        assert_eq!(ring.current_version(), 2);
        let text = format!("{{\"1\": \"{key}\", \"2\": \"{key}\"}}");
        let by_command = json!({"current": " 2", "keys": text});
        assert!(read(by_command).unwrap() == ring);
        assert!(ring_of(&fields_of(&ring)).unwrap() == ring);
    }

    #[test]
    fn other_entries_are_no_rings() {
        let key = "0f".repeat(32);
        for foreign in [
            json!({}),
            json!({"value": "x"}),
            json!({"current": 1}),
            json!({"current": "one", "keys": {"1": key}}),
            json!({"current": -1, "keys": {"1": key}}),
            json!({"current": 1, "keys": "{"}),
            json!({"current": 1, "keys": [key]}),
            json!({"current": 1, "keys": {"1": key}, "note": "mine"}),
        ] {
            let error = read(foreign.clone()).unwrap_err().to_string();
            assert!(error.contains("expected the fields"), "{foreign}: {error}");
            assert!(!error.contains(&key), "{error}");
        }
        let error = read(json!({"current": 1, "keys": {"1": "0f"}})).unwrap_err();
        assert_eq!(error, InvalidKeyRing::Key(1));
        let error = read(json!({"current": 3, "keys": {"1": key}})).unwrap_err();
        assert_eq!(error, InvalidKeyRing::NoCurrent(3));
    }

    #[test]
    fn a_server_that_is_away_is_named_with_the_entry() {
        let config = VaultConfig {
            address: "http://127.0.0.1:1".parse().unwrap(),
            token: "hvs.hush".into(),
            mount: "secret".to_owned(),
        };
        let path = VaultPath::from_stored("kv/data/idp/ring".to_owned());
        let ring = VaultKeyRing::open(&config, path).unwrap();
        for error in [
            ring.load().unwrap_err(),
            ring.create(&SystemRandom).unwrap_err(),
        ] {
            let text = error.to_string();
            assert!(
                text.contains("kv/data/idp/ring: Vault is not available"),
                "{text}"
            );
            assert!(!text.contains("hush"), "{text}");
        }
        let command = r#"`printf '{"current":1,"keys":{"1":"%s"}}' "$(openssl rand -hex 32)" | vault kv put -cas=0 -mount=kv idp/ring -`"#;
        assert_eq!(ring.how_to_create(), format!("run {command}"));
    }
}
