//! Creating organizations and their first administrators.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::texts::{EMAIL_TAKEN, INVALID_BODY, NO_ORGANIZATION, TOKEN_REQUIRED};
use crate::support::{Answer, Api, Identity, TENANT_SCOPES};

const PATH: &str = "/api/v1/organizations";

async fn create(api: &Api, body: &Value) -> Answer {
    let token = api.token(&api.operator, "admin:orgs");
    api.post(PATH).bearer(&token).json(body).send().await
}

#[actix_web::test]
async fn the_answer_is_the_record_with_effective_limits() {
    let api = Api::start().await;
    let tiers = [
        ("free", json!(100), json!(10_000), json!(100)),
        ("pro", json!(1_000), json!(100_000), json!(1_000)),
        ("enterprise", Value::Null, Value::Null, Value::Null),
    ];
    for (tier, agents, tokens, requests) in tiers {
        let mut body = json!({"name": "Acme \u{1f600}", "slug": format!("acme-{tier}")});
        if tier != "free" {
            body["planTier"] = json!(tier);
        }
        let mut created = create(&api, &body).await.expect(201);
        let id = created
            .as_object_mut()
            .unwrap()
            .remove("organizationId")
            .unwrap();
        let now = api.world.ports.now();
        let expected = json!({"name": "Acme \u{1f600}", "slug": format!("acme-{tier}"),
            "planTier": tier, "maxAgents": agents, "maxTokensPerMonth": tokens,
            "rateLimitPerMinute": requests, "status": "active", "createdAt": now, "updatedAt": now});
        assert_eq!(created, expected);
        let path = format!("{PATH}/{}", id.as_str().unwrap());
        let token = api.token(&api.operator, "admin:orgs");
        let mut stored = api.get(&path).bearer(&token).send().await.expect(200);
        assert_eq!(
            stored.as_object_mut().unwrap().remove("organizationId"),
            Some(id)
        );
        assert_eq!(stored, expected);
    }
}

#[actix_web::test]
async fn explicit_limits_override_the_tier_null_included() {
    let api = Api::start().await;
    let body = json!({"name": "a", "slug": "a", "maxAgents": null, "maxTokensPerMonth": 1,
        "rateLimitPerMinute": 2_147_483_647});
    let created = create(&api, &body).await.expect(201);
    for field in ["maxAgents", "maxTokensPerMonth", "rateLimitPerMinute"] {
        assert_eq!(created[field], body[field]);
    }
}

#[actix_web::test]
async fn the_first_administrator_can_log_in_and_run_its_organization() {
    let api = Api::start().await;
    let name = "N".repeat(200);
    let body = json!({"name": name, "slug": "acme", "adminEmail": "admin@acme.example"});
    let created = create(&api, &body).await.expect(201);
    let admin = &created["admin"];
    assert_eq!(admin.as_object().unwrap().len(), 3);
    assert_eq!(admin["agentId"], admin["clientId"]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let acme = Identity {
        agent: text(&admin["agentId"]),
        organization: text(&created["organizationId"]),
        secret: text(&admin["clientSecret"]),
    };
    let token = api.issued(&acme, TENANT_SCOPES).await;
    let agent = api
        .get(&acme.path())
        .bearer(&token)
        .send()
        .await
        .expect(200);
    let scopes: Vec<&str> = TENANT_SCOPES.split_whitespace().collect();
    let expected = [
        ("email", json!("admin@acme.example")),
        ("agentType", json!("orchestrator")),
        ("version", json!("1.0.0")),
        ("capabilities", json!([])),
        ("owner", json!(name[..128])),
        ("deploymentEnv", json!("production")),
        ("allowedScopes", json!(scopes)),
        ("organizationId", json!(acme.organization)),
        ("status", json!("active")),
    ];
    for (field, value) in expected {
        assert_eq!(agent[field], value);
    }
    // Role admin: it reaches an agent stronger than its own token.
    let strong = api.silent_agent(&acme, "strong", &["webhooks:write"]).await;
    let weak = api.issued(&acme, "agents:write").await;
    api.post(&strong.credentials())
        .bearer(&weak)
        .send()
        .await
        .expect(201);
    let credentials = api
        .get(&acme.credentials())
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert_eq!(
        (&credentials["total"], &credentials["data"][0]["expiresAt"]),
        (&json!(1), &Value::Null)
    );
    let again = api
        .get(&acme.organization_path())
        .bearer(&api.token(&api.operator, "admin:orgs"));
    assert!(
        again.send().await.expect(200).get("admin").is_none(),
        "shown once"
    );
}

#[actix_web::test]
async fn creation_is_recorded_in_the_new_log() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let operator = &api.operator;
    let token = api.token(&acme, "audit:read");
    let page = api
        .get("/api/v1/audit")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    let mut seen: Vec<(Value, Value, Value)> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            (
                event["action"].clone(),
                event["agentId"].clone(),
                event["metadata"].clone(),
            )
        })
        .collect();
    seen.reverse();
    let credential = seen[3].2["credentialId"].clone();
    assert_eq!(
        json!(seen),
        json!([
            ["organization.created", operator.agent, {"slug": "acme", "planTier": "free"}],
            ["agent.created", acme.agent,
                {"agentType": "orchestrator", "owner": "acme", "actorAgentId": operator.agent}],
            ["organization.member_added", operator.agent,
                {"memberAgentId": acme.agent, "role": "admin"}],
            ["credential.generated", acme.agent,
                {"credentialId": credential, "expiresAt": null, "actorAgentId": operator.agent}],
        ])
    );
}

