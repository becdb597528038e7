"""Every operation: what is sent, and what comes back."""

import json
from dataclasses import dataclass
from typing import Any, Callable, Optional

import pytest
from conftest import Runner
from fake_server import CLIENT_ID, SECRET, FakeServer, Reply
from samples import (
    AGENT,
    AGENT_READ,
    CARD,
    CARD_READ,
    CHAIN,
    CHAIN_READ,
    CREDENTIAL,
    CREDENTIAL_READ,
    EVENT,
    EVENT_READ,
    ISSUED,
    ISSUED_READ,
    REGISTER,
    page_of,
)
from sentryagent_idp import (
    Agent,
    CreateDelegationRequest,
    DelegationVerification,
    Introspection,
    MinimalDidDocument,
    Page,
    PublicAgentCard,
    Token,
    UpdateAgentRequest,
    VerificationMethod,
)


@dataclass
class Operation:
    """A call, the request it makes, and what it returns for an answer."""

    call: Callable[[Any], Any]
    request: str
    answer: Any = None
    returns: Any = None
    json: Any = None
    form: Optional[dict[str, str]] = None
    anonymous: bool = False


OPERATIONS = {
    "register_agent": Operation(
        lambda client: client.agents.register_agent(REGISTER),
        "POST /agents",
        AGENT,
        AGENT_READ,
        json={
            "email": "screener-001@example.com",
            "agentType": "screener",
            "version": "1.0.0",
            "capabilities": ["resume:read"],
            "owner": "talent-team",
            "deploymentEnv": "production",
            "isPublic": False,
        },
    ),
    "list_agents": Operation(
        lambda client: client.agents.list_agents(),
        "GET /agents",
        page_of(AGENT),
        Page([AGENT_READ], 41, 3, 20),
    ),
    "list_agents with filters": Operation(
        lambda client: client.agents.list_agents(
            page=2, limit=5, owner="a & b", agent_type="router", status="active"
        ),
        "GET /agents?page=2&limit=5&owner=a+%26+b&agentType=router&status=active",
        {"data": [], "total": 0, "page": 2, "limit": 5},
        Page([], 0, 2, 5),
    ),
    "get_agent": Operation(
        lambda client: client.agents.get_agent("a/1?x"),
        "GET /agents/a%2F1%3Fx",
        {**AGENT, "did": "did:web:x", "didCreatedAt": "t"},
        Agent(**{**vars(AGENT_READ), "did": "did:web:x", "did_created_at": "t"}),
    ),
    "update_agent": Operation(
        lambda client: client.agents.update_agent("a-1", UpdateAgentRequest(status="suspended")),
        "PATCH /agents/a-1",
        AGENT,
        AGENT_READ,
        json={"status": "suspended"},
    ),
    "decommission_agent": Operation(
        lambda client: client.agents.decommission_agent("a-1"), "DELETE /agents/a-1"
    ),
    "generate_credential": Operation(
        lambda client: client.credentials.generate_credential("a-1"),
        "POST /agents/a-1/credentials",
        ISSUED,
        ISSUED_READ,
        json={},
    ),
    "generate_credential with expiry": Operation(
        lambda client: client.credentials.generate_credential("a-1", expires_at="2030-01-01"),
        "POST /agents/a-1/credentials",
        ISSUED,
        ISSUED_READ,
        json={"expiresAt": "2030-01-01"},
    ),
    "list_credentials": Operation(
        lambda client: client.credentials.list_credentials("a-1", page=3, status="revoked"),
        "GET /agents/a-1/credentials?page=3&status=revoked",
        page_of(CREDENTIAL),
        Page([CREDENTIAL_READ], 41, 3, 20),
    ),
    "rotate_credential": Operation(
        lambda client: client.credentials.rotate_credential("a-1", "c-1"),
        "POST /agents/a-1/credentials/c-1/rotate",
        ISSUED,
        ISSUED_READ,
        json={},
    ),
    "revoke_credential": Operation(
        lambda client: client.credentials.revoke_credential("a-1", "c-1"),
        "DELETE /agents/a-1/credentials/c-1",
    ),
    "introspect_token, active": Operation(
        lambda client: client.tokens.introspect_token("x.y.z"),
        "POST /token/introspect",
        {"active": True, "client_id": "a-1", "exp": 7, "organization_id": "o-1", "new": 1},
        Introspection(active=True, client_id="a-1", exp=7, organization_id="o-1"),
        form={"token": "x.y.z"},
    ),
    "introspect_token, inactive": Operation(
        lambda client: client.tokens.introspect_token("x"),
        "POST /token/introspect",
        {"active": False},
        Introspection(active=False),
        form={"token": "x"},
    ),
    "revoke_token": Operation(
        lambda client: client.tokens.revoke_token("x"),
        "POST /token/revoke",
        {},
        form={"token": "x"},
    ),
    "query_audit_log": Operation(
        lambda client: client.audit.query_audit_log(
            page=1,
            limit=100,
            agent_id="a-1",
            action="token.issued",
            outcome="success",
            from_date="2026-01-01",
            to_date="2026-01-31",
        ),
        "GET /audit?page=1&limit=100&agentId=a-1&action=token.issued&outcome=success"
        "&fromDate=2026-01-01&toDate=2026-01-31",
        page_of(EVENT),
        Page([EVENT_READ], 41, 3, 20),
    ),
    "get_audit_event": Operation(
        lambda client: client.audit.get_audit_event("e-1"), "GET /audit/e-1", EVENT, EVENT_READ
    ),
    "list_public_agents": Operation(
        lambda client: client.marketplace.list_public_agents(
            q="x y", capability="a:b", publisher="p", page=1, limit=2
        ),
        "GET /marketplace/agents?q=x+y&capability=a%3Ab&publisher=p&page=1&limit=2",
        page_of(CARD),
        Page([CARD_READ], 41, 3, 20),
        anonymous=True,
    ),
    "get_public_agent": Operation(
        lambda client: client.marketplace.get_public_agent("a-1"),
        "GET /marketplace/agents/a-1",
        {
            **CARD,
            "did": "did:web:x",
            "didDocument": {
                "@context": ["https://www.w3.org/ns/did/v1"],
                "id": "did:web:x",
                "controller": "did:web:y",
                "verificationMethod": [
                    {
                        "id": "did:web:x#key-1",
                        "type": "JsonWebKey2020",
                        "controller": "did:web:x",
                        "publicKeyJwk": {"kty": "EC"},
                    }
                ],
                "authentication": ["did:web:x#key-1"],
            },
        },
        PublicAgentCard(
            **{
                **vars(CARD_READ),
                "did": "did:web:x",
                "did_document": MinimalDidDocument(
                    ["https://www.w3.org/ns/did/v1"],
                    "did:web:x",
                    "did:web:y",
                    [
                        VerificationMethod(
                            "did:web:x#key-1", "JsonWebKey2020", "did:web:x", {"kty": "EC"}
                        )
                    ],
                    ["did:web:x#key-1"],
                ),
            }
        ),
        anonymous=True,
    ),
    "create_delegation": Operation(
        lambda client: client.delegation.create_delegation(
            CreateDelegationRequest("a-2", ["agents:read"], 60)
        ),
        "POST /oauth2/token/delegate",
        CHAIN,
        CHAIN_READ,
        json={"delegateeAgentId": "a-2", "scopes": ["agents:read"], "ttlSeconds": 60},
    ),
    "verify_delegation": Operation(
        lambda client: client.delegation.verify_delegation("d.1.2.s"),
        "POST /oauth2/token/verify-delegation",
        {
            "valid": False,
            "chainId": None,
            "delegatorAgentId": None,
            "delegateeAgentId": None,
            "scopes": [],
            "issuedAt": None,
            "expiresAt": None,
        },
        DelegationVerification(False, None, None, None, [], None, None),
        json={"delegationToken": "d.1.2.s"},
    ),
    "revoke_delegation": Operation(
        lambda client: client.delegation.revoke_delegation("d-1"),
        "DELETE /oauth2/token/delegate/d-1",
    ),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_operation(operation: Operation, server: FakeServer, runner: Runner) -> None:
    status = 204 if operation.answer is None else 200
    server.api = lambda _: Reply(operation.answer, status)

    returned = runner.run(operation.call)

    assert returned == operation.returns
    (request,) = server.api_requests
    assert request.line == operation.request.replace(" ", " /api/v1")
    assert request.headers["user-agent"] == "sentryagent-idp-python/1.0.0"
    token = None if operation.anonymous else "Bearer token-1"
    assert request.headers.get("authorization") == token
    assert len(server.token_requests) == (0 if operation.anonymous else 1)
    if operation.json is not None:
        assert request.headers["content-type"] == "application/json"
        assert json.loads(request.body) == operation.json
    elif operation.form is not None:
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        assert request.form == operation.form
    else:
        assert request.body == b""


def test_issue_token_asks_for_the_scopes_of_the_client(server: FakeServer, runner: Runner) -> None:
    answer = {
        "access_token": "t",
        "token_type": "Bearer",
        "expires_in": 9,
        "scope": "s",
        "id_token": "i",
    }
    server.token = lambda _: Reply(answer)

    issued = runner.run(
        lambda client: client.oauth2.issue_token(), scopes=["agents:read", "openid"]
    )

    assert issued == Token("t", "Bearer", 9, "s", "i")
    (request,) = server.received
    assert "authorization" not in request.headers
    assert request.form == {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "scope": "agents:read openid",
    }


def test_issue_token_takes_scope_and_nonce_and_leaves_the_cache_alone(
    server: FakeServer, runner: Runner
) -> None:
    server.api = lambda _: Reply(AGENT)

    runner.run(
        lambda client: client.agents.get_agent("a-1"),
        lambda client: client.oauth2.issue_token(scope="openid", nonce="n-1"),
        lambda client: client.oauth2.issue_token(scope=""),
        lambda client: client.agents.get_agent("a-1"),
    )

    forms = [request.form for request in server.token_requests]
    assert [(form.get("scope"), form.get("nonce")) for form in forms] == [
        ("agents:read agents:write tokens:read audit:read", None),
        ("openid", "n-1"),
        (None, None),
    ]
    assert [request.headers["authorization"] for request in server.api_requests] == [
        "Bearer token-1",
        "Bearer token-1",
    ]


def test_revoking_the_token_in_use_makes_the_next_call_fetch_another(
    server: FakeServer, runner: Runner
) -> None:
    server.api = lambda _: Reply(AGENT)

    runner.run(
        lambda client: client.agents.get_agent("a-1"),
        lambda client: client.tokens.revoke_token("token-1"),
        lambda client: client.agents.get_agent("a-1"),
    )

    assert server.api_requests[-1].headers["authorization"] == "Bearer token-2"
