"""Explicit token requests, for tokens that are handed to other programs."""

from typing import Optional

from ..models import Token
from ..token_manager import AsyncTokenManager, TokenManager


class OAuth2Client:
    """Explicit token requests."""

    def __init__(self, tokens: TokenManager) -> None:
        self._tokens = tokens

    def issue_token(self, *, scope: Optional[str] = None, nonce: Optional[str] = None) -> Token:
        """Issues a token for the client's agent.

        It is neither taken from nor put into the cache that the other calls use.

        Args:
            scope: Scopes separated by spaces, all of them in the agent's
                ``allowed_scopes``. The scopes of the client by default; an empty text
                asks for the server's default.
            nonce: 1 to 255 characters, repeated in the ID token.

        Returns:
            The token.

        Raises:
            AgentIdPError: E.g. ``VALIDATION_ERROR`` for a scope outside the grant,
                ``UNAUTHORIZED``, ``AGENT_SUSPENDED``.
        """
        return self._tokens.issue(scope, nonce)


class AsyncOAuth2Client:
    """As :class:`OAuth2Client`, with coroutines."""

    def __init__(self, tokens: AsyncTokenManager) -> None:
        self._tokens = tokens

    async def issue_token(
        self, *, scope: Optional[str] = None, nonce: Optional[str] = None
    ) -> Token:
        """As :meth:`OAuth2Client.issue_token`."""
        return await self._tokens.issue(scope, nonce)
