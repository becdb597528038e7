"""Introspection and revocation of tokens: with ``tokens:read``, or of an own token."""

from .._api import ApiTransport, AsyncApiTransport
from .._request import ApiRequest, path
from .._wire import decode_nothing, decoder, snake
from ..models import Introspection


def _introspect(token: str) -> ApiRequest[Introspection]:
    decode = decoder(Introspection, snake)
    return ApiRequest("POST", path("/token/introspect"), decode, form={"token": token})


def _revoke(token: str) -> ApiRequest[None]:
    return ApiRequest("POST", path("/token/revoke"), decode_nothing, form={"token": token})


class TokenClient:
    """Introspection and revocation of tokens."""

    def __init__(self, api: ApiTransport) -> None:
        self._api = api

    def introspect_token(self, token: str) -> Introspection:
        """Asks what a token is worth (RFC 7662).

        Args:
            token: The access token in question.

        Returns:
            Its claims, or only ``active=False`` when the API would not accept it.

        Raises:
            AgentIdPError: E.g. ``FORBIDDEN``.
        """
        return self._api.call(_introspect(token))

    def revoke_token(self, token: str) -> None:
        """Revokes a token of the calling agent (RFC 7009).

        Also succeeds for tokens that are revoked, expired or unknown.

        Args:
            token: The access token to revoke.

        Raises:
            AgentIdPError: E.g. ``AUTHORIZATION_ERROR`` for a token of another agent.
        """
        self._api.call(_revoke(token))
        self._api.tokens.invalidate(token)


class AsyncTokenClient:
    """As :class:`TokenClient`, with coroutines."""

    def __init__(self, api: AsyncApiTransport) -> None:
        self._api = api

    async def introspect_token(self, token: str) -> Introspection:
        """As :meth:`TokenClient.introspect_token`."""
        return await self._api.call(_introspect(token))

    async def revoke_token(self, token: str) -> None:
        """As :meth:`TokenClient.revoke_token`."""
        await self._api.call(_revoke(token))
        self._api.tokens.invalidate(token)
