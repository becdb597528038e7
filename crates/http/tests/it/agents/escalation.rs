//! The non-escalation rule on agents: nobody gains scopes through another one.

use serde_json::{Value, json};

use crate::support::{Answer, Api, Identity, OPERATOR_SCOPES};

async fn patch(api: &Api, by: &Identity, scope: &str, agent: &Identity, body: &Value) -> Answer {
    let token = api.token(by, scope);
    api.patch(&agent.path())
        .bearer(&token)
        .json(body)
        .send()
        .await
}

#[actix_web::test]
async fn a_stronger_agent_is_out_of_reach() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let clerk = api
        .silent_agent(&acme, "clerk", &["agents:write", "agents:read"])
        .await;
    let strong = api
        .silent_agent(&acme, "strong", &["agents:read", "audit:read"])
        .await;
    let equal = api.silent_agent(&acme, "equal", &["agents:read"]).await;
    let scope = "agents:write agents:read";
    let before = api.event_count(&acme).await;
    for status in ["suspended", "active", "decommissioned"] {
        patch(&api, &clerk, scope, &strong, &json!({"status": status}))
            .await
            .denied();
    }
    let token = api.token(&clerk, scope);
    api.delete(&strong.path())
        .bearer(&token)
        .send()
        .await
        .denied();
    // Narrowing the grant of a stronger agent is guarded too.
    let narrow = json!({"allowedScopes": ["agents:read"]});
    patch(&api, &clerk, scope, &strong, &narrow).await.denied();
    assert_eq!(api.event_count(&acme).await, before);
    // Its other fields are not, and weaker agents are in reach.
    patch(&api, &clerk, scope, &strong, &json!({"owner": "x"}))
        .await
        .expect(200);
    patch(&api, &clerk, scope, &equal, &json!({"status": "suspended"}))
        .await
        .expect(200);
    // A stronger agent stays out of reach when it is gone, too.
    api.set_status(&acme, &strong, "decommissioned")
        .await
        .expect(200);
    api.delete(&strong.path())
        .bearer(&token)
        .send()
        .await
        .denied();
    patch(&api, &clerk, scope, &strong, &json!({"status": "active"}))
        .await
        .denied();
}

#[actix_web::test]
async fn a_grant_is_set_within_the_token_only() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let clerk = api
        .silent_agent(&acme, "clerk", &["agents:write", "tokens:read"])
        .await;
    let agent = api.silent_agent(&acme, "a", &["tokens:read"]).await;
    let scope = "agents:write tokens:read";
    let grant = |names: &[&str]| json!({"allowedScopes": names});
    let wide = grant(&["tokens:read", "agents:write"]);
    patch(&api, &clerk, scope, &agent, &wide).await.expect(200);
    patch(&api, &clerk, scope, &agent, &grant(&["audit:read"]))
        .await
        .denied();
    patch(
        &api,
        &clerk,
        "agents:write",
        &agent,
        &grant(&["agents:write"]),
    )
    .await
    .denied();
}

#[actix_web::test]
async fn no_agent_widens_itself() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api
        .silent_agent(&acme, "a", &["agents:write", "tokens:read"])
        .await;
    let wider = json!({"allowedScopes": ["agents:write", "audit:read"]});
    patch(&api, &agent, "agents:write tokens:read", &agent, &wider)
        .await
        .denied();
    // Not even narrowing with a token that does not cover the present grant.
    let narrower = json!({"allowedScopes": ["agents:write"]});
    patch(&api, &agent, "agents:write", &agent, &narrower)
        .await
        .denied();
    patch(&api, &agent, "agents:write tokens:read", &agent, &narrower)
        .await
        .expect(200);
}

#[actix_web::test]
async fn an_organization_admin_manages_all_but_platform_grants() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let strong = api
        .silent_agent(&acme, "strong", &["audit:read", "webhooks:write"])
        .await;
    // Its token needs the scope of the route and nothing else.
    let scope = "agents:write";
    let wide = json!({"allowedScopes": ["audit:read", "openid"]});
    patch(&api, &acme, scope, &strong, &wide).await.expect(200);
    patch(&api, &acme, scope, &strong, &json!({"status": "suspended"}))
        .await
        .expect(200);
    let platform = json!({"allowedScopes": ["admin:orgs"]});
    patch(&api, &acme, scope, &strong, &platform).await.denied();
    patch(&api, &acme, OPERATOR_SCOPES, &strong, &platform)
        .await
        .denied();
    patch(&api, &acme, "agents:read", &strong, &wide)
        .await
        .scope_missing("agents:write");
}

#[actix_web::test]
async fn role_admin_does_not_reach_a_platform_administrator() {
    let api = Api::start().await;
    let operator = api.operator.clone();
    let second = api
        .silent_agent(&operator, "second", &["agents:write", "admin:orgs"])
        .await;
    let plain = api
        .silent_agent(&operator, "plain", &["webhooks:read"])
        .await;
    let suspend = json!({"status": "suspended"});
    // The operator has role admin; with a token without admin:orgs that is all.
    patch(&api, &operator, "agents:write", &plain, &suspend)
        .await
        .expect(200);
    patch(&api, &operator, "agents:write", &second, &suspend)
        .await
        .denied();
    let narrow = json!({"allowedScopes": ["agents:read"]});
    patch(&api, &operator, "agents:write", &second, &narrow)
        .await
        .denied();
    patch(&api, &operator, "agents:write admin:orgs", &second, &narrow)
        .await
        .expect(200);
}

#[actix_web::test]
async fn role_member_gives_no_rights_and_role_admin_counts_at_home_only() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let clerk = api.silent_agent(&acme, "clerk", &["agents:write"]).await;
    let strong = api.silent_agent(&acme, "strong", &["audit:read"]).await;
    let operator = api.token(&api.operator, "admin:orgs");
    let join = async |organization: &Identity, role: &str| {
        let path = format!("{}/members", organization.organization_path());
        let body = json!({"agentId": clerk.agent, "role": role});
        api.post(&path)
            .bearer(&operator)
            .json(&body)
            .send()
            .await
            .expect(201);
    };
    let suspend = json!({"status": "suspended"});
    join(&acme, "member").await;
    patch(&api, &clerk, "agents:write", &strong, &suspend)
        .await
        .denied();
    join(&other, "admin").await;
    patch(&api, &clerk, "agents:write", &strong, &suspend)
        .await
        .denied();
    patch(&api, &clerk, "agents:write", &other, &suspend)
        .await
        .denied();
}
