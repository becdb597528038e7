//! Decisions of the scope policy.

use std::collections::BTreeMap;
use std::sync::Arc;

use agentidp_domain::metrics::NoMetrics;
use agentidp_domain::policy::{Decision, Policy, PolicyRequest};
use agentidp_domain::scope::{Scope, ScopeSet};
use agentidp_rego::RegoPolicy;

use crate::{Broken, Property, Seen, Verdict, first_line, holds};

const MAP: &str = include_str!("../../../policies/data/scopes.json");

/// What a caller may do for itself without a scope.
const SELF_SERVICE: [(&str, &str); 6] = [
    ("POST", "/api/v1/agents/:id/credentials"),
    ("GET", "/api/v1/agents/:id/credentials"),
    ("POST", "/api/v1/agents/:id/credentials/:credId/rotate"),
    ("DELETE", "/api/v1/agents/:id/credentials/:credId"),
    ("POST", "/api/v1/token/introspect"),
    ("POST", "/api/v1/token/revoke"),
];

/// A request goes on exactly when the map has an entry for method and path and
/// the scopes suffice for it, or it is one of the few that callers may make on
/// their own behalf; the same question has the same answer.
///
/// Input: a line with method and path, then words, scopes or `self`.
pub struct PolicyDecisions {
    policy: RegoPolicy,
    map: BTreeMap<String, Vec<String>>,
}

impl Property for PolicyDecisions {
    const NAME: &'static str = "policy_decisions";

    fn new() -> Result<Self, Broken> {
        Ok(Self {
            policy: RegoPolicy::built_in(Arc::new(NoMetrics))?,
            map: serde_json::from_str(MAP)?,
        })
    }

    fn check(&self, input: &[u8]) -> Verdict {
        let Ok(text) = std::str::from_utf8(input) else {
            return Ok(Seen::Refused);
        };
        let (line, words) = first_line(text);
        let Some((method, path)) = line.split_once(' ') else {
            return Ok(Seen::Refused);
        };
        if !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Ok(Seen::Refused);
        }
        let words: Vec<&str> = words.split_ascii_whitespace().collect();
        let request = PolicyRequest {
            method,
            path,
            route: path,
            scopes: words
                .iter()
                .filter_map(|w| w.parse::<Scope>().ok())
                .collect(),
            concerns_self: words.contains(&"self"),
        };
        let allowed = self.policy.decide(&request) == Decision::Allow;
        let again = self.policy.decide(&request) == Decision::Allow;
        holds(allowed == again, || "two answers".to_owned())?;
        let expected = self.allows(&request);
        // A path with something encoded may have been refused for that alone.
        let right = allowed == expected || (!allowed && path.contains('%'));
        holds(right, || {
            format!("{method} {path} {:?}: {allowed}", request.scopes)
        })?;
        Ok(Seen::taken(allowed))
    }
}

impl PolicyDecisions {
    /// The same decision, segment by segment.
    fn allows(&self, request: &PolicyRequest<'_>) -> bool {
        let path = request.path;
        if path.contains("//") || path.split('/').any(|segment| segment == "..") {
            return false;
        }
        let Some(pattern) = self.pattern(path.strip_suffix('/').unwrap_or(path)) else {
            return false;
        };
        let Some(required) = self.map.get(&format!("{}:{pattern}", request.method)) else {
            return false;
        };
        let own = request.concerns_self && SELF_SERVICE.contains(&(request.method, pattern));
        own || required
            .iter()
            .all(|name| holds_scope(request.scopes, name))
    }

    /// The pattern of a path in the map; the most literal one of several.
    fn pattern<'a>(&'a self, path: &'a str) -> Option<&'a str> {
        let path = match path {
            "/oauth2/introspect" => "/api/v1/token/introspect",
            "/oauth2/revoke" => "/api/v1/token/revoke",
            path => path,
        };
        self.map
            .keys()
            .filter_map(|key| Some(key.split_once(':')?.1))
            .filter(|pattern| matches(pattern, path))
            .min_by_key(|pattern| pattern.matches("/:").count())
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given || wanted.starts_with(':') => {}
            _ => return false,
        }
    }
}

fn holds_scope(scopes: ScopeSet, name: &str) -> bool {
    name.parse().is_ok_and(|scope| scopes.contains(scope))
}
