//! Identifiers: UUIDs (RFC 9562), one type per kind of thing, so that an
//! agent's id cannot be passed where an organization's is expected.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID.
            #[must_use]
            pub const fn new(value: Uuid) -> Self {
                Self(value)
            }

            /// The UUID itself.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Reads the hyphenated form, the only one the product writes.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if text.len() != 36 {
                    return Err(InvalidId);
                }
                Uuid::parse_str(text).map(Self).map_err(|_| InvalidId)
            }
        }
    };
}

/// A text that is not a hyphenated UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID")]
pub struct InvalidId;

id! {
    /// Id of an agent; at once its OAuth 2.0 `client_id` and the `sub` of its
    /// tokens.
    AgentId
}
id! {
    /// Id of an organization, the tenant boundary.
    OrganizationId
}
id! {
    /// Id of a credential; survives rotation.
    CredentialId
}
id! {
    /// Id of an access token, its `jti` claim (RFC 7519 §4.1.7).
    TokenId
}
id! {
    /// Id of an audit event.
    EventId
}
id! {
    /// Id of an organization membership.
    MemberId
}
id! {
    /// Id of a DID key of an agent.
    DidKeyId
}
id! {
    /// Id of a trust policy of the workload exchange.
    TrustPolicyId
}
id! {
    /// Id of a federation partner.
    PartnerId
}
id! {
    /// Id of a delegation chain.
    ChainId
}
id! {
    /// Id of a generated key of delegation tokens.
    DelegationKeyId
}

id! {
    /// Id of a platform event.
    PlatformEventId
}
id! {
    /// Id of a webhook subscription.
    SubscriptionId
}
id! {
    /// Id of a delivery of an event to a subscription.
    DeliveryId
}
id! {
    /// Id of a secret that waits for its removal from Vault.
    VaultRemovalId
}

impl OrganizationId {
    /// The organization of the platform's administrators, created by
    /// migration.
    pub const SYSTEM: Self = Self(Uuid::from_u128(0x0000_0000_0000_4000_8000_0000_0000_0001));

    /// Whether this is the system organization.
    #[must_use]
    pub fn is_system(self) -> bool {
        self == Self::SYSTEM
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_organization_has_its_documented_id() {
        assert_eq!(
            OrganizationId::SYSTEM.to_string(),
            "00000000-0000-4000-8000-000000000001"
        );
    }

    #[test]
    fn only_hyphenated_uuids_are_ids() {
        assert!(
            "a1b2c3d4-0000-4000-8000-000000000001"
                .parse::<AgentId>()
                .is_ok()
        );
        for text in [
            "",
            "x",
            "a1b2c3d4000040008000000000000001",
            "{a1b2c3d4-0000-4000-8000-000000000001}",
        ] {
            assert_eq!(text.parse::<AgentId>(), Err(InvalidId), "{text}");
        }
    }
}
