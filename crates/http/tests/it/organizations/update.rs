//! Changing organizations: fields and limits.

use serde_json::{Value, json};

use crate::support::texts::INVALID_BODY;
use crate::support::{Api, TENANT_SCOPES, registration};

fn limits(organization: &Value) -> Value {
    json!([
        organization["maxAgents"],
        organization["maxTokensPerMonth"],
        organization["rateLimitPerMinute"],
    ])
}

#[actix_web::test]
async fn only_the_fields_that_are_sent_change() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&api.operator, "admin:orgs");
    let path = acme.organization_path();
    let mut expected = api.get(&path).bearer(&token).send().await.expect(200);
    for (field, value) in [
        ("name", json!("New")),
        ("maxAgents", json!(7)),
        ("rateLimitPerMinute", json!(null)),
    ] {
        api.pass(1);
        let mut body = json!({});
        body[field] = value.clone();
        let changed = api.set_organization(&acme, &body).await.expect(200);
        assert!(changed["updatedAt"].as_str() > expected["updatedAt"].as_str());
        expected[field] = value;
        expected["updatedAt"] = changed["updatedAt"].clone();
        assert_eq!(changed, expected);
        assert_eq!(
            api.get(&path).bearer(&token).send().await.expect(200),
            expected
        );
        let event = api
            .events(&acme, "organization.updated")
            .await
            .pop()
            .unwrap();
        assert_eq!(event["agentId"], json!(api.operator.agent));
        assert_eq!(event["metadata"], json!({"updatedFields": [field]}));
    }
}

#[actix_web::test]
async fn limits_follow_the_tier_until_they_are_set() {
    let api = Api::start().await;
    let acme = api
        .organization_with(
            "acme",
            json!({"maxAgents": 500, "maxTokensPerMonth": 50_000}),
        )
        .await;
    let steps = [
        (
            json!({"planTier": "enterprise"}),
            json!([500, 50_000, null]),
        ),
        (json!({"planTier": "pro"}), json!([500, 50_000, 1_000])),
        (
            json!({"maxAgents": null, "rateLimitPerMinute": 5}),
            json!([null, 50_000, 5]),
        ),
        (json!({"planTier": "free"}), json!([null, 50_000, 5])),
    ];
    for (body, expected) in steps {
        let changed = api.set_organization(&acme, &body).await.expect(200);
        assert_eq!(limits(&changed), expected, "{body}");
    }
    let other = api.organization("other").await;
    for (tier, expected) in [
        ("pro", json!([1_000, 100_000, 1_000])),
        ("enterprise", json!([null, null, null])),
        ("free", json!([100, 10_000, 100])),
    ] {
        let changed = api
            .set_organization(&other, &json!({"planTier": tier}))
            .await
            .expect(200);
        assert_eq!(limits(&changed), expected, "{tier}");
    }
}

#[actix_web::test]
async fn a_limit_below_the_present_number_refuses_only_new_agents() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for name in ["a", "b"] {
        api.silent_agent(&acme, name, &["agents:read"]).await;
    }
    api.set_organization(&acme, &json!({"maxAgents": 1}))
        .await
        .expect(200);
    let token = api.token(&acme, TENANT_SCOPES);
    let body = registration("c@acme.example");
    let answer = api
        .post("/api/v1/agents")
        .bearer(&token)
        .json(&body)
        .send()
        .await;
    let details = answer.refused(
        403,
        "FREE_TIER_LIMIT_EXCEEDED",
        "Free tier limit of 1 registered agents has been reached.",
    );
    assert_eq!(details, json!({"tier": "free", "limit": 1, "current": 3}));
    api.get(&acme.path())
        .bearer(&token)
        .send()
        .await
        .expect(200);
}

#[actix_web::test]
async fn immutable_fields_bad_values_and_empty_bodies_are_refused() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for field in ["slug", "organizationId", "createdAt", "updatedAt"] {
        let body = json!({field: "acme", "name": "x"});
        let details = api
            .set_organization(&acme, &body)
            .await
            .invalid(INVALID_BODY, &[field]);
        assert_eq!(details["reason"], "This field cannot be changed.");
    }
    let empty = api
        .set_organization(&acme, &json!({}))
        .await
        .invalid(INVALID_BODY, &["body"]);
    assert_eq!(empty["reason"], "Must contain at least one field.");
    let body = json!({"name": 1, "planTier": null, "maxAgents": 0, "maxTokensPerMonth": -1,
        "rateLimitPerMinute": "x", "status": "deleted", "adminEmail": "a@b.example"});
    let fields = [
        "name",
        "planTier",
        "maxAgents",
        "maxTokensPerMonth",
        "rateLimitPerMinute",
        "status",
        "adminEmail",
    ];
    let details = api
        .set_organization(&acme, &body)
        .await
        .invalid(INVALID_BODY, &fields);
    assert_eq!(
        details["errors"][5]["reason"],
        "Must be one of: active, suspended."
    );
    let gone = api
        .set_organization(&acme, &json!({"status": "gone"}))
        .await;
    gone.invalid(INVALID_BODY, &["status"]);
}

#[actix_web::test]
async fn a_new_request_limit_counts_at_once() {
    let api = crate::support::Setup::limited().start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "agents:read");
    let answer = api.get(&acme.path()).bearer(&token).send().await;
    assert_eq!(answer.number("x-ratelimit-limit"), 100);
    api.set_organization(&acme, &json!({"rateLimitPerMinute": 1}))
        .await
        .expect(200);
    assert_eq!(
        api.get(&acme.path()).bearer(&token).send().await.status,
        429
    );
    api.set_organization(&acme, &json!({"rateLimitPerMinute": null}))
        .await
        .expect(200);
    let answer = api.get(&acme.path()).bearer(&token).send().await;
    answer.expect(200);
    assert_eq!(answer.header("x-ratelimit-limit"), None);
}
