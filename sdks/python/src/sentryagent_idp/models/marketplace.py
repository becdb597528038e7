"""Public agents."""

from dataclasses import dataclass, field
from typing import Any, Optional


@dataclass(frozen=True)
class VerificationMethod:
    """A public key of a DID document.

    Attributes:
        id: DID URL of the key.
        type: Kind of the key, e.g. ``JsonWebKey2020``.
        controller: DID that controls the key.
        public_key_jwk: Public key, RFC 7517.
    """

    id: str
    type: str
    controller: str
    public_key_jwk: dict[str, Any]


@dataclass(frozen=True)
class MinimalDidDocument:
    """The part of a DID document (W3C DID Core) that identifies and authenticates.

    Attributes:
        context: JSON-LD contexts, ``@context`` in JSON.
        id: DID of the agent.
        controller: DID of the installation.
        verification_method: Public keys.
        authentication: DID URLs of the keys that authenticate it.
    """

    context: list[str] = field(metadata={"wire": "@context"})
    id: str
    controller: str
    verification_method: list[VerificationMethod]
    authentication: list[str]


@dataclass(frozen=True)
class PublicAgentCard:
    """What everybody may know about a public agent.

    Attributes:
        agent_id: UUID of the agent.
        agent_type: What it does.
        version: Its version.
        capabilities: What it can do.
        owner: The publisher.
        deployment_env: Where it runs.
        published_at: When it was first made public.
        did: ``did:web`` identifier; ``None`` if it has none.
        did_document: Its DID document in short; ``None`` in lists and if it has none.
    """

    agent_id: str
    agent_type: str
    version: str
    capabilities: list[str]
    owner: str
    deployment_env: str
    published_at: str
    did: Optional[str] = None
    did_document: Optional[MinimalDidDocument] = None
