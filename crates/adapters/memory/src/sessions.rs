//! Sessions in the process.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agentidp_domain::error::StoreError;
use agentidp_domain::session::SessionStore;
use agentidp_domain::time::Clock;
use async_trait::async_trait;

use crate::entries::{Bounds, Entries};

/// Sessions at once, and as many claims.
const DEFAULT_ENTRIES: usize = 50_000;

/// Bytes of all sessions, and as many of all claims.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Bytes of one session with its key.
const MAX_ENTRY_BYTES: usize = 4 * 1024;

/// Keeps sessions in memory, in bounded number and size. When there is no
/// room, those are forgotten first that would end first. A clock that is set
/// back ends sessions, or hides them for a while, and prolongs none.
pub struct MemorySessions {
    clock: Arc<dyn Clock>,
    held: Mutex<Held>,
}

/// Claims lie apart from sessions, so that many of one leave the other alone.
struct Held {
    sessions: Entries,
    claims: Entries,
}

impl MemorySessions {
    /// Room for 50,000 sessions.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_room(clock, DEFAULT_ENTRIES)
    }

    /// Room for `sessions` sessions and as many claims, at least one.
    #[must_use]
    pub fn with_room(clock: Arc<dyn Clock>, sessions: usize) -> Self {
        let bounds = Bounds {
            entries: sessions.max(1),
            bytes: MAX_BYTES,
            entry_bytes: MAX_ENTRY_BYTES,
        };
        Self {
            clock,
            held: Mutex::new(Held {
                sessions: Entries::new(bounds),
                claims: Entries::new(bounds),
            }),
        }
    }

    /// Reads the clock under the lock, so that times do not run backwards.
    fn with<T>(&self, work: impl FnOnce(&mut Held, i64) -> T) -> T {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut held, self.clock.now().unix_millis())
    }
}

impl fmt::Debug for MemorySessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySessions").finish_non_exhaustive()
    }
}

#[async_trait]
impl SessionStore for MemorySessions {
    async fn create(&self, key: &str, value: &str, ttl: Duration) -> Result<(), StoreError> {
        self.with(|held, now| held.sessions.replace(key, value, ttl, now));
        Ok(())
    }

    async fn find(&self, key: &str) -> Result<Option<String>, StoreError> {
        let value = self.with(|held, now| held.sessions.get(key, now));
        Ok(value.map(|value| value.as_ref().to_owned()))
    }

    async fn renew(&self, key: &str, ttl: Duration) -> Result<bool, StoreError> {
        Ok(self.with(|held, now| held.sessions.renew(key, ttl, now)))
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.with(|held, _| held.sessions.remove(key));
        Ok(())
    }

    async fn claim_once(&self, key: &str, ttl: Duration) -> Result<bool, StoreError> {
        Ok(self.with(|held, now| held.claims.claim(key, ttl, now)))
    }
}
