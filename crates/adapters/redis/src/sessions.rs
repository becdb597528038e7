//! Sessions shared by all replicas.

use std::fmt;
use std::time::Duration;

use agentidp_domain::error::StoreError;
use agentidp_domain::session::SessionStore;
use async_trait::async_trait;
use deadpool_redis::redis::{Cmd, FromRedisValue, cmd};
use tokio::time::Instant;

use crate::breaker::Breaker;
use crate::client::Redis;

/// What a request waits for a session at most, connecting included.
const PATIENCE: Duration = Duration::from_secs(1);

/// Keeps sessions in Redis, under their keys as they are. While Redis is away
/// every method fails, and at once after the first that found out.
pub struct RedisSessions {
    redis: Redis,
    breaker: Breaker,
}

impl RedisSessions {
    /// Keeps sessions in `redis`.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self {
            redis,
            breaker: Breaker::new("nobody is signed in", "sessions go on"),
        }
    }

    async fn ask<T: FromRedisValue>(
        &self,
        name: &'static str,
        command: &Cmd,
    ) -> Result<T, StoreError> {
        let now = Instant::now();
        if !self.breaker.admits(now) {
            let reason = "Redis was away a moment ago";
            return Err(StoreError::Unavailable(reason.to_owned()));
        }
        match self.redis.query(name, command, now + PATIENCE).await {
            Ok(answer) => {
                self.breaker.succeeded();
                Ok(answer)
            }
            Err(error) => {
                self.breaker.failed(Instant::now(), &error);
                Err(StoreError::Unavailable(error.to_string()))
            }
        }
    }
}

/// Whole milliseconds as Redis takes them, at least one.
fn millis(ttl: Duration) -> i64 {
    i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX).max(1)
}

fn set(key: &str, value: &str, ttl: Duration) -> Cmd {
    let mut command = cmd("SET");
    command.arg(key).arg(value).arg("PX").arg(millis(ttl));
    command
}

impl fmt::Debug for RedisSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSessions").finish_non_exhaustive()
    }
}

#[async_trait]
impl SessionStore for RedisSessions {
    async fn create(&self, key: &str, value: &str, ttl: Duration) -> Result<(), StoreError> {
        self.ask("SET", &set(key, value, ttl)).await
    }

    async fn find(&self, key: &str) -> Result<Option<String>, StoreError> {
        let value: Option<Vec<u8>> = self.ask("GET", cmd("GET").arg(key)).await?;
        // A value that is no text is none of ours.
        Ok(value.and_then(|value| String::from_utf8(value).ok()))
    }

    async fn renew(&self, key: &str, ttl: Duration) -> Result<bool, StoreError> {
        let mut command = cmd("PEXPIRE");
        command.arg(key).arg(millis(ttl));
        self.ask("PEXPIRE", &command).await
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.ask("DEL", cmd("DEL").arg(key)).await
    }

    async fn claim_once(&self, key: &str, ttl: Duration) -> Result<bool, StoreError> {
        let mut command = set(key, "", ttl);
        let set: Option<String> = self.ask("SET", command.arg("NX")).await?;
        Ok(set.is_some())
    }
}
