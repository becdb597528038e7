"""Credentials."""

from dataclasses import dataclass, field
from typing import Optional


@dataclass(frozen=True)
class Credential:
    """A credential of an agent, without its secret.

    Attributes:
        credential_id: Immutable UUID, survives rotation.
        client_id: The id of the agent.
        status: ``active`` or ``revoked``; expiry does not change it.
        created_at: When it was generated; rotation leaves it alone.
        expires_at: When it expires; ``None`` if never.
        revoked_at: When it was revoked; ``None`` if it is not.
    """

    credential_id: str
    client_id: str
    status: str
    created_at: str
    expires_at: Optional[str] = None
    revoked_at: Optional[str] = None


@dataclass(frozen=True)
class CredentialWithSecret(Credential):
    """A credential with its secret, which is shown this one time only.

    Attributes:
        client_secret: ``sk_live_`` and 64 hexadecimal characters; not in ``repr``.
    """

    # The default is there because the fields before it have one.
    client_secret: str = field(default="", repr=False, metadata={"required": True})
