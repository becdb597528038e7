//! Failures of Redis. None of them shows the URL, which holds a password.

use deadpool_redis::PoolError;
use deadpool_redis::redis::{self, ErrorKind, ServerErrorKind};

/// Redis cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    /// The URL is none that Redis clients understand.
    #[error("not a valid Redis URL")]
    InvalidUrl,
    /// No answer within the time allowed.
    #[error("Redis did not answer in time")]
    Timeout,
    /// The connection or a command failed.
    #[error("Redis failed: {0}")]
    Failed(String),
    /// A script is not in the server's cache.
    #[error("the script is not loaded")]
    ScriptUnknown,
}

impl From<redis::RedisError> for RedisError {
    fn from(error: redis::RedisError) -> Self {
        if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) {
            Self::ScriptUnknown
        } else if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Failed(error.to_string())
        }
    }
}

impl From<PoolError> for RedisError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Timeout(_) => Self::Timeout,
            other => Self::Failed(other.to_string()),
        }
    }
}
