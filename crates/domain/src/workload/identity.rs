//! What a workflow's token says about the workflow.

use crate::foreign::ForeignClaims;
use crate::workload::{Branch, Provider, Repository};

/// A workflow as its provider vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadIdentity {
    /// Its repository.
    pub repository: Repository,
    /// The branch it runs on.
    pub branch: Branch,
    /// Immutable id of the repository.
    pub repository_id: Option<String>,
    /// Immutable id of the repository's owner.
    pub repository_owner_id: Option<String>,
}

impl WorkloadIdentity {
    /// Reads verified claims; `None` when the workflow does not run on a
    /// branch (tags, pull requests) or its claims contradict one another.
    #[must_use]
    pub fn from_claims(provider: Provider, claims: &ForeignClaims) -> Option<Self> {
        match provider {
            Provider::GitHub => github(claims),
        }
    }
}

/// `sub` is `repo:<org>/<repo>:ref:refs/heads/<branch>` or
/// `repo:<org>/<repo>:environment:<name>`; the second form names the branch in
/// the claim `ref` only.
fn github(claims: &ForeignClaims) -> Option<WorkloadIdentity> {
    let (repository, context) = claims.text("sub")?.strip_prefix("repo:")?.split_once(':')?;
    if claims.text("repository") != Some(repository) {
        return None;
    }
    let reference = match context.split_once(':')? {
        ("ref", reference) => {
            // Signed twice; both have to say the same.
            let signed = claims.text("ref").unwrap_or(reference);
            (signed == reference).then_some(reference)?
        }
        ("environment", name) if !name.is_empty() => claims.text("ref")?,
        _ => return None,
    };
    let from_pull_request = claims
        .text("event_name")
        .is_some_and(|event| event.starts_with("pull_request"));
    if from_pull_request {
        return None;
    }
    let branch = reference
        .strip_prefix("refs/heads/")
        .filter(|branch| !branch.is_empty())?;
    Some(WorkloadIdentity {
        repository: Repository::new(repository).ok()?,
        branch: Branch::exact(branch),
        repository_id: claims.id("repository_id"),
        repository_owner_id: claims.id("repository_owner_id"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn identity(value: &Value) -> Option<WorkloadIdentity> {
        let claims = ForeignClaims::new(value.as_object().unwrap().clone());
        WorkloadIdentity::from_claims(Provider::GitHub, &claims)
    }

    fn with(sub: &str, more: &Value) -> Value {
        let mut claims = json!({ "sub": sub, "repository": "acme/app", "repository_id": 7 });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    #[test]
    fn a_branch_is_read_from_the_subject() {
        let claims = with(
            "repo:acme/app:ref:refs/heads/feature/x:y",
            &json!({ "repository_owner_id": "3", "ref": "refs/heads/feature/x:y" }),
        );
        let found = identity(&claims).unwrap();
        assert_eq!(found.repository.as_str(), "acme/app");
        assert_eq!(found.branch.as_str(), "feature/x:y");
        assert_eq!(found.repository_id.as_deref(), Some("7"));
        assert_eq!(found.repository_owner_id.as_deref(), Some("3"));
    }

    #[test]
    fn an_environment_takes_the_branch_from_the_ref() {
        let main = json!({ "ref": "refs/heads/main", "event_name": "push" });
        let found = identity(&with("repo:acme/app:environment:prod", &main)).unwrap();
        assert_eq!(found.branch.as_str(), "main");
        for refused in [
            json!({}),
            json!({ "ref": "refs/tags/v1" }),
            json!({ "ref": "refs/pull/1/merge" }),
            json!({ "ref": "refs/heads/main", "event_name": "pull_request" }),
            json!({ "ref": "refs/heads/main", "event_name": "pull_request_target" }),
        ] {
            let claims = with("repo:acme/app:environment:prod", &refused);
            assert_eq!(identity(&claims), None, "{refused}");
        }
    }

    #[test]
    fn everything_else_is_no_branch() {
        for sub in [
            "repo:acme/app:pull_request",
            "repo:acme/app:ref:refs/tags/v1",
            "repo:acme/app:ref:refs/heads/",
            "repo:acme/app:ref:refs/pull/1/merge",
            "repo:acme/app:environment:",
            "repo:acme/app",
            "repo:acme/other:ref:refs/heads/main",
            "repo:ACME/app:ref:refs/heads/main",
            "job:acme/app:ref:refs/heads/main",
            "",
        ] {
            assert_eq!(identity(&with(sub, &json!({}))), None, "{sub}");
        }
        let contradiction = json!({ "ref": "refs/heads/other" });
        let claims = with("repo:acme/app:ref:refs/heads/main", &contradiction);
        assert_eq!(identity(&claims), None);
    }
}
