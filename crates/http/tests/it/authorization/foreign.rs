//! Things of another organization.

use serde_json::json;

use crate::support::texts::{
    CROSS_TENANT, DENIED, DENIED_SCAFFOLD, NO_AGENT, NO_DELEGATION, NO_EVENT, NO_TRUST_POLICY,
    NO_WEBHOOK,
};
use crate::support::{Answer, Api, Operation, TENANT_SCOPES, Target, protected, target};

/// What is about the caller's own organization.
const OWN: [&str; 16] = [
    "/agent-info",
    "/api/v1/agents",
    "/api/v1/analytics/agents",
    "/api/v1/analytics/agents/activity",
    "/api/v1/analytics/tokens",
    "/api/v1/audit",
    "/api/v1/audit/verify",
    "/api/v1/billing/checkout",
    "/api/v1/billing/usage",
    "/api/v1/compliance/agent-cards",
    "/api/v1/compliance/report",
    "/api/v1/oauth2/token/verify-delegation",
    "/api/v1/oidc/trust-policies",
    "/api/v1/tiers/status",
    "/api/v1/tiers/upgrade",
    "/api/v1/webhooks",
];

/// Who sees what of a foreign organization, with every scope there is for it.
#[track_caller]
fn assert_foreign(operation: &Operation, answer: &Answer) {
    let path = operation.path.as_str();
    let platform = ["/api/v1/organizations", "/api/v1/federation/"];
    if path.starts_with("/api/v1/agents/{agentId}") {
        answer.denied();
    } else if path == "/api/v1/sdk/scaffold/{agentId}" {
        answer.refused(403, "AUTHORIZATION_ERROR", DENIED_SCAFFOLD);
    } else if path == "/api/v1/audit/{eventId}" {
        answer.refused(404, "AUDIT_EVENT_NOT_FOUND", NO_EVENT);
    } else if path == "/api/v1/federation/verify" {
        // Partners belong to nobody.
        assert_eq!(answer.expect(200)["valid"], true);
    } else if platform.iter().any(|prefix| path.starts_with(prefix)) {
        answer.scope_missing("admin:orgs");
    } else if path.ends_with("/introspect") {
        assert_eq!(answer.expect(200), json!({"active": false}));
    } else if path.ends_with("/revoke") {
        answer.oauth_refused(403, "access_denied", "AUTHORIZATION_ERROR", DENIED);
    } else if path == "/api/v1/oauth2/token/delegate" {
        answer.refused(400, "CROSS_TENANT_DELEGATION", CROSS_TENANT);
    } else if path == "/api/v1/oauth2/token/delegate/{chainId}" {
        answer.refused(404, "DELEGATION_NOT_FOUND", NO_DELEGATION);
    } else if path == "/api/v1/oidc/trust-policies/{id}" {
        answer.refused(404, "TRUST_POLICY_NOT_FOUND", NO_TRUST_POLICY);
    } else if path.starts_with("/api/v1/webhooks/{id}") {
        answer.refused(404, "WEBHOOK_NOT_FOUND", NO_WEBHOOK);
    } else if operation.key() == "POST:/api/v1/oidc/trust-policies" {
        answer.refused(404, "AGENT_NOT_FOUND", NO_AGENT);
    } else {
        // Lists and creations are about the caller's own organization, and so
        // is what it learns of itself.
        assert!(
            OWN.contains(&path),
            "{operation:?} has no rule for foreign things"
        );
        assert!([200, 201].contains(&answer.status), "{operation:?}");
    }
}

#[actix_web::test]
async fn another_tenant_gets_nowhere_with_all_its_scopes() {
    let api = Api::start().await;
    let target = target(&api, "acme").await;
    let other = api.organization("other").await;
    let token = api.token(&other, TENANT_SCOPES);
    let before = api.event_count(&target.agent).await;
    for operation in protected() {
        let answer = operation.call(&api, &target).bearer(&token).send().await;
        assert_foreign(&operation, &answer);
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        // Whoever is shown a delegation may know between whom it is.
        let shown = operation.path.ends_with("/verify-delegation");
        assert_eq!(
            text.contains(&target.agent.agent),
            shown,
            "{operation:?} tells of a foreign agent"
        );
    }
    assert_eq!(
        api.event_count(&target.agent).await,
        before,
        "nothing was changed or recorded"
    );
    unharmed(&api, &target).await;
}

/// Agent, policy, delegation and webhook are as they were.
async fn unharmed(api: &Api, target: &Target) {
    let reader = api.token(&target.agent, "agents:read webhooks:read");
    let agent = api.get(&target.agent.path()).bearer(&reader).send().await;
    assert_eq!(agent.expect(200)["status"], "active");
    let policies = api
        .get("/api/v1/oidc/trust-policies")
        .bearer(&reader)
        .send()
        .await;
    assert_eq!(policies.expect(200)[0]["id"], json!(target.policy));
    let body = json!({"delegationToken": target.delegation});
    let verdict = api
        .post("/api/v1/oauth2/token/verify-delegation")
        .bearer(&reader)
        .json(&body)
        .send()
        .await;
    assert_eq!(verdict.expect(200)["valid"], true);
    let path = format!("/api/v1/webhooks/{}", target.webhook);
    let webhook = api.get(&path).bearer(&reader).send().await;
    assert_eq!(webhook.expect(200)["active"], true);
}
