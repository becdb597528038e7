//! Who does not get in, and what is recorded.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::error::StoreError;
use agentidp_domain::session::{SessionId, SessionService, SessionStore};
use agentidp_domain::token::{ClientCredentials, TokenError};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::{origin, sign_in, tried};
use crate::support::{Api, Identity};

/// Why authentications failed, oldest first.
async fn reasons(api: &Api, of: &Identity) -> Vec<Value> {
    let events = api.events(of, "auth.failed").await;
    let reason = |event: &Value| event["metadata"]["reason"].clone();
    events.iter().map(reason).collect()
}

#[actix_web::test]
async fn wrong_secrets_and_unknown_clients_are_refused_alike_and_recorded() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let wrong = Identity {
        secret: api.operator.secret.clone(),
        ..acme.clone()
    };
    let nobody = Identity {
        secret: acme.secret.clone(),
        ..acme.stranger()
    };
    for client in [&wrong, &nobody] {
        let error = tried(&api, client).await.unwrap_err();
        assert!(matches!(error, TokenError::InvalidClient), "{error}");
    }
    assert_eq!(reasons(&api, &acme).await, [json!("invalid_secret")]);
    let operator = api.operator.clone();
    assert_eq!(reasons(&api, &operator).await, [json!("agent_not_found")]);
    assert!(api.events(&acme, "token.issued").await.is_empty());
}

#[actix_web::test]
async fn failures_count_together_with_those_of_the_token_endpoint() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let wrong = Identity {
        secret: "wrong".to_owned(),
        ..acme.clone()
    };
    for _ in 0..10 {
        api.login(&wrong).await.expect(401);
        tried(&api, &wrong).await.unwrap_err();
    }
    let error = tried(&api, &wrong).await.unwrap_err();
    assert!(matches!(error, TokenError::TooManyFailures(_)), "{error}");
    api.login(&wrong).await.expect(429);
    assert_eq!(reasons(&api, &acme).await.len(), 20);
}

#[actix_web::test]
async fn whoever_may_not_act_learns_it_with_the_right_secret_only() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    let gone = api.agent(&acme, "b", &["agents:read"]).await;
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    let changed = api.set_status(&acme, &gone, "decommissioned").await;
    changed.expect(200);
    let wrong = Identity {
        secret: acme.secret.clone(),
        ..agent.clone()
    };
    let error = tried(&api, &wrong).await.unwrap_err();
    assert!(matches!(error, TokenError::InvalidClient), "{error}");
    let error = tried(&api, &agent).await.unwrap_err();
    assert!(matches!(error, TokenError::AgentSuspended), "{error}");
    // Its credentials went with it.
    tried(&api, &gone).await.unwrap_err();
    let other = api.organization("other").await;
    let body = json!({"status": "suspended"});
    api.set_organization(&other, &body).await.expect(200);
    let error = tried(&api, &other).await.unwrap_err();
    assert!(matches!(error, TokenError::OrganizationInactive), "{error}");
    let (inactive, suspended) = (reasons(&api, &other).await, reasons(&api, &acme).await);
    assert_eq!(inactive, [json!("organization_inactive")]);
    assert_eq!(suspended[1], json!("agent_suspended"));
    for of in [&acme, &other] {
        assert!(api.events(of, "token.issued").await.is_empty());
    }
}

/// A store behind a network that is down.
struct Away;

fn away<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("no route to cache".to_owned()))
}

#[async_trait]
impl SessionStore for Away {
    async fn create(&self, _: &str, _: &str, _: Duration) -> Result<(), StoreError> {
        away()
    }

    async fn find(&self, _: &str) -> Result<Option<String>, StoreError> {
        away()
    }

    async fn renew(&self, _: &str, _: Duration) -> Result<bool, StoreError> {
        away()
    }

    async fn remove(&self, _: &str) -> Result<(), StoreError> {
        away()
    }

    async fn claim_once(&self, _: &str, _: Duration) -> Result<bool, StoreError> {
        away()
    }
}

#[actix_web::test]
async fn without_a_store_nobody_is_signed_in_and_nothing_is_said_to_have_happened() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let id: SessionId = sign_in(&api, &acme).await.id;
    let sessions = SessionService::new(api.world.tokens.clone(), Arc::new(Away));
    let credentials = ClientCredentials {
        client_id: acme.agent.clone(),
        client_secret: acme.secret.clone().into(),
    };
    let error = sessions.sign_in(&credentials, &origin()).await.unwrap_err();
    let is_away = matches!(&error, TokenError::Store(error) if error.is_unavailable());
    assert!(is_away, "{error}");
    assert_eq!(api.events(&acme, "token.issued").await.len(), 1);
    assert!(sessions.resume(&id).await.unwrap_err().is_unavailable());
    assert!(sessions.sign_out(&id).await.unwrap_err().is_unavailable());
    let token = sessions.single_use_token();
    let error = sessions.spend(&id, &token).await.unwrap_err();
    assert!(error.is_unavailable());
}
