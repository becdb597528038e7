"""Delegation between agents."""

from dataclasses import dataclass, field
from typing import Optional


@dataclass(frozen=True)
class CreateDelegationRequest:
    """What to delegate, and to whom.

    Attributes:
        delegatee_agent_id: An active agent of the same organization, not the caller.
        scopes: 1 to 50 scopes that the caller's token holds; never ``admin:orgs``.
        ttl_seconds: Lifetime in seconds, 60 to 86400.
    """

    delegatee_agent_id: str
    scopes: list[str]
    ttl_seconds: int


@dataclass(frozen=True)
class DelegationChain:
    """A delegation of scopes from one agent to another.

    Attributes:
        id: Id of the chain; ``chain_id`` elsewhere.
        tenant_id: Organization of both agents.
        delegator_agent_id: Agent that delegates.
        delegatee_agent_id: Agent that receives.
        scopes: Delegated scopes.
        delegation_token: What the delegatee shows; not in ``repr``.
        ttl_seconds: Lifetime in seconds.
        issued_at: Begin.
        expires_at: End.
        created_at: When the chain was made.
        signature: HMAC-SHA256 of the token, hexadecimal; not in ``repr``.
        revoked_at: When it was revoked; ``None`` if it is not.
    """

    id: str
    tenant_id: str
    delegator_agent_id: str
    delegatee_agent_id: str
    scopes: list[str]
    delegation_token: str = field(repr=False)
    ttl_seconds: int
    issued_at: str
    expires_at: str
    created_at: str
    signature: Optional[str] = field(default=None, repr=False)
    revoked_at: Optional[str] = None


@dataclass(frozen=True)
class DelegationVerification:
    """Result of a verification.

    For an unknown chain or a wrong signature ``scopes`` is empty and everything else
    ``None``. Who presented the token is not checked: compare ``delegatee_agent_id``
    with the authenticated id of the presenter.

    Attributes:
        valid: Whether the delegation holds now.
        chain_id: Id of the chain.
        delegator_agent_id: Agent that delegated.
        delegatee_agent_id: Agent that received.
        scopes: Delegated scopes.
        issued_at: Begin.
        expires_at: End.
        revoked_at: When it was revoked; ``None`` if it is not.
    """

    valid: bool
    chain_id: Optional[str]
    delegator_agent_id: Optional[str]
    delegatee_agent_id: Optional[str]
    scopes: list[str]
    issued_at: Optional[str]
    expires_at: Optional[str]
    revoked_at: Optional[str] = None
