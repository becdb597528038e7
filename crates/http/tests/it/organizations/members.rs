//! Adding members.

use serde_json::{Value, json};

use crate::support::texts::{INVALID_BODY, NO_AGENT};
use crate::support::{Answer, Api, Identity};

async fn add(api: &Api, to: &Identity, body: &Value) -> Answer {
    let token = api.token(&api.operator, "admin:orgs");
    let path = format!("{}/members", to.organization_path());
    api.post(&path).bearer(&token).json(body).send().await
}

#[actix_web::test]
async fn a_member_is_answered_and_recorded() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for role in ["member", "admin"] {
        let agent = api.silent_agent(&acme, role, &["agents:read"]).await;
        let mut member = add(&api, &acme, &json!({"agentId": agent.agent, "role": role}))
            .await
            .expect(201);
        let id = member.as_object_mut().unwrap().remove("memberId").unwrap();
        assert!(id.as_str().unwrap().parse::<uuid::Uuid>().is_ok());
        let expected = json!({"organizationId": acme.organization, "agentId": agent.agent,
            "role": role, "joinedAt": api.world.ports.now()});
        assert_eq!(member, expected);
        let event = api
            .events(&acme, "organization.member_added")
            .await
            .pop()
            .unwrap();
        assert_eq!(event["agentId"], json!(api.operator.agent));
        assert_eq!(
            event["metadata"],
            json!({"memberAgentId": agent.agent, "role": role})
        );
    }
}

#[actix_web::test]
async fn role_admin_takes_effect_at_once_and_moves_nobody() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let clerk = api.silent_agent(&acme, "clerk", &["agents:write"]).await;
    let strong = api.silent_agent(&acme, "strong", &["audit:read"]).await;
    let token = api.token(&clerk, "agents:write");
    let suspend = json!({"status": "suspended"});
    api.patch(&strong.path())
        .bearer(&token)
        .json(&suspend)
        .send()
        .await
        .denied();
    let body = json!({"agentId": clerk.agent, "role": "admin"});
    add(&api, &other, &body).await.expect(201);
    api.patch(&strong.path())
        .bearer(&token)
        .json(&suspend)
        .send()
        .await
        .denied();
    add(&api, &acme, &body).await.expect(201);
    api.patch(&strong.path())
        .bearer(&token)
        .json(&suspend)
        .send()
        .await
        .expect(200);
    let reader = api.token(&acme, "agents:read");
    let record = api
        .get(&clerk.path())
        .bearer(&reader)
        .send()
        .await
        .expect(200);
    assert_eq!(record["organizationId"], json!(acme.organization));
}

#[actix_web::test]
async fn nobody_is_added_twice_and_the_role_stays() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for role in ["admin", "member"] {
        let answer = add(&api, &acme, &json!({"agentId": acme.agent, "role": role})).await;
        answer.refused(
            409,
            "ALREADY_MEMBER",
            "The agent is already a member of this organization.",
        );
    }
    assert_eq!(
        api.events(&acme, "organization.member_added").await.len(),
        1
    );
}

#[actix_web::test]
async fn body_before_organization_before_agent() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let nobody = json!({"agentId": acme.stranger().agent, "role": "member"});
    add(&api, &acme, &nobody)
        .await
        .refused(404, "AGENT_NOT_FOUND", NO_AGENT);
    let details = add(
        &api,
        &acme,
        &json!({"agentId": "x", "role": "owner", "more": 1}),
    )
    .await;
    let details = details.invalid(INVALID_BODY, &["agentId", "role", "more"]);
    assert_eq!(details["errors"][0]["reason"], "Must be a valid UUID.");
    assert_eq!(
        details["errors"][1]["reason"],
        "role must be one of: member, admin."
    );
    add(&api, &acme, &json!({}))
        .await
        .invalid(INVALID_BODY, &["agentId", "role"]);
    let token = api.token(&api.operator, "admin:orgs");
    api.delete(&acme.organization_path())
        .bearer(&token)
        .send()
        .await
        .no_content();
    for body in [
        nobody,
        json!({"agentId": api.operator.agent, "role": "member"}),
    ] {
        add(&api, &acme, &body).await.refused(
            409,
            "ORG_ALREADY_DELETED",
            "This organization has already been deleted.",
        );
    }
}
