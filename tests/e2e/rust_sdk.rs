//! The Rust SDK against the real server: every operation it has.

use sentryagent_idp::{
    Agent, AgentIdPClient, AgentIdPError, AgentStatus, AgentType, AuditLogParams,
    CreateDelegationRequest, CredentialRequest, CredentialStatus, DeploymentEnv, ExposeSecret,
    IssueTokenRequest, ListAgentsParams, ListCredentialsParams, ListPublicAgentsParams,
    RegisterAgentRequest, UpdateAgentRequest,
};

use crate::harness::{Installation, Server, tenant};

/// A server, and the SDK in the hands of an organization's administrator.
async fn administrator(installation: &Installation) -> (Server, AgentIdPClient) {
    let server = installation.start();
    let (tenant, _) = tenant(installation, &server, "sdk").await;
    let (base, admin) = (server.api.base.as_str(), &tenant.admin);
    let client = AgentIdPClient::new(base, admin.id.as_str(), admin.secret.as_str()).unwrap();
    (server, client)
}

async fn registered(admin: &AgentIdPClient, email: &str) -> Agent {
    let request = RegisterAgentRequest::new(
        email,
        AgentType::Screener,
        "1.4.2",
        "talent-team",
        DeploymentEnv::Production,
    );
    admin.agents().register_agent(&request).await.unwrap()
}

