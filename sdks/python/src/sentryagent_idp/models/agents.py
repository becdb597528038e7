"""Agents."""

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Agent:
    """An agent of the caller's organization.

    Attributes:
        agent_id: Immutable UUID; also its OAuth 2.0 client id and the ``sub`` of its tokens.
        organization_id: Organization that owns the record.
        email: Unique address, immutable.
        agent_type: ``screener``, ``classifier``, ``orchestrator``, ``extractor``,
            ``summarizer``, ``router``, ``monitor`` or ``custom``.
        version: Its version, e.g. ``1.4.2``.
        capabilities: What it can do, normally ``resource:action``.
        owner: Developer or team that answers for it.
        deployment_env: ``development``, ``staging`` or ``production``.
        status: ``active``, ``suspended`` or ``decommissioned``, which is final.
        allowed_scopes: Grant: scopes that its tokens may carry.
        is_public: Whether it is listed in the marketplace.
        created_at: When it was registered.
        updated_at: When it was last changed.
        did: ``did:web`` identifier, once generated.
        did_created_at: When the identifier was generated.
        published_at: When it became public for the first time.
    """

    agent_id: str
    organization_id: str
    email: str
    agent_type: str
    version: str
    capabilities: list[str]
    owner: str
    deployment_env: str
    status: str
    allowed_scopes: list[str]
    is_public: bool
    created_at: str
    updated_at: str
    did: Optional[str] = None
    did_created_at: Optional[str] = None
    published_at: Optional[str] = None


@dataclass(frozen=True)
class RegisterAgentRequest:
    """A new agent. Its organization is that of the caller.

    Attributes:
        email: Unique over the whole installation, at most 254 characters.
        agent_type: As in :class:`Agent`.
        version: At most 64 characters, e.g. ``1.4.2``.
        capabilities: At most 100 entries, normally ``resource:action``; may be empty.
        owner: 1 to 128 characters.
        deployment_env: As in :class:`Agent`.
        allowed_scopes: ``["agents:read"]`` by default.
        is_public: ``False`` by default.
    """

    email: str
    agent_type: str
    version: str
    capabilities: list[str]
    owner: str
    deployment_env: str
    allowed_scopes: Optional[list[str]] = None
    is_public: Optional[bool] = None


@dataclass(frozen=True)
class UpdateAgentRequest:
    """Changes to an agent: what is ``None`` stays, lists are replaced as a whole.

    Attributes:
        agent_type: As in :class:`Agent`.
        version: At most 64 characters, e.g. ``1.4.2``.
        capabilities: At most 100 entries.
        owner: 1 to 128 characters.
        deployment_env: As in :class:`Agent`.
        status: Suspension ends all tokens of the agent; decommissioning is final.
        allowed_scopes: Holds for tokens issued afterwards.
        is_public: Whether it is listed in the marketplace.
    """

    agent_type: Optional[str] = None
    version: Optional[str] = None
    capabilities: Optional[list[str]] = None
    owner: Optional[str] = None
    deployment_env: Optional[str] = None
    status: Optional[str] = None
    allowed_scopes: Optional[list[str]] = None
    is_public: Optional[bool] = None
