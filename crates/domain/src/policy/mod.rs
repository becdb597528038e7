//! The port to the scope policy: which scopes a route asks for.

use crate::scope::{Scope, ScopeSet};

/// What a decision is made from.
#[derive(Clone, Copy, Debug)]
pub struct PolicyRequest<'a> {
    /// HTTP method, upper case.
    pub method: &'a str,
    /// Path from the server root, without query string, as it was sent.
    pub path: &'a str,
    /// Pattern of the matched route, e.g. `/api/v1/agents/{agentId}`; a key
    /// for remembering decisions, never a part of the decision.
    pub route: &'a str,
    /// Scopes of the caller's token.
    pub scopes: ScopeSet,
    /// Whether the request concerns only the caller itself.
    pub concerns_self: bool,
}

/// The answer of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Allow,
    /// Refuse.
    Deny {
        /// The scopes the route asks for; empty when the policy does not know
        /// the route.
        required: Vec<Scope>,
    },
}

/// Decides whether scopes suffice for a route. Fails closed: an error inside
/// is a denial.
pub trait Policy: Send + Sync {
    /// Decides one request.
    fn decide(&self, request: &PolicyRequest<'_>) -> Decision;
}
