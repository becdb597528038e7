//! Pages are told what the API would be told.

use agentidp_domain::caller::Caller;
use agentidp_domain::id::{AgentId, OrganizationId, TokenId};
use agentidp_http::{Action, AppState, permit};
use serde_json::json;
use uuid::Uuid;

use crate::support::Setup;
use crate::support::texts::SCOPE_MISSING;

const CREDENTIALS: Action<'static> = Action {
    method: "POST",
    route: "/api/v1/agents/{agentId}/credentials",
    path: "/api/v1/agents/11111111-1111-4111-8111-111111111111/credentials",
    concerns_self: false,
};

fn caller(scopes: &str) -> Caller {
    Caller {
        agent_id: AgentId::new(Uuid::new_v4()),
        organization_id: OrganizationId::SYSTEM,
        scopes: scopes.parse().unwrap(),
        token_id: TokenId::new(Uuid::new_v4()),
    }
}

#[actix_web::test]
async fn an_action_needs_the_scope_of_its_operation() {
    let look = |state: &mut AppState| {
        assert!(permit(state, &caller("agents:write"), &CREDENTIALS).is_ok());
        let reader = caller("agents:read");
        let error = permit(state, &reader, &CREDENTIALS).unwrap_err();
        assert_eq!(error.status.as_u16(), 403);
        assert_eq!(error.body.code, "FORBIDDEN");
        assert_eq!(error.body.message, SCOPE_MISSING);
        let details = json!({"requiredScopes": ["agents:write"]});
        assert_eq!(error.body.details, Some(details));
        let own = Action {
            concerns_self: true,
            ..CREDENTIALS
        };
        assert!(permit(state, &reader, &own).is_ok());
        let unknown = Action {
            route: "/api/v1/nothing",
            path: "/api/v1/nothing",
            ..CREDENTIALS
        };
        assert!(permit(state, &caller("agents:write"), &unknown).is_err());
    };
    Setup::default().start_with(look).await;
}

#[actix_web::test]
async fn what_is_switched_off_is_not_there() {
    let look = |state: &mut AppState| {
        let path = "/api/v1/analytics/tokens";
        let trends = Action {
            method: "GET",
            route: path,
            path,
            concerns_self: false,
        };
        assert!(permit(state, &caller(""), &trends).is_ok());
        state.settings.analytics = false;
        let error = permit(state, &caller(""), &trends).unwrap_err();
        assert_eq!(error.status.as_u16(), 404);
        assert_eq!(error.body.code, "NOT_FOUND");
    };
    Setup::default().start_with(look).await;
}
