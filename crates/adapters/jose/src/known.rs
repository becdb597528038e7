//! Signatures that were found good.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

/// Tokens that are remembered, some 150 bytes each.
const CAPACITY: u64 = 50_000;
/// No token lives longer.
const LIFETIME: Duration = Duration::from_secs(3600);

/// Remembers, by their digests, whole tokens whose signature one set of keys has
/// verified: clients present the same token many times. Only good ones enter, so
/// strangers cannot fill it.
pub(crate) struct Known(Cache<[u8; SHA256_OUTPUT_LEN], ()>);

impl Known {
    /// Whether `verify` accepts the token, or did so before.
    pub(crate) fn or_verify(&self, token: &str, verify: impl FnOnce() -> bool) -> bool {
        let Ok(key) = digest(&SHA256, token.as_bytes()).as_ref().try_into() else {
            return verify();
        };
        if self.0.get(&key).is_some() {
            return true;
        }
        let good = verify();
        if good {
            self.0.insert(key, ());
        }
        good
    }
}

impl Default for Known {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(LIFETIME)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
        )
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_good_is_known() {
        let known = Known::default();
        assert!(!known.or_verify("token", || false));
        assert!(known.or_verify("token", || true));
        assert!(known.or_verify("token", || false));
        assert!(!known.or_verify("other", || false));
    }
}
