//! How sessions end.

use std::time::Duration;

use agentidp_domain::id::AgentId;
use agentidp_domain::session::SignedIn;
use agentidp_domain::token::TokenOperator;
use serde_json::json;

use super::{resumed, sign_in};
use crate::support::{Api, Identity, TENANT_SCOPES};

const HOUR: u64 = 3600;

#[actix_web::test]
async fn an_hour_after_the_last_request() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let id = sign_in(&api, &acme).await.id;
    for _ in 0..3 {
        api.pass(HOUR - 1);
        assert!(resumed(&api, &id).await.is_some());
    }
    api.pass(HOUR);
    assert!(resumed(&api, &id).await.is_none());
}

#[actix_web::test]
async fn twelve_hours_after_the_sign_in_however_busy_it_is() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let id = sign_in(&api, &acme).await.id;
    for _ in 0..23 {
        api.pass(HOUR / 2);
        assert!(resumed(&api, &id).await.is_some());
    }
    api.pass(HOUR / 2);
    assert!(resumed(&api, &id).await.is_none());
}

#[actix_web::test]
async fn with_signing_out_also_of_nobody() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let id = sign_in(&api, &acme).await.id;
    for _ in 0..2 {
        api.world.sessions.sign_out(&id).await.unwrap();
        assert!(resumed(&api, &id).await.is_none());
    }
}

/// An agent of an organization, signed in next to its administrator.
async fn beside(api: &Api, acme: &Identity) -> (Identity, SignedIn, SignedIn) {
    let agent = api.agent(acme, "a", &["agents:read"]).await;
    let session = sign_in(api, &agent).await;
    let admin = sign_in(api, acme).await;
    (agent, session, admin)
}

#[actix_web::test]
async fn at_once_with_the_suspension_of_the_agent_and_for_good() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let (agent, session, admin) = beside(&api, &acme).await;
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    assert!(resumed(&api, &session.id).await.is_none());
    assert!(resumed(&api, &admin.id).await.is_some());
    api.set_status(&acme, &agent, "active").await.expect(200);
    assert!(resumed(&api, &session.id).await.is_none());
}

#[actix_web::test]
async fn also_when_nobody_asked_while_it_was_suspended() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let (agent, session, _) = beside(&api, &acme).await;
    api.pass(60);
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    api.set_status(&acme, &agent, "active").await.expect(200);
    api.pass(60);
    assert!(resumed(&api, &session.id).await.is_none());
}

#[actix_web::test]
async fn with_the_end_of_the_agent_and_with_its_last_credential() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let (agent, session, _) = beside(&api, &acme).await;
    let other = api.silent_agent(&acme, "b", &["agents:read"]).await;
    let (credential, secret) = api.credential(&other).await;
    let second = sign_in(
        &api,
        &Identity {
            secret,
            ..other.clone()
        },
    )
    .await;
    let token = api.token(&acme, TENANT_SCOPES);
    let paths = [
        agent.path(),
        format!("{}/{credential}", other.credentials()),
    ];
    for (path, id) in paths.iter().zip([&session.id, &second.id]) {
        assert!(resumed(&api, id).await.is_some());
        let call = api.delete(path).bearer(&token);
        call.send().await.no_content();
        assert!(resumed(&api, id).await.is_none(), "{path}");
    }
}

#[actix_web::test]
async fn an_hour_after_the_sign_in_with_its_credential_revoked_or_rotated() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for change in ["revoked", "rotated", "kept"] {
        let agent = api.silent_agent(&acme, change, &["agents:read"]).await;
        // Another one is left, so that no marker ends what there is.
        let (other, _) = api.credential(&agent).await;
        let (credential, secret) = api.credential(&agent).await;
        let client = Identity { secret, ..agent };
        let id = sign_in(&api, &client).await.id;
        let token = api.token(&acme, TENANT_SCOPES);
        let path = format!("{}/{credential}", client.credentials());
        match change {
            "revoked" => {
                let call = api.delete(&path).bearer(&token);
                call.send().await.no_content();
            }
            "rotated" => {
                let call = api.post(&format!("{path}/rotate")).bearer(&token);
                call.send().await.expect(200);
            }
            _ => {
                let path = format!("{}/{other}", client.credentials());
                let call = api.delete(&path).bearer(&token);
                call.send().await.no_content();
            }
        }
        // Like a token of the same age.
        api.pass(HOUR - 1);
        assert!(resumed(&api, &id).await.is_some(), "{change}");
        api.pass(1);
        let there = resumed(&api, &id).await.is_some();
        assert_eq!(there, change == "kept", "{change}");
    }
}