/// The SDK in the hands of an agent of the organization.
async fn in_hands_of(server: &Server, admin: &AgentIdPClient, agent: &Agent) -> AgentIdPClient {
    let request = CredentialRequest::default();
    let credentials = admin.credentials();
    let made = credentials.generate_credential(&agent.agent_id, &request);
    let made = made.await.unwrap();
    let base = server.api.base.as_str();
    AgentIdPClient::builder(base, agent.agent_id.as_str(), made.client_secret)
        .scopes(["agents:read"])
        .build()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_and_their_credentials() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    let (server, admin) = administrator(&installation).await;
    let agent = registered(&admin, "screener-001@sdk.example").await;
    assert_eq!(agent.allowed_scopes, ["agents:read"]);
    assert!(agent.did.is_some());
    let by_owner = ListAgentsParams {
        owner: Some("talent-team".to_owned()),
        ..ListAgentsParams::default()
    };
    let listed = admin.agents().list_agents(&by_owner).await.unwrap();
    assert_eq!((listed.total, &listed.data[0]), (1, &agent));

    let itself = in_hands_of(&server, &admin, &agent).await;
    let read = itself.agents().get_agent(&agent.agent_id).await.unwrap();
    assert_eq!(read, agent);
    let (id, credentials) = (agent.agent_id.as_str(), admin.credentials());
    let active = ListCredentialsParams {
        status: Some(CredentialStatus::Active),
        ..ListCredentialsParams::default()
    };
    let found = credentials.list_credentials(id, &active).await.unwrap();
    let credential = found.data[0].credential_id.clone();
    let request = CredentialRequest::default();
    let rotated = credentials.rotate_credential(id, &credential, &request);
    assert_eq!(rotated.await.unwrap().credential.credential_id, credential);
    itself.clear_token_cache().await;
    let refused = itself.agents().get_agent(id).await.unwrap_err();
    assert!(
        matches!(&refused, AgentIdPError::Authentication { status: 401, .. }),
        "the old secret is dead: {refused:?}"
    );
    credentials
        .revoke_credential(id, &credential)
        .await
        .unwrap();
    let again = credentials.revoke_credential(id, &credential).await;
    assert_eq!(again.unwrap_err().code(), "CREDENTIAL_ALREADY_REVOKED");

    let change = UpdateAgentRequest {
        status: Some(AgentStatus::Suspended),
        ..UpdateAgentRequest::default()
    };
    let changed = admin.agents().update_agent(id, &change).await.unwrap();
    assert_eq!(changed.status, AgentStatus::Suspended);
    admin.agents().decommission_agent(id).await.unwrap();
    let gone = admin.agents().get_agent(id).await.unwrap();
    assert_eq!(gone.status, AgentStatus::Decommissioned);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_their_trail() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    let (_server, admin) = administrator(&installation).await;
    let request = IssueTokenRequest {
        scopes: Some(vec!["openid".to_owned(), "audit:read".to_owned()]),
        nonce: Some("n".to_owned()),
    };
    let token = admin.oauth2().issue_token(&request).await.unwrap();
    assert!(token.id_token.is_some());
    let shown = token.access_token.expose_secret();
    let found = admin.oauth2().introspect_token(shown).await.unwrap();
    assert_eq!(found.scope.as_deref(), Some("openid audit:read"));
    for _ in 0..2 {
        admin.oauth2().revoke_token(shown).await.unwrap();
    }
    let found = admin.oauth2().introspect_token(shown).await.unwrap();
    assert!(!found.active && found.sub.is_none());
    let revocations = AuditLogParams {
        action: Some("token.revoked".to_owned()),
        ..AuditLogParams::default()
    };
    let log = admin.audit().query_audit_log(&revocations).await.unwrap();
    assert_eq!(log.total, 1);
    let event = &log.data[0];
    let same = admin.audit().get_audit_event(&event.event_id).await;
    assert_eq!(&same.unwrap(), event);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ended_is_replaced_without_a_word() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    let (server, admin) = administrator(&installation).await;
    let agent = registered(&admin, "screener-001@sdk.example").await;
    let itself = in_hands_of(&server, &admin, &agent).await;
    let id = agent.agent_id.as_str();
    itself.agents().get_agent(id).await.unwrap();
    // Outstanding tokens do not come back with the agent.
    for status in [AgentStatus::Suspended, AgentStatus::Active] {
        let change = UpdateAgentRequest {
            status: Some(status),
            ..UpdateAgentRequest::default()
        };
        admin.agents().update_agent(id, &change).await.unwrap();
    }
    itself.agents().get_agent(id).await.unwrap();
    let issued = AuditLogParams {
        action: Some("token.issued".to_owned()),
        agent_id: Some(id.to_owned()),
        ..AuditLogParams::default()
    };
    let log = admin.audit().query_audit_log(&issued).await.unwrap();
    assert_eq!(log.total, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn delegation_and_the_marketplace() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    let (_server, admin) = administrator(&installation).await;
    let agent = registered(&admin, "screener-001@sdk.example").await;
    let id = agent.agent_id.as_str();
    let request = CreateDelegationRequest {
        delegatee_agent_id: id.to_owned(),
        scopes: vec!["agents:read".to_owned()],
        ttl_seconds: 60,
    };
    let chain = admin
        .delegation()
        .create_delegation(&request)
        .await
        .unwrap();
    let shown = chain.delegation_token.clone();
    let found = admin.delegation().verify_delegation(shown).await.unwrap();
    assert!(found.valid);
    assert_eq!(found.delegatee_agent_id.as_deref(), Some(id));
    admin
        .delegation()
        .revoke_delegation(&chain.id)
        .await
        .unwrap();
    let shown = chain.delegation_token.clone();
    let found = admin.delegation().verify_delegation(shown).await.unwrap();
    assert!(!found.valid && found.revoked_at.is_some());

    let hidden = admin.marketplace().get_public_agent(id).await.unwrap_err();
    assert_eq!(
        (hidden.code(), hidden.http_status()),
        ("AGENT_NOT_FOUND", Some(404))
    );
    let change = UpdateAgentRequest {
        is_public: Some(true),
        ..UpdateAgentRequest::default()
    };
    admin.agents().update_agent(id, &change).await.unwrap();
    let card = admin.marketplace().get_public_agent(id).await.unwrap();
    assert!(card.did_document.is_some());
    let words = ListPublicAgentsParams {
        q: Some("TALENT screener".to_owned()),
        ..ListPublicAgentsParams::default()
    };
    let listed = admin
        .marketplace()
        .list_public_agents(&words)
        .await
        .unwrap();
    assert_eq!((listed.total, listed.data[0].agent_id.as_str()), (1, id));
}
