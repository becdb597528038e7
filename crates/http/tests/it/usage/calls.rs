//! Which requests are API calls, and how they are written.

use std::sync::Arc;

use agentidp_domain::error::StoreError;
use agentidp_domain::id::{AgentId, OrganizationId};
use agentidp_domain::time::days;
use agentidp_domain::token::TokenType;
use agentidp_domain::unit_of_work::Scope;
use agentidp_domain::usage::{MetricType, UsageMeter};
use serde_json::json;
use uuid::Uuid;

use super::{flush, usage};
use crate::support::{Api, Broken, Identity, Setup};

/// Calls of an organization that are written.
async fn written(api: &Api, of: &Identity) -> i64 {
    let organization: OrganizationId = of.organization.parse().unwrap();
    let today = api.world.ports.now().date();
    let mut work = api.world.ports.read(Scope::System).await.unwrap();
    let hours = work
        .usage()
        .by_hour(organization, days(today, today), &[MetricType::ApiCall])
        .await
        .unwrap();
    hours.iter().map(|hour| hour.count).sum()
}

#[actix_web::test]
async fn authenticated_requests_below_the_prefix_count_whatever_their_status() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "agents:read");
    let mut wanted = 0;
    for (method, path, status) in [
        ("GET", "/api/v1/agents", 200),
        ("GET", "/api/v1/agents?limit=0", 400),
        ("GET", "/api/v1/agents/x", 404),
        // A missing scope.
        ("GET", "/api/v1/audit", 403),
        ("POST", "/oauth2/introspect", 403),
        ("POST", "/api/v1/token/revoke", 403),
    ] {
        let call = api.call(method, path).bearer(&token);
        let call = if method == "POST" {
            call.form(&[])
        } else {
            call
        };
        assert_eq!(call.send().await.status, status, "{path}");
        wanted += 1;
        flush(&api).await;
        assert_eq!(written(&api, &acme).await, wanted, "{path}");
    }
}

#[actix_web::test]
async fn nothing_else_counts() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "agents:read");
    for path in [
        "/health",
        "/metrics",
        "/.well-known/jwks.json",
        "/agent-info",
        "/api/v1/unknown",
        "/api/v1/marketplace/agents",
    ] {
        api.get(path).bearer(&token).send().await;
    }
    api.get("/api/v1/agents").send().await.expect(401);
    api.get("/api/v1/agents")
        .bearer("garbage")
        .send()
        .await
        .expect(401);
    // A token is counted as a token.
    api.login(&acme).await.expect(200);
    flush(&api).await;
    assert_eq!(written(&api, &acme).await, 0);
}

#[actix_web::test]
async fn clients_that_introspect_with_their_secret_count() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "agents:read");
    let call = api.post("/api/v1/token/introspect");
    let call = call.basic(&acme.agent, &acme.secret);
    call.form(&[("token", &token)]).send().await.expect(200);
    flush(&api).await;
    assert_eq!(written(&api, &acme).await, 1);
}

#[actix_web::test]
async fn bootstrap_tokens_count_for_their_organization() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let claims = api.bootstrap_claims(&acme.organization, "agents:write");
    let token = api.sign(TokenType::AccessToken, &claims);
    let call = api.get("/api/v1/agents").bearer(&token);
    call.send().await.expect(403);
    flush(&api).await;
    assert_eq!(written(&api, &acme).await, 1);
}

#[actix_web::test]
async fn refused_by_the_rate_limit_is_not_answered() {
    let api = Setup::limited().start().await;
    let acme = api
        .organization_with("acme", json!({"rateLimitPerMinute": 2}))
        .await;
    let token = api.token(&acme, "agents:read");
    for status in [200, 200, 429, 429] {
        let answer = api.get("/api/v1/agents").bearer(&token).send().await;
        assert_eq!(answer.status, status);
    }
    flush(&api).await;
    assert_eq!(written(&api, &acme).await, 2);
}

#[actix_web::test]
async fn a_call_belongs_to_the_hour_in_which_it_was_answered() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    super::tomorrow(&api, -1);
    usage(&api, &acme).await;
    api.pass(1);
    flush(&api).await;
    assert_eq!(written(&api, &acme).await, 0);
    usage(&api, &acme).await;
    flush(&api).await;
    assert_eq!(written(&api, &acme).await, 1);
}

#[actix_web::test]
async fn a_failed_write_keeps_its_counts() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let id: OrganizationId = acme.organization.parse().unwrap();
    let broken = Broken::ports(&api.world.ports, || StoreError::Unavailable(String::new()));
    let meter = Arc::new(UsageMeter::new(broken));
    meter.api_call(id, None);
    for _ in 0..2 {
        assert!(meter.flush().await.is_err());
        meter.api_call(id, None);
    }
    assert!(meter.flush().await.is_err());
    // Nothing was lost: one that can write finds all of them.
    assert_eq!(meter.pending(), 3);
    assert_eq!(written(&api, &acme).await, 0);
}

#[actix_web::test]
async fn more_agents_than_there_is_room_for_count_for_their_organization() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let id: OrganizationId = acme.organization.parse().unwrap();
    let meter = Arc::new(UsageMeter::with_capacity(api.world.ports.clone(), 2));
    for _ in 0..5 {
        meter.api_call(id, Some(AgentId::new(Uuid::new_v4())));
    }
    assert_eq!(meter.pending(), 5);
    meter.flush().await.unwrap();
    meter.flush().await.unwrap();
    assert_eq!(meter.pending(), 0);
    assert_eq!(written(&api, &acme).await, 5);
}
