//! Changing an agent: fields, transitions, the one event of each change.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::texts::{INVALID_BODY, NO_AGENT, TOKEN_REVOKED};
use crate::support::{Answer, Api, Identity, TENANT_SCOPES};

async fn patch(api: &Api, by: &Identity, agent: &Identity, body: &Value) -> Answer {
    let token = api.token(by, TENANT_SCOPES);
    api.patch(&agent.path())
        .bearer(&token)
        .json(body)
        .send()
        .await
}

#[actix_web::test]
async fn only_the_fields_that_are_sent_change() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let token = api.token(&acme, TENANT_SCOPES);
    let mut expected = api
        .get(&agent.path())
        .bearer(&token)
        .send()
        .await
        .expect(200);
    let changes = [
        ("agentType", json!("custom")),
        ("version", json!("v9.9")),
        ("capabilities", json!(["x:y", "z"])),
        ("owner", json!("new team")),
        ("deploymentEnv", json!("staging")),
        ("allowedScopes", json!(["agents:read", "audit:read"])),
        ("status", json!("suspended")),
    ];
    for (field, value) in changes {
        api.pass(1);
        let mut body = json!({});
        body[field] = value.clone();
        let changed = patch(&api, &acme, &agent, &body).await.expect(200);
        assert!(changed["updatedAt"].as_str() > expected["updatedAt"].as_str());
        expected[field] = value;
        expected["updatedAt"] = changed["updatedAt"].clone();
        assert_eq!(changed, expected);
        let stored = api
            .get(&agent.path())
            .bearer(&token)
            .send()
            .await
            .expect(200);
        assert_eq!(stored, expected);
    }
}

#[actix_web::test]
async fn the_first_publication_is_never_forgotten() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let first = patch(&api, &acme, &agent, &json!({"isPublic": true}))
        .await
        .expect(200);
    assert_eq!(first["publishedAt"], first["updatedAt"]);
    api.pass(60);
    for value in [false, true] {
        let again = patch(&api, &acme, &agent, &json!({"isPublic": value}))
            .await
            .expect(200);
        assert_eq!(
            (&again["isPublic"], &again["publishedAt"]),
            (&json!(value), &first["publishedAt"])
        );
    }
}

#[actix_web::test]
async fn immutable_and_unknown_fields_are_refused_even_with_their_present_value() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let token = api.token(&acme, TENANT_SCOPES);
    let present = api
        .get(&agent.path())
        .bearer(&token)
        .send()
        .await
        .expect(200);
    let immutable = [
        "agentId",
        "email",
        "createdAt",
        "organizationId",
        "updatedAt",
        "publishedAt",
        "did",
        "didCreatedAt",
    ];
    for field in immutable {
        let mut body = json!({"owner": "x"});
        body[field] = present.get(field).cloned().unwrap_or(json!("x"));
        let details = patch(&api, &acme, &agent, &body)
            .await
            .invalid(INVALID_BODY, &[field]);
        assert_eq!(details["reason"], "This field cannot be changed.");
    }
    let body = json!({"email": "x", "version": "x", "status": "gone", "colour": "red"});
    let answer = patch(&api, &acme, &agent, &body).await;
    answer.invalid(INVALID_BODY, &["email", "version", "status", "colour"]);
    for empty in [json!({}), Value::Null] {
        let call = api.patch(&agent.path()).bearer(&token);
        let call = if empty.is_null() {
            call
        } else {
            call.json(&empty)
        };
        let details = call.send().await.invalid(INVALID_BODY, &["body"]);
        assert_eq!(details["reason"], "Must contain at least one field.");
    }
    let stored = api
        .get(&agent.path())
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert_eq!(stored, present, "nothing was changed");
}

#[actix_web::test]
async fn validation_comes_before_existence_and_existence_before_ownership() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let nobody = acme.stranger();
    let before = api.event_count(&other).await;
    patch(&api, &acme, &nobody, &json!({"owner": ""}))
        .await
        .invalid(INVALID_BODY, &["owner"]);
    patch(&api, &acme, &other, &json!({"owner": ""}))
        .await
        .invalid(INVALID_BODY, &["owner"]);
    let unknown = patch(&api, &acme, &nobody, &json!({"owner": "x"})).await;
    unknown.refused(404, "AGENT_NOT_FOUND", NO_AGENT);
    let token = api.token(&acme, TENANT_SCOPES);
    let malformed = api
        .patch("/api/v1/agents/nonsense")
        .bearer(&token)
        .json(&json!({"owner": "x"}));
    malformed
        .send()
        .await
        .refused(404, "AGENT_NOT_FOUND", NO_AGENT);
    patch(&api, &acme, &other, &json!({"owner": "x"}))
        .await
        .denied();
    patch(&api, &acme, &other, &json!({"status": "suspended"}))
        .await
        .denied();
    assert_eq!(
        api.event_count(&other).await,
        before,
        "a refusal leaves no trace"
    );
}

