//! OAuth 2.0 scopes (RFC 6749 §3.3): the vocabulary and sets over it.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

macro_rules! scopes {
    ($($(#[$doc:meta])* $variant:ident = $bit:literal, $name:literal;)+) => {
        /// One scope of the product's vocabulary.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Scope { $($(#[$doc])* $variant,)+ }

        impl Scope {
            /// All scopes, in the order in which discovery publishes them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            const fn bit(self) -> u8 {
                match self { $(Self::$variant => 1 << $bit),+ }
            }
        }
    };
}

scopes! {
    /// An ID token in the token response; opens no endpoint.
    OpenId = 0, "openid";
    /// Read agents and what belongs to them.
    AgentsRead = 1, "agents:read";
    /// Register, change and decommission agents; manage credentials.
    AgentsWrite = 2, "agents:write";
    /// Introspect and revoke tokens.
    TokensRead = 3, "tokens:read";
    /// Read and verify the audit log.
    AuditRead = 4, "audit:read";
    /// Read webhook subscriptions and deliveries.
    WebhooksRead = 5, "webhooks:read";
    /// Manage webhook subscriptions.
    WebhooksWrite = 6, "webhooks:write";
    /// Platform-wide administration; only for agents of the system
    /// organization.
    AdminOrgs = 7, "admin:orgs";
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A name that is not in the vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope")]
pub struct UnknownScope;

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(name: &str) -> Result<Self, UnknownScope> {
        Self::ALL
            .iter()
            .copied()
            .find(|scope| scope.as_str() == name)
            .ok_or(UnknownScope)
    }
}

/// A set of scopes: the grant of an agent, the scope of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet(u8);

impl ScopeSet {
    /// The empty set.
    pub const EMPTY: Self = Self(0);

    /// Every scope there is.
    pub const ALL: Self = Self(u8::MAX);

    /// Whether `scope` is in the set.
    #[must_use]
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether every scope of this set is in `other`.
    #[must_use]
    pub const fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether the set has no member.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set with `scope`.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | scope.bit())
    }

    /// The set without `scope`.
    #[must_use]
    pub const fn without(self, scope: Scope) -> Self {
        Self(self.0 & !scope.bit())
    }

    /// The members of this set that `other` lacks.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The members of this set that `other` has too.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The members, in the order of the vocabulary.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .iter()
            .copied()
            .filter(move |scope| self.contains(*scope))
    }

    /// The set as a number, one bit per scope; for keys of caches.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The names, alphabetically sorted and separated by spaces: the label of
    /// metrics.
    #[must_use]
    pub fn sorted_names(self) -> String {
        let mut names: Vec<&str> = self.iter().map(Scope::as_str).collect();
        names.sort_unstable();
        names.join(" ")
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Display for ScopeSet {
    /// Names separated by single spaces, as in the `scope` parameter and
    /// claim.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl FromStr for ScopeSet {
    type Err = UnknownScope;

    /// Reads names separated by single spaces; duplicates collapse, the empty
    /// text is the empty set.
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        if text.is_empty() {
            return Ok(Self::EMPTY);
        }
        text.split(' ').map(Scope::from_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_set() -> impl Strategy<Value = ScopeSet> {
        any::<u8>().prop_map(ScopeSet)
    }

    proptest! {
        #[test]
        fn text_form_round_trips(set in any_set()) {
            prop_assert_eq!(set.to_string().parse::<ScopeSet>(), Ok(set));
        }

        #[test]
        fn subset_agrees_with_membership(a in any_set(), b in any_set()) {
            let by_member = a.iter().all(|scope| b.contains(scope));
            prop_assert_eq!(a.is_subset(b), by_member);
            prop_assert_eq!(a.difference(b).is_empty(), by_member);
        }

        #[test]
        fn nothing_outside_the_vocabulary_is_a_scope(name in "[a-z:]{0,12}") {
            let known = Scope::ALL.iter().any(|scope| scope.as_str() == name);
            prop_assert_eq!(name.parse::<Scope>().is_ok(), known);
        }
    }

    #[test]
    fn duplicates_collapse_and_double_spaces_are_refused() {
        let set: ScopeSet = "agents:read agents:read".parse().unwrap();
        assert_eq!(set.iter().count(), 1);
        assert!("agents:read  agents:write".parse::<ScopeSet>().is_err());
    }

    #[test]
    fn metric_label_is_sorted() {
        let set: ScopeSet = "tokens:read agents:read".parse().unwrap();
        assert_eq!(set.sorted_names(), "agents:read tokens:read");
    }
}
