//! Value types of an agent record: what is constructed here is valid.

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;

use crate::scope::{Scope, ScopeSet};
use crate::text::bounded;
use crate::validation::Invalid;
use crate::wire_enum;

wire_enum! {
    /// What an agent does.
    AgentType {
        /// Screens input.
        Screener = "screener",
        /// Classifies.
        Classifier = "classifier",
        /// Directs other agents.
        Orchestrator = "orchestrator",
        /// Extracts data.
        Extractor = "extractor",
        /// Summarizes.
        Summarizer = "summarizer",
        /// Routes work.
        Router = "router",
        /// Watches.
        Monitor = "monitor",
        /// Anything else.
        Custom = "custom",
    }
}

wire_enum! {
    /// Where an agent runs.
    DeploymentEnv {
        /// Development.
        Development = "development",
        /// Staging.
        Staging = "staging",
        /// Production.
        Production = "production",
    }
}

wire_enum! {
    /// Life-cycle state of an agent.
    AgentStatus {
        /// May obtain tokens.
        Active = "active",
        /// Obtains no tokens; outstanding ones have ended.
        Suspended = "suspended",
        /// Ended for good.
        Decommissioned = "decommissioned",
    }
}

/// An e-mail address (RFC 5321 mailbox without quoting), kept as sent; unique
/// without regard to case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Checks form and length (≤ 254 characters).
    ///
    /// # Errors
    ///
    /// When the text is no address.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let options = email_address::Options::default()
            .without_display_text()
            .without_domain_literal();
        // Quoting, and what RFC 6532 would admit: controls and spaces beyond ASCII.
        let unwanted = |c: char| c == '"' || c == '\\' || c.is_control() || c.is_whitespace();
        if text.chars().count() > 254
            || text.contains(unwanted)
            || email_address::EmailAddress::parse_with_options(text, options).is_err()
        {
            return Err(Invalid::new(
                "Must be a valid e-mail address of at most 254 characters.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The address as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is unique over the installation.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Version of an agent: `1.4`, `v1.4.2-rc.1+build`; kept as sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Version(String);

impl Version {
    /// Checks `^v?\d+\.\d+(\.\d+)?(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`
    /// and the length (≤ 64).
    ///
    /// # Errors
    ///
    /// When the text is no version.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        if text.len() <= 64 && is_version(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new(
                "Must be a version such as 1.4.2, at most 64 characters.",
            ))
        }
    }

    /// The version as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_version(text: &str) -> bool {
    let suffix_ok = |suffix: &str| {
        !suffix.is_empty()
            && suffix
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
    };
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, build) = text
        .split_once('+')
        .map_or((text, None), |(a, b)| (a, Some(b)));
    let (core, pre) = text
        .split_once('-')
        .map_or((text, None), |(a, b)| (a, Some(b)));
    let numbers: Vec<&str> = core.split('.').collect();
    (2..=3).contains(&numbers.len())
        && numbers
            .iter()
            .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        && pre.is_none_or(suffix_ok)
        && build.is_none_or(suffix_ok)
}

/// What an agent can do, entries such as `resume:read`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Capabilities(Vec<String>);

impl Capabilities {
    /// Checks number (≤ 100), length (≤ 128) and form
    /// (`^[A-Za-z0-9_.*-]+(:[A-Za-z0-9_.*-]+)?$`) of the entries, and that
    /// none is repeated.
    ///
    /// # Errors
    ///
    /// Names the first entry that is not allowed.
    pub fn new(entries: Vec<String>) -> Result<Self, Invalid> {
        if entries.len() > 100 {
            return Err(Invalid::new("Must have at most 100 entries."));
        }
        let mut seen = HashSet::new();
        for (index, entry) in entries.iter().enumerate() {
            if entry.len() > 128 || !is_capability(entry) {
                return Err(Invalid::new(format!(
                    "Entry {index} must be of the form resource or resource:action, \
                     at most 128 characters."
                )));
            }
            if !seen.insert(entry.as_str()) {
                return Err(Invalid::new(format!("Entry {index} is a duplicate.")));
            }
        }
        Ok(Self(entries))
    }

    /// The entries as sent.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

fn is_capability(entry: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_.*-".contains(&b))
    };
    match entry.split_once(':') {
        Some((resource, action)) => word(resource) && word(action),
        None => word(entry),
    }
}

