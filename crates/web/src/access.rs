//! Whether a visitor may do what a page offers: the question that the API asks
//! before the same effect.

use agentidp_domain::caller::Caller;
use agentidp_domain::policy::PolicyRequest;
use agentidp_http::{ApiError, AppState, permit, require_on};

/// An endpoint of the API, as its route is registered.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// HTTP method.
    pub method: &'static str,
    /// Pattern of the route, with placeholders in braces.
    pub route: &'static str,
}

impl Endpoint {
    /// An endpoint.
    pub const fn new(method: &'static str, route: &'static str) -> Self {
        Self { method, route }
    }

    /// Asks for a public endpoint.
    ///
    /// # Errors
    ///
    /// 404 when the feature is switched off.
    pub fn require_on(self, state: &AppState) -> Result<(), ApiError> {
        require_on(state, self.route)
    }

    /// Asks for an endpoint without placeholders.
    ///
    /// # Errors
    ///
    /// 404 when the feature is switched off, 403 when a scope is missing.
    pub fn permit(self, state: &AppState, caller: &Caller) -> Result<(), ApiError> {
        self.permit_at(state, caller, &[], false)
    }

    /// Asks for an endpoint whose placeholders stand for `ids`, in this order.
    /// `concerns_self`: it is about the caller's own credentials.
    ///
    /// # Errors
    ///
    /// As [`permit`](Self::permit).
    pub fn permit_at(
        self,
        state: &AppState,
        caller: &Caller,
        ids: &[&str],
        concerns_self: bool,
    ) -> Result<(), ApiError> {
        let path = self.path(ids);
        let request = PolicyRequest {
            method: self.method,
            path: &path,
            route: self.route,
            scopes: caller.scopes,
            concerns_self,
        };
        permit(state, &request)
    }

    fn path(self, ids: &[&str]) -> String {
        let mut ids = ids.iter();
        let parts: Vec<&str> = self
            .route
            .split('/')
            .map(|part| match part.starts_with('{') {
                true => ids.next().copied().unwrap_or_default(),
                false => part,
            })
            .collect();
        parts.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_take_the_place_of_placeholders() {
        let rotate = Endpoint::new("POST", "/api/v1/agents/{agentId}/credentials/{id}/rotate");
        assert_eq!(
            rotate.path(&["a", "c"]),
            "/api/v1/agents/a/credentials/c/rotate"
        );
        assert_eq!(
            Endpoint::new("GET", "/api/v1/audit").path(&[]),
            "/api/v1/audit"
        );
    }
}
