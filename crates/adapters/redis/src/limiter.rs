//! Rate limits shared by all replicas.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::limit::{RateLimiter, Reading, Window};
use agentidp_domain::time::Clock;
use async_trait::async_trait;
use deadpool_redis::redis::{Cmd, Script, cmd};
use tokio::time::Instant;

use crate::breaker::Breaker;
use crate::client::Redis;
use crate::error::RedisError;

/// What a request waits for its limit at most, connecting included.
const PATIENCE: Duration = Duration::from_millis(250);

/// Counts unless the limit is reached and returns the counters as they were
/// before. The rule is that of `Reading::evaluate`, multiplied by the length so
/// that nothing is divided; the numbers stay far below 2^53.
const HIT: &str = r"
local current = tonumber(redis.call('GET', KEYS[1]) or '0')
local previous = tonumber(redis.call('GET', KEYS[2]) or '0')
local limit, weight, length = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if current * length + previous * weight < limit * length then
    redis.call('INCR', KEYS[1])
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return {current, previous}
";

/// Counts hits in Redis; while it is away, in a limiter of the process.
pub struct RedisRateLimiter {
    redis: Redis,
    clock: Arc<dyn Clock>,
    fallback: Arc<dyn RateLimiter>,
    breaker: Breaker,
    script: Script,
}

#[derive(Clone, Copy)]
enum Look {
    Hit,
    Peek,
}

/// Where the clock stands in a window.
struct Position {
    length: i64,
    number: i64,
    left: i64,
}

impl RedisRateLimiter {
    /// Counts in `redis`, in `fallback` while that cannot be reached.
    #[must_use]
    pub fn new(redis: Redis, clock: Arc<dyn Clock>, fallback: Arc<dyn RateLimiter>) -> Self {
        Self {
            redis,
            clock,
            fallback,
            breaker: Breaker::new(
                "rate limits are counted in the process",
                "rate limits are shared",
            ),
            script: Script::new(HIT),
        }
    }

    /// The reading from Redis, or none while it is away.
    async fn shared(&self, window: &Window, look: Look) -> Option<Reading> {
        if !self.breaker.admits(Instant::now()) {
            return None;
        }
        match self.ask(window, look).await {
            Ok(reading) => {
                self.breaker.succeeded();
                Some(reading)
            }
            Err(error) => {
                self.breaker.failed(Instant::now(), &error);
                None
            }
        }
    }

    async fn ask(&self, window: &Window, look: Look) -> Result<Reading, RedisError> {
        let deadline = Instant::now() + PATIENCE;
        let now = self.clock.now().unix_millis();
        let position = Position::of(window, now);
        let key = |number: i64| format!("{}:{number}", window.key);
        let keys = [key(position.number), key(position.number - 1)];
        let (current, previous) = match look {
            Look::Hit => {
                self.hit_in_redis(window, &position, &keys, deadline)
                    .await?
            }
            Look::Peek => {
                let counters: (Option<u64>, Option<u64>) = self
                    .redis
                    .query("MGET", cmd("MGET").arg(&keys), deadline)
                    .await?;
                (counters.0.unwrap_or(0), counters.1.unwrap_or(0))
            }
        };
        Ok(Reading::evaluate(window, now, current, previous))
    }

    async fn hit_in_redis(
        &self,
        window: &Window,
        position: &Position,
        keys: &[String; 2],
        deadline: Instant,
    ) -> Result<(u64, u64), RedisError> {
        let call = |name: &str, script: &str| -> Cmd {
            let mut command = cmd(name);
            command.arg(script).arg(keys.len()).arg(keys);
            command
                .arg(window.limit)
                .arg(position.left)
                .arg(position.length);
            command.arg(position.length.saturating_mul(2));
            command
        };
        let by_hash = call("EVALSHA", self.script.get_hash());
        match self.redis.query("EVALSHA", &by_hash, deadline).await {
            // A restarted server has forgotten the script; this loads it too.
            Err(RedisError::ScriptUnknown) => {
                self.redis.query("EVAL", &call("EVAL", HIT), deadline).await
            }
            answer => answer,
        }
    }
}

impl Position {
    fn of(window: &Window, now: i64) -> Self {
        let length = i64::try_from(window.length.as_millis())
            .unwrap_or(i64::MAX)
            .max(1);
        Self {
            length,
            number: now.div_euclid(length),
            left: length - now.rem_euclid(length),
        }
    }
}

impl fmt::Debug for RedisRateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRateLimiter").finish_non_exhaustive()
    }
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn hit(&self, window: &Window) -> Reading {
        match self.shared(window, Look::Hit).await {
            Some(reading) => reading,
            None => self.fallback.hit(window).await,
        }
    }

    async fn peek(&self, window: &Window) -> Reading {
        match self.shared(window, Look::Peek).await {
            Some(reading) => reading,
            None => self.fallback.peek(window).await,
        }
    }
}