/// Developer or team responsible for an agent, 1–128 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Owner(String);

impl Owner {
    /// Checks length and the absence of control characters.
    ///
    /// # Errors
    ///
    /// When a rule is broken.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        bounded(text, 1, 128)?;
        Ok(Self(text.to_owned()))
    }

    /// The text as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The grant of an agent (`allowedScopes`): what its tokens may carry; never
/// empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Grant(ScopeSet);

impl Grant {
    /// Wraps a set that is not empty.
    ///
    /// # Errors
    ///
    /// When the set is empty.
    pub fn new(scopes: ScopeSet) -> Result<Self, Invalid> {
        if scopes.is_empty() {
            return Err(Invalid::new("Must have at least one entry."));
        }
        Ok(Self(scopes))
    }

    /// Reads names of scopes; unknown and repeated ones are refused.
    ///
    /// # Errors
    ///
    /// Names the first entry that is not allowed.
    pub fn from_names(names: &[String]) -> Result<Self, Invalid> {
        let mut scopes = ScopeSet::EMPTY;
        for name in names {
            let scope: Scope = name.parse().map_err(|_| {
                Invalid::new(format!(
                    "Entries must be one of: {}.",
                    Scope::ALL
                        .iter()
                        .map(|scope| scope.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                ))
            })?;
            if scopes.contains(scope) {
                return Err(Invalid::new(format!("{scope} is a duplicate.")));
            }
            scopes = scopes.with(scope);
        }
        Self::new(scopes)
    }

    /// Every scope except `admin:orgs`: the grant of an organization's first
    /// administrator.
    pub const ORGANIZATION_ADMIN: Self = Self(ScopeSet::ALL.without(Scope::AdminOrgs));

    /// Every scope: the grant of the platform's first administrator.
    pub const PLATFORM_ADMIN: Self = Self(ScopeSet::ALL);

    /// The set.
    #[must_use]
    pub fn scopes(self) -> ScopeSet {
        self.0
    }
}

impl Default for Grant {
    fn default() -> Self {
        Self(ScopeSet::EMPTY.with(Scope::AgentsRead))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mail_addresses() {
        for good in [
            "screener-001@sentryagent.ai",
            "admin@system.local",
            "a.b+c@x.io",
        ] {
            assert!(Email::new(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(250));
        for bad in [
            "",
            "x",
            "@x.io",
            "a@",
            "a b@x.io",
            "A <a@x.io>",
            "\"a\"@x.io",
            "a@[127.0.0.1]",
            "a\u{85}b@x.io",
            "a\u{a0}b@x.io",
            "a@x\u{2028}y.io",
            &long,
        ] {
            assert!(Email::new(bad).is_err(), "{bad}");
        }
        assert_eq!(Email::new("A@X.io").unwrap().folded(), "a@x.io");
    }

    #[test]
    fn versions() {
        for good in ["1.0", "v1.4.2", "10.20.30-rc.1+build.5", "1.0+a"] {
            assert!(Version::new(good).is_ok(), "{good}");
        }
        for bad in [
            "", "1", "1.", "1.0.0.0", "1.0-", "1.0+", "a.b", "1.0 ", "vv1.0",
        ] {
            assert!(Version::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn capabilities() {
        let list =
            |entries: &[&str]| Capabilities::new(entries.iter().map(|e| (*e).to_owned()).collect());
        assert!(list(&[]).is_ok());
        assert!(list(&["resume:read", "*", "a.b-c_d:*"]).is_ok());
        for bad in ["", ":", "a:", "a:b:c", "a b", "ü"] {
            assert!(list(&[bad]).is_err(), "{bad}");
        }
        assert!(list(&["a", "a"]).is_err());
    }

    #[test]
    fn grants_are_never_empty_and_never_repeat() {
        assert!(Grant::from_names(&[]).is_err());
        assert!(Grant::from_names(&["agents:read".into(), "agents:read".into()]).is_err());
        assert!(Grant::from_names(&["root".into()]).is_err());
        assert!(
            !Grant::ORGANIZATION_ADMIN
                .scopes()
                .contains(Scope::AdminOrgs)
        );
    }
}
