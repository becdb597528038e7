//! Who may give which grant at registration, and how many agents there can be.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::texts::{EMAIL_TAKEN, INVALID_BODY};
use crate::support::{Answer, Api, Identity, OPERATOR_SCOPES, TENANT_SCOPES, registration};

fn with_grant(email: &str, grant: &[&str]) -> Value {
    let mut body = registration(email);
    body["allowedScopes"] = json!(grant);
    body
}

async fn register(api: &Api, by: &Identity, scope: &str, body: &Value) -> Answer {
    let token = api.token(by, scope);
    api.post("/api/v1/agents")
        .bearer(&token)
        .json(body)
        .send()
        .await
}

#[actix_web::test]
async fn nobody_grants_more_than_its_own_token_carries() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let clerk = api
        .silent_agent(&acme, "clerk", &["agents:write", "audit:read"])
        .await;
    let before = api.event_count(&acme).await;
    let scope = "agents:write audit:read";
    for grant in [
        &["agents:read"][..],
        &["audit:read", "tokens:read"],
        &["admin:orgs"],
    ] {
        register(&api, &clerk, scope, &with_grant("x@acme.example", grant))
            .await
            .denied();
    }
    assert_eq!(api.event_count(&acme).await, before);
    let within = with_grant("x@acme.example", &["audit:read", "agents:write"]);
    let agent = register(&api, &clerk, scope, &within).await.expect(201);
    // In the order of the vocabulary, whatever was sent.
    assert_eq!(
        agent["allowedScopes"],
        json!(["agents:write", "audit:read"])
    );
    // The default grant is nobody's choice and not checked.
    let default = registration("y@acme.example");
    let agent = register(&api, &clerk, "agents:write", &default)
        .await
        .expect(201);
    assert_eq!(agent["allowedScopes"], json!(["agents:read"]));
}

#[actix_web::test]
async fn an_organization_admin_grants_all_but_the_platform() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let all: Vec<&str> = TENANT_SCOPES.split_whitespace().collect();
    let agent = with_grant("a@acme.example", &all);
    register(&api, &acme, "agents:write", &agent)
        .await
        .expect(201);
    let platform = with_grant("b@acme.example", &["admin:orgs"]);
    register(&api, &acme, "agents:write", &platform)
        .await
        .denied();
    register(&api, &acme, OPERATOR_SCOPES, &platform)
        .await
        .denied();
    let operator = &api.operator;
    register(&api, operator, "agents:write", &platform)
        .await
        .denied();
    let agent = register(&api, operator, "agents:write admin:orgs", &platform)
        .await
        .expect(201);
    assert_eq!(agent["allowedScopes"], json!(["admin:orgs"]));
}

#[actix_web::test]
async fn a_free_organization_is_told_its_effective_limit() {
    let api = Api::start().await;
    let acme = api.organization_with("acme", json!({"maxAgents": 2})).await;
    let second = api.silent_agent(&acme, "second", &["agents:read"]).await;
    let third = registration("third@acme.example");
    let refused = || async {
        let answer = register(&api, &acme, TENANT_SCOPES, &third).await;
        let details = answer.refused(
            403,
            "FREE_TIER_LIMIT_EXCEEDED",
            "Free tier limit of 2 registered agents has been reached.",
        );
        assert_eq!(details, json!({"tier": "free", "limit": 2, "current": 2}));
    };
    refused().await;
    // Suspended agents count, decommissioned ones do not.
    api.set_status(&acme, &second, "suspended")
        .await
        .expect(200);
    refused().await;
    api.set_status(&acme, &second, "decommissioned")
        .await
        .expect(200);
    register(&api, &acme, TENANT_SCOPES, &third)
        .await
        .expect(201);
}

#[actix_web::test]
async fn a_paid_organization_has_another_code_and_text() {
    let api = Api::start().await;
    for (slug, tier) in [("one", "pro"), ("two", "enterprise")] {
        let admin = api
            .organization_with(slug, json!({"planTier": tier, "maxAgents": 1}))
            .await;
        let answer = register(&api, &admin, TENANT_SCOPES, &registration("x@y.example")).await;
        let details = answer.refused(
            403,
            "TIER_LIMIT_EXCEEDED",
            "Agent limit of 1 registered agents has been reached.",
        );
        assert_eq!(details, json!({"tier": tier, "limit": 1, "current": 1}));
    }
}

#[actix_web::test]
async fn the_limit_is_checked_after_the_grant_and_before_the_address() {
    let api = Api::start().await;
    let acme = api.organization_with("acme", json!({"maxAgents": 2})).await;
    let clerk = api.silent_agent(&acme, "clerk", &["agents:write"]).await;
    let taken = format!("clerk@{}.example", &acme.organization[..8]);
    let mut body = with_grant(&taken, &["audit:read"]);
    body["owner"] = json!("");
    register(&api, &clerk, "agents:write", &body)
        .await
        .invalid(INVALID_BODY, &["owner"]);
    body["owner"] = json!("team");
    register(&api, &clerk, "agents:write", &body).await.denied();
    body["allowedScopes"] = json!(["agents:write"]);
    let full = register(&api, &clerk, "agents:write", &body).await;
    assert_eq!(full.expect(403)["code"], "FREE_TIER_LIMIT_EXCEEDED");
    api.set_organization(&acme, &json!({"maxAgents": null}))
        .await
        .expect(200);
    let conflict = register(&api, &clerk, "agents:write", &body).await;
    conflict.refused(409, "AGENT_ALREADY_EXISTS", EMAIL_TAKEN);
}

#[actix_web::test]
async fn a_refused_address_takes_no_place() {
    let api = Api::start().await;
    let acme = api.organization_with("acme", json!({"maxAgents": 2})).await;
    for _ in 0..3 {
        let taken = register(
            &api,
            &acme,
            TENANT_SCOPES,
            &registration("admin@acme.example"),
        )
        .await;
        taken.refused(409, "AGENT_ALREADY_EXISTS", EMAIL_TAKEN);
    }
    let free = registration("second@acme.example");
    register(&api, &acme, TENANT_SCOPES, &free)
        .await
        .expect(201);
}

#[actix_web::test]
async fn the_limit_is_exact_under_concurrent_registrations() {
    let api = Api::start().await;
    let acme = api.organization_with("acme", json!({"maxAgents": 8})).await;
    let bodies: Vec<Value> = (0..30)
        .map(|index| registration(&format!("a{index}@acme.example")))
        .collect();
    let calls = bodies
        .iter()
        .map(|body| register(&api, &acme, TENANT_SCOPES, body));
    let answers = join_all(calls).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 7);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        let body = refused.expect(403);
        assert_eq!(body["code"], "FREE_TIER_LIMIT_EXCEEDED");
        assert_eq!(body["details"]["current"], 8);
    }
    assert_eq!(api.events(&acme, "agent.created").await.len(), 8);
}

#[actix_web::test]
async fn one_of_many_registrations_wins_an_address() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let body = registration("same@acme.example");
    let calls = (0..10).map(|_| register(&api, &acme, TENANT_SCOPES, &body));
    let answers = join_all(calls).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    let conflicts = answers.iter().filter(|answer| answer.status == 409).count();
    assert_eq!((created, conflicts), (1, 9));
}
