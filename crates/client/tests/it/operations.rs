//! Every operation: the request it makes, and what it reads out of the answer.

use sentryagent_idp::{
    AgentStatus, AgentType, AuditLogParams, AuditOutcome, CreateDelegationRequest,
    CredentialRequest, CredentialStatus, DeploymentEnv, ExposeSecret, IssueTokenRequest,
    ListAgentsParams, ListCredentialsParams, ListPublicAgentsParams, RegisterAgentRequest,
    ScaffoldLanguage, UpdateAgentRequest,
};
use serde_json::{Value, json};

use crate::support::{ID, Mock, Reply, SECRET, agent};

const CREDENTIAL: &str = "d4e5f6a7-0000-4000-8000-000000000002";

/// A server that answers every call with this.
fn answering(status: u16, body: Value) -> Mock {
    Mock::api(move |_| match body {
        Value::Null => Reply::text(status, ""),
        _ => Reply::json(status, &body),
    })
}

fn page(entry: &Value) -> Value {
    json!({"data": [entry], "total": 41, "page": 2, "limit": 1})
}

fn credential() -> Value {
    json!({
        "credentialId": CREDENTIAL, "clientId": ID, "status": "active", "clientSecret": SECRET,
        "createdAt": "2026-01-15T10:00:00.000Z", "expiresAt": null, "revokedAt": null,
    })
}

