//! What is looked at again when a sign-in becomes durable.

use agentidp_domain::audit::{Action, NewAuditEvent};
use agentidp_domain::credential::ClientSecret;
use agentidp_domain::id::AgentId;
use agentidp_domain::token::{Journal, JournalSettings, Proof, SignIn};
use serde_json::json;

use super::origin;
use crate::support::{Api, Identity, TENANT_SCOPES};

/// A sign-in that was found to be right before something changed.
struct Late {
    journal: Journal,
    credential: String,
    agent: Identity,
}

impl Late {
    async fn new(api: &Api, by: &Identity, name: &str) -> Self {
        let mut agent = api.silent_agent(by, name, &["agents:read"]).await;
        let (credential, secret) = api.credential(&agent).await;
        agent.secret = secret;
        let ports = api.world.ports.clone();
        let (journal, _) = Journal::start(ports, JournalSettings::default());
        Self {
            journal,
            credential,
            agent,
        }
    }

    /// Whether it becomes durable.
    async fn commits(&self, api: &Api) -> bool {
        let log = self.agent.organization.parse().unwrap();
        let id: AgentId = self.agent.agent.parse().unwrap();
        let ports = &api.world.ports;
        let event = NewAuditEvent::new(ports, &origin(), log, Action::TokenIssued, id);
        let secret = ClientSecret::parse(&self.agent.secret).unwrap();
        let proof = Proof::Secret {
            credential_id: self.credential.parse().unwrap(),
            selector: secret.selector(),
        };
        self.journal.sign_in(SignIn { proof, event }).await.unwrap()
    }
}

#[actix_web::test]
async fn a_credential_that_was_rotated_or_revoked_is_no_proof_any_more() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, TENANT_SCOPES);
    let (rotated, revoked) = (
        Late::new(&api, &acme, "a").await,
        Late::new(&api, &acme, "b").await,
    );
    for late in [&rotated, &revoked] {
        assert!(late.commits(&api).await);
    }
    let path = |late: &Late| format!("{}/{}", late.agent.credentials(), late.credential);
    let rotate = format!("{}/rotate", path(&rotated));
    api.post(&rotate).bearer(&token).send().await.expect(200);
    let revoke = api.delete(&path(&revoked)).bearer(&token).send().await;
    revoke.no_content();
    let before = api.event_count(&acme).await;
    for late in [&rotated, &revoked] {
        assert!(!late.commits(&api).await);
    }
    assert_eq!(api.event_count(&acme).await, before, "nothing is written");
}

#[actix_web::test]
async fn neither_does_an_agent_or_organization_that_was_suspended_get_in() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let one = Late::new(&api, &acme, "a").await;
    let two = Late::new(&api, &acme, "b").await;
    let suspended = api.set_status(&acme, &one.agent, "suspended").await;
    suspended.expect(200);
    assert!(!one.commits(&api).await);
    assert!(two.commits(&api).await);
    let body = json!({"status": "suspended"});
    api.set_organization(&acme, &body).await.expect(200);
    assert!(!two.commits(&api).await);
    assert_eq!(api.events(&acme, "token.issued").await.len(), 1);
}