#[actix_web::test]
async fn every_bad_field_is_named() {
    let api = Api::start().await;
    let body = json!({"name": "", "slug": "Acme!", "planTier": "gold", "maxAgents": 0,
        "maxTokensPerMonth": "10", "rateLimitPerMinute": 1.5, "adminEmail": "x", "status": "active"});
    let fields = [
        "name",
        "slug",
        "planTier",
        "maxAgents",
        "maxTokensPerMonth",
        "rateLimitPerMinute",
        "adminEmail",
        "status",
    ];
    let details = create(&api, &body).await.invalid(INVALID_BODY, &fields);
    let slug = "slug must contain only lowercase letters, digits, and hyphens.";
    assert_eq!(
        details["errors"][1],
        json!({"field": "slug", "reason": slug})
    );
    create(&api, &json!({}))
        .await
        .invalid(INVALID_BODY, &["name", "slug"]);
    let long = [
        ("name", "n".repeat(257)),
        ("slug", "s".repeat(65)),
        ("slug", String::new()),
        ("name", "a\nb".to_owned()),
    ];
    for (field, value) in long {
        let mut body = json!({"name": "a", "slug": "a"});
        body[field] = json!(value);
        create(&api, &body).await.invalid(INVALID_BODY, &[field]);
    }
    for value in [json!(-1), json!(true), json!(2_147_483_648_u64)] {
        let body = json!({"name": "a", "slug": "a", "maxAgents": value});
        create(&api, &body)
            .await
            .invalid(INVALID_BODY, &["maxAgents"]);
    }
    let longest = json!({"name": "n".repeat(256), "slug": "s".repeat(64)});
    create(&api, &longest).await.expect(201);
}

#[actix_web::test]
async fn a_slug_is_taken_for_ever() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let again = json!({"name": "x", "slug": "acme", "adminEmail": "new@acme.example"});
    let refused = || async {
        let answer = create(&api, &again).await;
        let message = "An organization with this slug already exists.";
        assert_eq!(
            answer.refused(409, "ORG_SLUG_CONFLICT", message),
            json!({"slug": "acme"})
        );
    };
    refused().await;
    let token = api.token(&api.operator, "admin:orgs");
    api.delete(&acme.organization_path())
        .bearer(&token)
        .send()
        .await
        .no_content();
    refused().await;
    let system = create(&api, &json!({"name": "x", "slug": "system"})).await;
    assert_eq!(system.expect(409)["code"], "ORG_SLUG_CONFLICT");
}

#[actix_web::test]
async fn a_taken_address_creates_nothing() {
    let api = Api::start().await;
    api.organization("acme").await;
    let body = json!({"name": "x", "slug": "new", "adminEmail": "ADMIN@acme.example"});
    let answer = create(&api, &body).await;
    let details = answer.refused(409, "AGENT_ALREADY_EXISTS", EMAIL_TAKEN);
    assert_eq!(details, json!({"email": "ADMIN@acme.example"}));
    // The slug is still free.
    create(&api, &json!({"name": "x", "slug": "new"}))
        .await
        .expect(201);
}

#[actix_web::test]
async fn one_of_many_creations_wins_a_slug() {
    let api = Api::start().await;
    let body = json!({"name": "x", "slug": "same"});
    let answers = join_all((0..8).map(|_| create(&api, &body))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 201).count(),
        1
    );
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 409).count(),
        7
    );
}

#[actix_web::test]
async fn only_the_platform_may_and_only_with_a_token() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let anonymous = api.post(PATH).json(&json!({})).send().await;
    anonymous.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
    let token = api.token(&acme, TENANT_SCOPES);
    api.post(PATH)
        .bearer(&token)
        .json(&json!({}))
        .send()
        .await
        .scope_missing("admin:orgs");
    api.get(&acme.organization_path())
        .bearer(&token)
        .send()
        .await
        .scope_missing("admin:orgs");
}

#[actix_web::test]
async fn unknown_and_malformed_ids_are_not_found() {
    let api = Api::start().await;
    let token = api.token(&api.operator, "admin:orgs");
    for id in [uuid::Uuid::new_v4().to_string().as_str(), "acme", "1"] {
        let path = format!("{PATH}/{id}");
        let name = json!({"name": "x"});
        let member = json!({"agentId": api.operator.agent, "role": "member"});
        let members = format!("{path}/members");
        let answers = [
            api.get(&path).bearer(&token).send().await,
            api.patch(&path).bearer(&token).json(&name).send().await,
            api.delete(&path).bearer(&token).send().await,
            api.post(&members).bearer(&token).json(&member).send().await,
        ];
        for answer in answers {
            assert_eq!(
                answer.refused(404, "ORG_NOT_FOUND", NO_ORGANIZATION),
                Value::Null
            );
        }
        // A bad body is seen first.
        let bad = api
            .patch(&path)
            .bearer(&token)
            .json(&json!({"name": 1}))
            .send()
            .await;
        bad.invalid(INVALID_BODY, &["name"]);
    }
}
