//! Pages are told what the API would be told.

use agentidp_domain::policy::PolicyRequest;
use agentidp_domain::scope::ScopeSet;
use agentidp_http::{AppState, permit};
use serde_json::json;

use crate::support::Setup;
use crate::support::texts::SCOPE_MISSING;

/// Generating a credential, for a caller with these scopes.
fn credentials(scopes: &str) -> PolicyRequest<'static> {
    PolicyRequest {
        method: "POST",
        path: "/api/v1/agents/11111111-1111-4111-8111-111111111111/credentials",
        route: "/api/v1/agents/{agentId}/credentials",
        scopes: scopes.parse().unwrap(),
        concerns_self: false,
    }
}

#[actix_web::test]
async fn an_action_needs_the_scope_of_its_operation() {
    let look = |state: &mut AppState| {
        assert!(permit(state, &credentials("agents:write")).is_ok());
        let reader = credentials("agents:read");
        let error = permit(state, &reader).unwrap_err();
        assert_eq!(error.status.as_u16(), 403);
        assert_eq!(error.body.code, "FORBIDDEN");
        assert_eq!(error.body.message, SCOPE_MISSING);
        let details = json!({"requiredScopes": ["agents:write"]});
        assert_eq!(error.body.details, Some(details));
        let own = PolicyRequest {
            concerns_self: true,
            ..reader
        };
        assert!(permit(state, &own).is_ok());
        let unknown = PolicyRequest {
            route: "/api/v1/nothing",
            path: "/api/v1/nothing",
            ..credentials("agents:write")
        };
        assert!(permit(state, &unknown).is_err());
    };
    Setup::default().start_with(look).await;
}

#[actix_web::test]
async fn what_is_switched_off_is_not_there() {
    let look = |state: &mut AppState| {
        let path = "/api/v1/analytics/tokens";
        let trends = PolicyRequest {
            method: "GET",
            path,
            route: path,
            scopes: ScopeSet::EMPTY,
            concerns_self: false,
        };
        assert!(permit(state, &trends).is_ok());
        state.settings.analytics = false;
        let error = permit(state, &trends).unwrap_err();
        assert_eq!(error.status.as_u16(), 404);
        assert_eq!(error.body.code, "NOT_FOUND");
    };
    Setup::default().start_with(look).await;
}
