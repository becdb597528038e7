//! Where secrets lie.

use std::fmt;

use crate::id::{AgentId, CredentialId, DelegationKeyId, DidKeyId, SubscriptionId};

/// Path of a secret for reading and writing, `{mount}/data/agentidp/…`.
#[derive(Clone, PartialEq, Eq)]
pub struct VaultPath(String);

impl VaultPath {
    /// The path of `place` in the secret engine mounted at `mount`.
    #[must_use]
    pub fn new(mount: &str, place: &SecretPlace<'_>) -> Self {
        Self(format!("{mount}/data/agentidp/{place}"))
    }

    /// Takes over a stored path.
    #[must_use]
    pub fn from_stored(path: String) -> Self {
        Self(path)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Mount of the secret engine, and the name of the secret in it; `None`
    /// for a text that is no such path.
    #[must_use]
    pub fn split(&self) -> Option<(&str, &str)> {
        self.0
            .split_once("/data/")
            .filter(|(mount, name)| !mount.is_empty() && !name.is_empty())
    }
}

impl fmt::Debug for VaultPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VaultPath(…)")
    }
}

/// What a secret belongs to; prints as its place below `agentidp/`.
#[derive(Clone, Copy, Debug)]
pub enum SecretPlace<'a> {
    /// Secret of a client.
    Credential {
        /// The client.
        agent: AgentId,
        /// The credential.
        credential: CredentialId,
    },
    /// Private key of an agent's identifier.
    DidKey {
        /// The agent.
        agent: AgentId,
        /// The key.
        key: DidKeyId,
    },
    /// Private key that signs tokens.
    SigningKey {
        /// Its `kid`, characters of base64url.
        kid: &'a str,
    },
    /// Key of the signatures of webhook deliveries.
    Webhook {
        /// The subscription.
        subscription: SubscriptionId,
    },
    /// Key of delegation tokens.
    DelegationKey {
        /// The key.
        key: DelegationKeyId,
    },
    /// A place in its printed form.
    Printed(&'a str),
}

impl<'a> SecretPlace<'a> {
    /// A place in its printed form; `None` for a text that is none.
    #[must_use]
    pub fn printed(text: &'a str) -> Option<Self> {
        let kinds = ["agents/", "oidc/keys/", "webhooks/", "delegation/keys/"];
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte);
        let is_place = kinds.iter().any(|kind| text.starts_with(kind))
            && text.bytes().all(plain)
            && !text.contains("//");
        is_place.then_some(Self::Printed(text))
    }
}

impl fmt::Display for SecretPlace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credential { agent, credential } => {
                write!(f, "agents/{agent}/credentials/{credential}")
            }
            Self::DidKey { agent, key } => write!(f, "agents/{agent}/did-keys/{key}"),
            Self::SigningKey { kid } => write!(f, "oidc/keys/{kid}"),
            Self::Webhook { subscription } => write!(f, "webhooks/{subscription}"),
            Self::DelegationKey { key } => write!(f, "delegation/keys/{key}"),
            Self::Printed(place) => f.write_str(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_split_into_mount_and_name() {
        let path = VaultPath::new("kv/team", &SecretPlace::SigningKey { kid: "k1" });
        assert_eq!(path.as_str(), "kv/team/data/agentidp/oidc/keys/k1");
        assert_eq!(path.split(), Some(("kv/team", "agentidp/oidc/keys/k1")));
        assert!(!format!("{path:?}").contains("k1"));
        for text in ["agents/1/credentials/2", "oidc/keys/a-B_c", "webhooks/3"] {
            assert_eq!(SecretPlace::printed(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "encryption-key",
            "agents/../encryption-key",
            "webhooks//3",
        ] {
            assert!(SecretPlace::printed(text).is_none(), "{text}");
        }
        for broken in ["", "secret", "/data/x", "secret/data/"] {
            assert_eq!(VaultPath::from_stored(broken.to_owned()).split(), None);
        }
    }
}