#[tokio::test]
async fn agents_are_registered() {
    let mock = answering(201, agent());
    let mut request = RegisterAgentRequest::new(
        "screener-001@acme.example",
        AgentType::Screener,
        "1.4.2",
        "talent-team",
        DeploymentEnv::Production,
    );
    request.capabilities.push("resume:read".to_owned());
    request.allowed_scopes = Some(vec!["agents:read".to_owned()]);
    let made = mock
        .client()
        .agents()
        .register_agent(&request)
        .await
        .unwrap();
    assert_eq!(made.agent_type, AgentType::Screener);
    // A word that is newer than the client.
    assert_eq!(made.deployment_env, DeploymentEnv::Other("moon".to_owned()));
    assert_eq!((made.did, made.published_at), (None, None));
    let seen = mock.only();
    assert_eq!(seen.line, "POST /api/v1/agents");
    let expected = json!({
        "email": "screener-001@acme.example", "agentType": "screener", "version": "1.4.2",
        "capabilities": ["resume:read"], "owner": "talent-team", "deploymentEnv": "production",
        "allowedScopes": ["agents:read"],
    });
    assert_eq!(seen.json(), expected);
    assert_eq!(seen.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn agents_are_listed_by_what_is_given() {
    let mock = answering(200, page(&agent()));
    let params = ListAgentsParams {
        page: Some(2),
        owner: Some("R&D team".to_owned()),
        status: Some(AgentStatus::Suspended),
        ..ListAgentsParams::default()
    };
    let listed = mock.client().agents().list_agents(&params).await.unwrap();
    assert_eq!((listed.total, listed.page, listed.limit), (41, 2, 1));
    assert_eq!(listed.data[0].agent_id, ID);
    let line = mock.only().line;
    let (path, query) = line.split_once('?').unwrap();
    assert_eq!(path, "GET /api/v1/agents");
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    assert_eq!(pairs, ["owner=R%26D+team", "page=2", "status=suspended"]);
}

#[tokio::test]
async fn agents_are_read_changed_and_decommissioned() {
    let mock = answering(200, agent());
    let read = mock.client().agents().get_agent("../x").await.unwrap();
    assert_eq!(read.email, "screener-001@acme.example");
    let seen = mock.only();
    assert_eq!(
        seen.line, "GET /api/v1/agents/..%2Fx",
        "an id is one segment"
    );
    assert_eq!(seen.body, "");

    let mock = answering(200, agent());
    let change = UpdateAgentRequest {
        status: Some(AgentStatus::Suspended),
        is_public: Some(false),
        ..UpdateAgentRequest::default()
    };
    mock.client()
        .agents()
        .update_agent(ID, &change)
        .await
        .unwrap();
    let seen = mock.only();
    assert_eq!(seen.line, format!("PATCH /api/v1/agents/{ID}"));
    assert_eq!(
        seen.json(),
        json!({"status": "suspended", "isPublic": false})
    );

    let mock = answering(204, Value::Null);
    mock.client().agents().decommission_agent(ID).await.unwrap();
    assert_eq!(mock.only().line, format!("DELETE /api/v1/agents/{ID}"));
}

#[tokio::test]
async fn credentials_are_generated_and_rotated_with_their_secret() {
    let path = format!("POST /api/v1/agents/{ID}/credentials");
    let request = CredentialRequest {
        expires_at: Some("2027-01-15T10:00:00.000Z".to_owned()),
    };
    let mock = answering(201, credential());
    let client = mock.client();
    let made = client.credentials().generate_credential(ID, &request).await;
    let made = made.unwrap();
    assert_eq!(made.client_secret.expose_secret(), SECRET);
    assert_eq!(made.credential.status, CredentialStatus::Active);
    let seen = mock.only();
    assert_eq!(seen.line, path);
    assert_eq!(
        seen.json(),
        json!({"expiresAt": "2027-01-15T10:00:00.000Z"})
    );

    let mock = answering(200, credential());
    let client = mock.client();
    let request = CredentialRequest::default();
    let credentials = client.credentials();
    let rotated = credentials
        .rotate_credential(ID, CREDENTIAL, &request)
        .await;
    assert_eq!(rotated.unwrap().client_secret.expose_secret(), SECRET);
    let seen = mock.only();
    assert_eq!(seen.line, format!("{path}/{CREDENTIAL}/rotate"));
    assert_eq!(seen.json(), json!({}));
}

#[tokio::test]
async fn credentials_are_listed_and_revoked() {
    let path = format!("/api/v1/agents/{ID}/credentials");
    let mock = answering(200, page(&credential()));
    let client = mock.client();
    let params = ListCredentialsParams {
        status: Some(CredentialStatus::Revoked),
        ..ListCredentialsParams::default()
    };
    let listed = client.credentials().list_credentials(ID, &params).await;
    assert_eq!(listed.unwrap().data[0].credential_id, CREDENTIAL);
    assert_eq!(mock.only().line, format!("GET {path}?status=revoked"));

    let mock = answering(204, Value::Null);
    let client = mock.client();
    let revoked = client.credentials().revoke_credential(ID, CREDENTIAL).await;
    revoked.unwrap();
    assert_eq!(mock.only().line, format!("DELETE {path}/{CREDENTIAL}"));
}

#[tokio::test]
async fn tokens_are_introspected_and_revoked_with_a_form() {
    let mock = answering(
        200,
        json!({"active": true, "sub": ID, "exp": 1_900_000_000}),
    );
    let found = mock
        .client()
        .oauth2()
        .introspect_token("a b")
        .await
        .unwrap();
    assert!(found.active && found.sub.as_deref() == Some(ID));
    assert_eq!(found.scope, None);
    let seen = mock.only();
    let asked = (seen.line.as_str(), seen.body.as_str());
    assert_eq!(asked, ("POST /api/v1/token/introspect", "token=a+b"));

    let mock = answering(200, json!({}));
    mock.client().oauth2().revoke_token("t").await.unwrap();
    let seen = mock.only();
    let asked = (seen.line.as_str(), seen.body.as_str());
    assert_eq!(asked, ("POST /api/v1/token/revoke", "token=t"));
}

#[tokio::test]
async fn a_token_can_be_issued_explicitly() {
    let mock = Mock::new(|_| Reply::token("extra", 3600));
    let client = mock.client();
    let request = IssueTokenRequest {
        scopes: Some(vec!["openid".to_owned(), "agents:read".to_owned()]),
        nonce: Some("n".to_owned()),
    };
    let token = client.oauth2().issue_token(&request).await.unwrap();
    assert_eq!(token.access_token.expose_secret(), "extra");
    assert!(token.id_token.is_none());
    let other = IssueTokenRequest::default();
    client.oauth2().issue_token(&other).await.unwrap();
    let seen = mock.seen();
    assert!(
        seen[0]
            .body
            .ends_with("&scope=openid+agents%3Aread&nonce=n")
    );
    assert!(seen[1].body.ends_with("+audit%3Aread"), "{seen:?}");
}

fn event() -> Value {
    json!({
        "eventId": CREDENTIAL, "organizationId": ID, "sequence": 7,
        "timestamp": "2026-01-15T10:00:00.000Z", "action": "token.issued", "outcome": "success",
        "agentId": ID, "ipAddress": "203.0.113.7", "userAgent": "curl/8.5.0",
        "metadata": {"scope": "agents:read"}, "previousHash": "", "hash": "00",
    })
}

#[tokio::test]
async fn the_audit_log_is_read() {
    let mock = answering(200, page(&event()));
    let params = AuditLogParams {
        action: Some("token.issued".to_owned()),
        outcome: Some(AuditOutcome::Success),
        from_date: Some("2026-01-15".to_owned()),
        ..AuditLogParams::default()
    };
    let found = mock
        .client()
        .audit()
        .query_audit_log(&params)
        .await
        .unwrap();
    assert_eq!(found.data[0].metadata["scope"], "agents:read");
    let line = mock.only().line;
    assert!(line.starts_with("GET /api/v1/audit?"), "{line}");
    for pair in [
        "action=token.issued",
        "outcome=success",
        "fromDate=2026-01-15",
    ] {
        assert!(line.contains(pair), "{line}");
    }

    let mock = answering(200, event());
    let found = mock.client().audit().get_audit_event(CREDENTIAL).await;
    assert_eq!(found.unwrap().sequence, 7);
    assert_eq!(mock.only().line, format!("GET /api/v1/audit/{CREDENTIAL}"));
}

fn card() -> Value {
    json!({
        "agentId": ID, "agentType": "screener", "version": "1.0.0", "capabilities": [],
        "owner": "acme", "deploymentEnv": "production", "did": "did:web:h:agents:x",
        "publishedAt": "2026-01-15T10:00:00.000Z",
        "didDocument": {
            "@context": ["https://www.w3.org/ns/did/v1"], "id": "did:web:h:agents:x",
            "controller": "did:web:h", "authentication": ["did:web:h:agents:x#key-1"],
            "verificationMethod": [{
                "id": "did:web:h:agents:x#key-1", "type": "JsonWebKey2020",
                "controller": "did:web:h:agents:x", "publicKeyJwk": {"kty": "EC"},
            }],
        },
    })
}

#[tokio::test]
async fn the_marketplace_is_read_without_a_token() {
    let mut short = card();
    short["didDocument"] = Value::Null;
    let mock = answering(200, page(&short));
    let params = ListPublicAgentsParams {
        q: Some("résumé".to_owned()),
        ..ListPublicAgentsParams::default()
    };
    let client = mock.client();
    let found = client.marketplace().list_public_agents(&params).await;
    assert_eq!(found.unwrap().data[0].did_document, None);
    let seen = mock.only();
    assert_eq!(
        seen.line,
        "GET /api/v1/marketplace/agents?q=r%C3%A9sum%C3%A9"
    );
    assert_eq!(seen.header("authorization"), None);

    let mock = answering(200, card());
    let client = mock.client();
    let found = client.marketplace().get_public_agent(ID).await.unwrap();
    let document = found.did_document.unwrap();
    assert_eq!(document.verification_method[0].public_key_jwk["kty"], "EC");
    let seen = mock.only();
    assert_eq!(seen.line, format!("GET /api/v1/marketplace/agents/{ID}"));
    assert_eq!(mock.token_requests(), 0);
}

#[tokio::test]
async fn scopes_are_delegated_verified_and_taken_back() {
    let chain = json!({
        "id": CREDENTIAL, "tenantId": ID, "delegatorAgentId": ID, "delegateeAgentId": ID,
        "scopes": ["agents:read"], "delegationToken": "c.1.2.f", "signature": "f",
        "ttlSeconds": 60, "issuedAt": "2026-01-15T10:00:00.000Z",
        "expiresAt": "2026-01-15T10:01:00.000Z", "revokedAt": null,
        "createdAt": "2026-01-15T10:00:00.000Z",
    });
    let mock = answering(201, chain);
    let request = CreateDelegationRequest {
        delegatee_agent_id: ID.to_owned(),
        scopes: vec!["agents:read".to_owned()],
        ttl_seconds: 60,
    };
    let client = mock.client();
    let made = client
        .delegation()
        .create_delegation(&request)
        .await
        .unwrap();
    assert_eq!(made.delegation_token.expose_secret(), "c.1.2.f");
    assert!(!format!("{made:?}").contains("c.1.2.f"));
    let seen = mock.only();
    assert_eq!(seen.line, "POST /api/v1/oauth2/token/delegate");
    let expected = json!({"delegateeAgentId": ID, "scopes": ["agents:read"], "ttlSeconds": 60});
    assert_eq!(seen.json(), expected);

    let unknown = json!({
        "valid": false, "chainId": null, "delegatorAgentId": null, "delegateeAgentId": null,
        "scopes": [], "issuedAt": null, "expiresAt": null, "revokedAt": null,
    });
    let mock = answering(200, unknown);
    let client = mock.client();
    let found = client.delegation().verify_delegation("c.1.2.f").await;
    assert!(!found.unwrap().valid);
    let seen = mock.only();
    assert_eq!(seen.line, "POST /api/v1/oauth2/token/verify-delegation");
    assert_eq!(seen.json(), json!({"delegationToken": "c.1.2.f"}));

    let mock = answering(204, Value::Null);
    let client = mock.client();
    client
        .delegation()
        .revoke_delegation(CREDENTIAL)
        .await
        .unwrap();
    let line = mock.only().line;
    assert_eq!(
        line,
        format!("DELETE /api/v1/oauth2/token/delegate/{CREDENTIAL}")
    );
}

#[tokio::test]
async fn starter_projects_are_downloaded_as_they_are() {
    let mock = Mock::api(|_| Reply::text(200, "PK\u{3}\u{4}"));
    let client = mock.client();
    let scaffold = client.scaffold();
    let archive = scaffold.download_scaffold(ID, &ScaffoldLanguage::TypeScript);
    assert_eq!(archive.await.unwrap(), b"PK\x03\x04");
    let expected = format!("GET /api/v1/sdk/scaffold/{ID}?language=typescript");
    assert_eq!(mock.only().line, expected);
}

#[tokio::test]
async fn what_was_read_can_be_written_again() {
    let mock = answering(200, agent());
    let read = mock.client().agents().get_agent(ID).await.unwrap();
    let written = serde_json::to_value(&read).unwrap();
    for member in ["agentId", "deploymentEnv", "capabilities", "createdAt"] {
        assert_eq!(written[member], agent()[member], "{member}");
    }
}
