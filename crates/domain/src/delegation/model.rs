//! Delegation chains.

use crate::id::{AgentId, ChainId, OrganizationId};
use crate::scope::ScopeSet;
use crate::time::Timestamp;
use crate::validation::Invalid;

/// Lifetime of a delegation, 60 to 86,400 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ttl(u32);

impl Ttl {
    /// Reads a number of seconds.
    ///
    /// # Errors
    ///
    /// Outside the bounds.
    pub fn new(seconds: i64) -> Result<Self, Invalid> {
        u32::try_from(seconds)
            .ok()
            .filter(|seconds| (60..=86_400).contains(seconds))
            .map(Self)
            .ok_or_else(|| Invalid::new("ttlSeconds must be between 60 and 86400."))
    }

    /// The number of seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

/// A delegation. It has one step: scopes come from an access token, so that a
/// delegatee cannot pass on what it received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegationChain {
    /// Id.
    pub chain_id: ChainId,
    /// Organization of both agents.
    pub organization_id: OrganizationId,
    /// The lending agent.
    pub delegator: AgentId,
    /// The borrowing agent.
    pub delegatee: AgentId,
    /// What is lent; never empty.
    pub scopes: ScopeSet,
    /// What the delegatee shows.
    pub token: String,
    /// Last part of the token: HMAC-SHA256, lower-case hex.
    pub signature: String,
    /// Lifetime.
    pub ttl: Ttl,
    /// Begin, a whole second.
    pub issued_at: Timestamp,
    /// End, a whole second.
    pub expires_at: Timestamp,
    /// Revocation.
    pub revoked_at: Option<Timestamp>,
    /// Creation of the row.
    pub created_at: Timestamp,
}

/// What a request for a delegation says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelegation {
    /// The borrowing agent.
    pub delegatee: AgentId,
    /// Wanted scopes as sent, without repetitions; unknown names among them.
    pub scopes: Vec<String>,
    /// Lifetime.
    pub ttl: Ttl,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_bounded() {
        for good in [60, 3_600, 86_400] {
            assert_eq!(i64::from(Ttl::new(good).unwrap().seconds()), good);
        }
        for bad in [i64::MIN, -1, 0, 59, 86_401, i64::MAX] {
            assert!(Ttl::new(bad).is_err(), "{bad}");
        }
    }
}
