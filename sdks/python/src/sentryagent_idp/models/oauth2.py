"""OAuth 2.0 messages."""

from dataclasses import dataclass, field
from typing import Optional


@dataclass(frozen=True)
class Token:
    """An issued access token.

    Attributes:
        access_token: JWT of the profile RFC 9068; not in ``repr``.
        token_type: ``Bearer``.
        expires_in: Lifetime in seconds.
        scope: Granted scopes, separated by spaces.
        id_token: ID token, when the scope ``openid`` was granted; not in ``repr``.
    """

    access_token: str = field(repr=False)
    token_type: str
    expires_in: int
    scope: str = ""
    id_token: Optional[str] = field(default=None, repr=False)


@dataclass(frozen=True)
class Introspection:
    """What the server knows about a token (RFC 7662).

    Only ``active`` is set for a token that the API would not accept.

    Attributes:
        active: Whether the API would accept the token now.
        iss: Issuer.
        aud: Audience.
        sub: Agent that the token speaks for.
        client_id: Client that it was issued to; equals ``sub``.
        scope: Scopes, separated by spaces.
        token_type: ``Bearer``.
        iat: Issued at, Unix seconds.
        exp: Expires at, Unix seconds.
        jti: Id of the token.
        organization_id: Organization of the agent.
    """

    active: bool
    iss: Optional[str] = None
    aud: Optional[str] = None
    sub: Optional[str] = None
    client_id: Optional[str] = None
    scope: Optional[str] = None
    token_type: Optional[str] = None
    iat: Optional[int] = None
    exp: Optional[int] = None
    jti: Optional[str] = None
    organization_id: Optional[str] = None
