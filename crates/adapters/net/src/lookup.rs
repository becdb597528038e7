//! Addresses of names, as the system knows them.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Names that are looked up at the same time at most. A look-up keeps a thread
/// until the system gives up, however early its caller does.
const TURNS: usize = 16;

/// Finds the addresses of a name.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// All addresses of `host`; their ports do not count.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    async fn lookup(&self, host: &str) -> io::Result<Vec<SocketAddr>>;
}

/// Asks the resolver of the system.
pub struct SystemLookup {
    turns: Arc<Semaphore>,
}

impl SystemLookup {
    /// A look-up with threads of its own share.
    #[must_use]
    pub fn new() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(TURNS)),
        }
    }
}

impl Default for SystemLookup {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SystemLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemLookup").finish_non_exhaustive()
    }
}

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<SocketAddr>> {
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        let host = host.to_owned();
        spawn_blocking(move || {
            let found = (host.as_str(), 0).to_socket_addrs().map(Iterator::collect);
            drop(turn);
            found
        })
        .await
        .map_err(io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_system_knows_the_own_host() {
        let found = SystemLookup::new().lookup("localhost").await.unwrap();
        assert!(!found.is_empty());
        assert!(found.iter().all(|address| address.ip().is_loopback()));
    }

    #[tokio::test]
    async fn a_look_up_waits_for_its_turn_and_gives_it_back() {
        let lookup = SystemLookup::new();
        let all = u32::try_from(TURNS).unwrap();
        let taken = lookup.turns.acquire_many(all).await.unwrap();
        let mut waiting = Box::pin(lookup.lookup("localhost"));
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("there was no turn"),
            () = tokio::task::yield_now() => {}
        }
        drop(taken);
        waiting.await.unwrap();
        assert_eq!(lookup.turns.available_permits(), TURNS);
    }
}
