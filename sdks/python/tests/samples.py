"""Answers of the API, and what becomes of them."""

from typing import Any

from fake_server import SECRET
from sentryagent_idp import (
    Agent,
    AuditEvent,
    Credential,
    CredentialWithSecret,
    DelegationChain,
    PublicAgentCard,
    RegisterAgentRequest,
)

AGENT = {
    "agentId": "a-1",
    "organizationId": "o-1",
    "email": "screener-001@example.com",
    "agentType": "screener",
    "version": "1.0.0",
    "capabilities": ["resume:read"],
    "owner": "talent-team",
    "deploymentEnv": "production",
    "status": "a state of the future",
    "allowedScopes": ["agents:read"],
    "isPublic": False,
    "createdAt": "2026-01-15T10:00:00.000Z",
    "updatedAt": "2026-01-15T10:00:00.000Z",
    "aNewMember": {"a": 1},
}
AGENT_READ = Agent(
    agent_id="a-1",
    organization_id="o-1",
    email="screener-001@example.com",
    agent_type="screener",
    version="1.0.0",
    capabilities=["resume:read"],
    owner="talent-team",
    deployment_env="production",
    status="a state of the future",
    allowed_scopes=["agents:read"],
    is_public=False,
    created_at="2026-01-15T10:00:00.000Z",
    updated_at="2026-01-15T10:00:00.000Z",
)
CREDENTIAL = {
    "credentialId": "c-1",
    "clientId": "a-1",
    "status": "active",
    "createdAt": "2026-01-15T10:00:00.000Z",
    "expiresAt": None,
    "revokedAt": None,
}
CREDENTIAL_READ = Credential("c-1", "a-1", "active", "2026-01-15T10:00:00.000Z")
ISSUED = {**CREDENTIAL, "clientSecret": SECRET}
ISSUED_READ = CredentialWithSecret(
    "c-1", "a-1", "active", "2026-01-15T10:00:00.000Z", client_secret=SECRET
)
EVENT = {
    "eventId": "e-1",
    "organizationId": "o-1",
    "sequence": 0,
    "timestamp": "2026-01-15T10:00:00.000Z",
    "action": "agent.created",
    "outcome": "success",
    "agentId": "a-1",
    "ipAddress": "203.0.113.7",
    "userAgent": "curl/8.5.0",
    "metadata": {"agentType": "screener", "list": [1, None]},
    "previousHash": "",
    "hash": "58d7",
}
EVENT_READ = AuditEvent(
    event_id="e-1",
    organization_id="o-1",
    sequence=0,
    timestamp="2026-01-15T10:00:00.000Z",
    action="agent.created",
    outcome="success",
    agent_id="a-1",
    ip_address="203.0.113.7",
    user_agent="curl/8.5.0",
    metadata={"agentType": "screener", "list": [1, None]},
    previous_hash="",
    hash="58d7",
)
CARD = {
    "agentId": "a-1",
    "agentType": "router",
    "version": "1.0",
    "capabilities": [],
    "owner": "p",
    "deploymentEnv": "staging",
    "did": None,
    "didDocument": None,
    "publishedAt": "2026-01-15T10:00:00.000Z",
}
CARD_READ = PublicAgentCard("a-1", "router", "1.0", [], "p", "staging", "2026-01-15T10:00:00.000Z")
CHAIN = {
    "id": "d-1",
    "tenantId": "o-1",
    "delegatorAgentId": "a-1",
    "delegateeAgentId": "a-2",
    "scopes": ["agents:read"],
    "delegationToken": "d-1.1.2.s",
    "signature": "s",
    "ttlSeconds": 60,
    "issuedAt": "2026-01-15T10:00:00.000Z",
    "expiresAt": "2026-01-15T10:01:00.000Z",
    "revokedAt": None,
    "createdAt": "2026-01-15T10:00:00.000Z",
}
CHAIN_READ = DelegationChain(
    id="d-1",
    tenant_id="o-1",
    delegator_agent_id="a-1",
    delegatee_agent_id="a-2",
    scopes=["agents:read"],
    delegation_token="d-1.1.2.s",
    ttl_seconds=60,
    issued_at="2026-01-15T10:00:00.000Z",
    expires_at="2026-01-15T10:01:00.000Z",
    created_at="2026-01-15T10:00:00.000Z",
    signature="s",
)
REGISTER = RegisterAgentRequest(
    email="screener-001@example.com",
    agent_type="screener",
    version="1.0.0",
    capabilities=["resume:read"],
    owner="talent-team",
    deployment_env="production",
    is_public=False,
)


def page_of(entry: Any) -> dict[str, Any]:
    return {"data": [entry], "total": 41, "page": 3, "limit": 20}