#[actix_web::test]
async fn with_the_expiry_of_its_credential_but_not_in_the_first_hour() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for (lasts, end) in [(HOUR / 2, HOUR), (3 * HOUR, 3 * HOUR)] {
        let name = format!("a{lasts}");
        let agent = api.silent_agent(&acme, &name, &["agents:read"]).await;
        let expiry = api.world.ports.now().plus(Duration::from_secs(lasts));
        let token = api.token(&agent, "openid");
        let call = api.post(&agent.credentials()).bearer(&token);
        let call = call.json(&json!({ "expiresAt": expiry }));
        let created = call.send().await.expect(201);
        let secret = created["clientSecret"].as_str().unwrap().to_owned();
        let id = sign_in(&api, &Identity { secret, ..agent }).await.id;
        let mut passed = 0;
        while passed + HOUR / 2 < end {
            api.pass(HOUR / 2);
            passed += HOUR / 2;
            assert!(resumed(&api, &id).await.is_some(), "{lasts}: {passed}");
        }
        api.pass(end - passed - 1);
        assert!(resumed(&api, &id).await.is_some(), "{lasts}");
        api.pass(1);
        assert!(resumed(&api, &id).await.is_none(), "{lasts}");
    }
}

#[actix_web::test]
async fn a_session_never_has_more_than_the_grant() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let grant = ["agents:read", "audit:read"];
    let agent = api.agent(&acme, "a", &grant).await;
    let id = sign_in(&api, &agent).await.id;
    let token = api.token(&acme, TENANT_SCOPES);
    for (grant, scopes) in [
        (&["agents:read", "tokens:read"][..], "agents:read"),
        (&["audit:read"][..], "audit:read"),
        (
            &["agents:read", "agents:write", "audit:read"][..],
            "agents:read audit:read",
        ),
    ] {
        let body = json!({ "allowedScopes": grant });
        let call = api.patch(&agent.path()).bearer(&token).json(&body);
        call.send().await.expect(200);
        let session = resumed(&api, &id).await.unwrap();
        assert_eq!(session.scopes.to_string(), scopes);
    }
}

#[actix_web::test]
async fn of_all_agents_with_the_suspension_or_deletion_of_the_organization() {
    let api = Api::start().await;
    for deleted in [false, true] {
        let slug = format!("acme-{deleted}");
        let acme = api.organization(&slug).await;
        let (_, session, admin) = beside(&api, &acme).await;
        if deleted {
            let token = api.token(&api.operator, "admin:orgs");
            let call = api.delete(&acme.organization_path()).bearer(&token);
            call.send().await.no_content();
        } else {
            let body = json!({"status": "suspended"});
            api.set_organization(&acme, &body).await.expect(200);
        }
        for id in [&session.id, &admin.id] {
            assert!(resumed(&api, id).await.is_none(), "{slug}");
        }
    }
}

#[actix_web::test]
async fn with_the_command_that_ends_tokens() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let (agent, session, admin) = beside(&api, &acme).await;
    let id: AgentId = agent.agent.parse().unwrap();
    let operator = TokenOperator::new(api.world.ports.clone());
    assert!(operator.end_agent_tokens(id).await.unwrap());
    assert!(resumed(&api, &session.id).await.is_none());
    assert!(resumed(&api, &admin.id).await.is_some());
    let organization = acme.organization.parse().unwrap();
    let ended = operator.end_organization_tokens(organization).await;
    assert!(ended.unwrap());
    assert!(resumed(&api, &admin.id).await.is_none());
}
