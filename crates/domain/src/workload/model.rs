//! Trust policies: which workflow of which repository may act as what.

use serde::Serialize;

use crate::id::{AgentId, OrganizationId, TrustPolicyId};
use crate::time::Timestamp;
use crate::validation::Invalid;
use crate::wire_enum;

/// Longest repository and branch names, in characters.
const NAME_LIMIT: usize = 255;

wire_enum! {
    /// Platform whose workflows present tokens.
    Provider {
        /// GitHub Actions.
        GitHub = "github",
    }
}

/// `org/repo`, compared exactly.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Repository(String);

impl Repository {
    /// Reads `org/repo`.
    ///
    /// # Errors
    ///
    /// When it is of another form.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let word = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        let formed = text
            .split_once('/')
            .is_some_and(|(owner, name)| word(owner) && word(name));
        if !formed || text.len() > NAME_LIMIT {
            return Err(Invalid::new("Must be in 'org/repo' format."));
        }
        Ok(Self(text.to_owned()))
    }

    /// `org/repo`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Name of a branch in plain form (`main`), compared exactly.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Branch(String);

impl Branch {
    /// Reads a branch name as people write it: trimmed, `refs/heads/` taken
    /// off. `None` for an empty one, which stands for any branch.
    ///
    /// # Errors
    ///
    /// Other refs, wildcards and control characters.
    pub fn read(text: &str) -> Result<Option<Self>, Invalid> {
        let name = text.trim();
        let name = name.strip_prefix("refs/heads/").unwrap_or(name);
        if name.is_empty() {
            return Ok(None);
        }
        if name.chars().count() > NAME_LIMIT {
            return Err(Invalid::new(format!(
                "Must have at most {NAME_LIMIT} characters."
            )));
        }
        if name.starts_with("refs/") {
            return Err(Invalid::new(
                "Must be a branch; tags and other refs are not supported.",
            ));
        }
        // None of these can be part of a branch name (git-check-ref-format).
        let forbidden = |c: char| c.is_control() || c.is_whitespace() || "*?[\\^~:".contains(c);
        if name.chars().any(forbidden) {
            return Err(Invalid::new(
                "Must be the name of one branch; wildcards are not supported.",
            ));
        }
        Ok(Some(Self(name.to_owned())))
    }

    /// A name that was read before, or that a provider signed.
    #[must_use]
    pub fn exact(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A trust policy. There is no update: delete it and create another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustPolicy {
    /// Id.
    pub policy_id: TrustPolicyId,
    /// Owner.
    pub organization_id: OrganizationId,
    /// Platform.
    pub provider: Provider,
    /// Admitted repository.
    pub repository: Repository,
    /// Admitted branch; `None` for any.
    pub branch: Option<Branch>,
    /// Agent as which the workflow acts; `None` for a bootstrap policy.
    pub agent_id: Option<AgentId>,
    /// Immutable id of the repository, from the first exchange on. A
    /// repository that was made again under the same name has another one.
    pub repository_id: Option<String>,
    /// Immutable id of the repository's owner, from the first exchange on.
    pub repository_owner_id: Option<String>,
    /// Creation.
    pub created_at: Timestamp,
    /// Last change: the first exchange, if there was one.
    pub updated_at: Timestamp,
}

/// What a request for a policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTrustPolicy {
    /// Platform.
    pub provider: Provider,
    /// Repository.
    pub repository: Repository,
    /// Branch; `None` for any.
    pub branch: Option<Branch>,
    /// Agent; `None` for a bootstrap policy.
    pub agent_id: Option<AgentId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_owner_and_name() {
        for good in ["acme/app", "a.b-c_d/E.f", "a/b"] {
            assert_eq!(Repository::new(good).unwrap().as_str(), good);
        }
        let long = format!("a/{}", "b".repeat(254));
        for bad in [
            "", "acme", "acme/", "/app", "a/b/c", "a b/c", "a/b\n", "ä/b", &long,
        ] {
            assert!(Repository::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_branch_is_kept_in_plain_form() {
        let read = |text| Branch::read(text).map(|branch| branch.map(|branch| branch.0));
        assert_eq!(read(" main "), Ok(Some("main".to_owned())));
        assert_eq!(read("refs/heads/a/b"), Ok(Some("a/b".to_owned())));
        for any in ["", "  ", "refs/heads/"] {
            assert_eq!(read(any), Ok(None), "{any:?}");
        }
        let long = "x".repeat(256);
        for bad in [
            "refs/tags/v1",
            "refs/pull/1/merge",
            "release-*",
            "a b",
            "a\0",
            &long,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