#[actix_web::test]
async fn a_decommissioned_agent_cannot_be_updated() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    api.set_status(&acme, &agent, "decommissioned")
        .await
        .expect(200);
    for body in [
        json!({"owner": "x"}),
        json!({"status": "active"}),
        json!({"status": "decommissioned"}),
    ] {
        patch(&api, &acme, &agent, &body).await.refused(
            403,
            "AGENT_DECOMMISSIONED",
            "The agent has been decommissioned and cannot be updated.",
        );
    }
}

#[actix_web::test]
async fn each_change_leaves_exactly_one_event_named_after_its_transition() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let steps = [
        (
            json!({"owner": "x", "version": "2.0"}),
            "agent.updated",
            json!(["version", "owner"]),
        ),
        (
            json!({"status": "active"}),
            "agent.updated",
            json!(["status"]),
        ),
        (
            json!({"status": "suspended", "owner": "y"}),
            "agent.suspended",
            json!(["owner", "status"]),
        ),
        (
            json!({"status": "suspended"}),
            "agent.updated",
            json!(["status"]),
        ),
        (
            json!({"isPublic": true}),
            "agent.updated",
            json!(["isPublic"]),
        ),
        (
            json!({"status": "active"}),
            "agent.reactivated",
            json!(["status"]),
        ),
        (
            json!({"status": "decommissioned"}),
            "agent.decommissioned",
            json!(["status"]),
        ),
    ];
    for (body, action, fields) in steps {
        let before = api.event_count(&acme).await;
        patch(&api, &acme, &agent, &body).await.expect(200);
        assert_eq!(api.event_count(&acme).await, before + 1, "{body}");
        let event = api.events(&acme, action).await.pop().unwrap();
        assert_eq!(
            event["sequence"],
            json!(before),
            "{body} is the newest event"
        );
        assert_eq!(event["agentId"], json!(agent.agent));
        assert_eq!(
            event["metadata"],
            json!({"updatedFields": fields, "actorAgentId": acme.agent})
        );
    }
}

#[actix_web::test]
async fn suspension_ends_tokens_and_reactivation_does_not_revive_them() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    let old = api.issued(&agent, "agents:read").await;
    let me = agent.path();
    api.get(&me).bearer(&old).send().await.expect(200);
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    let refused = |token: String| {
        let (api, me) = (&api, me.clone());
        async move {
            let answer = api.get(&me).bearer(&token).send().await;
            answer.refused(401, "UNAUTHORIZED", TOKEN_REVOKED);
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer error=\"invalid_token\"")
            );
        }
    };
    refused(old.clone()).await;
    api.login(&agent).await.oauth_refused(
        403,
        "unauthorized_client",
        "AGENT_SUSPENDED",
        "The agent is suspended.",
    );
    api.set_status(&acme, &agent, "active").await.expect(200);
    refused(old.clone()).await;
    // Within the very second of the suspension a new token is good.
    let new = api.issued(&agent, "agents:read").await;
    api.get(&me).bearer(&new).send().await.expect(200);
    refused(old.clone()).await;
    api.pass(30);
    refused(old).await;
}

#[actix_web::test]
async fn an_agent_may_suspend_itself_and_then_is_out() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api
        .silent_agent(&acme, "a", &["agents:write", "audit:read"])
        .await;
    let token = api.token(&agent, "agents:write");
    let body = json!({"status": "suspended"});
    let answer = api
        .patch(&agent.path())
        .bearer(&token)
        .json(&body)
        .send()
        .await;
    assert_eq!(answer.expect(200)["status"], "suspended");
    let again = api
        .patch(&agent.path())
        .bearer(&token)
        .json(&body)
        .send()
        .await;
    again.refused(401, "UNAUTHORIZED", TOKEN_REVOKED);
    let event = api.events(&acme, "agent.suspended").await.pop().unwrap();
    assert_eq!(
        event["metadata"],
        json!({"updatedFields": ["status"]}),
        "the actor is the agent"
    );
}

#[actix_web::test]
async fn a_smaller_grant_leaves_outstanding_tokens_alone() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read", "audit:read"]).await;
    let token = api.issued(&agent, "audit:read").await;
    patch(
        &api,
        &acme,
        &agent,
        &json!({"allowedScopes": ["agents:read"]}),
    )
    .await
    .expect(200);
    api.get("/api/v1/audit")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    let answer = api.login_with(&agent, &[("scope", "audit:read")]).await;
    assert_eq!(answer.expect(400)["error"], "invalid_scope");
}

#[actix_web::test]
async fn an_unknown_id_is_not_found_before_anything_else_is_looked_at() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let weak = api.silent_agent(&acme, "weak", &["agents:write"]).await;
    let token = api.token(&weak, "agents:write");
    let path = format!("/api/v1/agents/{}", Uuid::new_v4());
    let body = json!({"allowedScopes": ["admin:orgs"], "status": "decommissioned"});
    let answer = api.patch(&path).bearer(&token).json(&body).send().await;
    answer.refused(404, "AGENT_NOT_FOUND", NO_AGENT);
}
