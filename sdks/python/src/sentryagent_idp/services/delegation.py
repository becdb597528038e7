"""Delegation of scopes between agents of one organization."""

from .._api import ApiTransport, AsyncApiTransport
from .._request import ApiRequest, path
from .._wire import decode_nothing, decoder, encode, encode_model
from ..models import CreateDelegationRequest, DelegationChain, DelegationVerification


def _create(request: CreateDelegationRequest) -> ApiRequest[DelegationChain]:
    json = encode_model(request)
    return ApiRequest("POST", path("/oauth2/token/delegate"), decoder(DelegationChain), json=json)


def _verify(delegation_token: str) -> ApiRequest[DelegationVerification]:
    return ApiRequest(
        "POST",
        path("/oauth2/token/verify-delegation"),
        decoder(DelegationVerification),
        json=encode({"delegation_token": delegation_token}),
    )


def _revoke(chain_id: str) -> ApiRequest[None]:
    return ApiRequest("DELETE", path("/oauth2/token/delegate/{}", chain_id), decode_nothing)


class DelegationClient:
    """Delegation between agents."""

    def __init__(self, api: ApiTransport) -> None:
        self._api = api

    def create_delegation(self, request: CreateDelegationRequest) -> DelegationChain:
        """Delegates scopes of the caller's token. Each call makes a new chain.

        Args:
            request: What to delegate, to whom and for how long.

        Returns:
            The chain with the token that the delegatee shows.

        Raises:
            AgentIdPError: E.g. ``SCOPE_EXCEEDS_DELEGATOR``, ``CROSS_TENANT_DELEGATION``,
                ``AGENT_NOT_FOUND``.
        """
        return self._api.call(_create(request))

    def verify_delegation(self, delegation_token: str) -> DelegationVerification:
        """Verifies a delegation token.

        Compare ``delegatee_agent_id`` of the result with the authenticated id of
        whoever presented the token.

        Args:
            delegation_token: What the delegatee showed.

        Returns:
            Whether the delegation holds, and what it covers.

        Raises:
            AgentIdPError: E.g. ``VALIDATION_ERROR``.
        """
        return self._api.call(_verify(delegation_token))

    def revoke_delegation(self, chain_id: str) -> None:
        """Revokes a delegation, with effect at once. Repeating it does no harm.

        Args:
            chain_id: Id of the chain.

        Raises:
            AgentIdPError: E.g. ``DELEGATION_NOT_FOUND``, ``AUTHORIZATION_ERROR``.
        """
        return self._api.call(_revoke(chain_id))


class AsyncDelegationClient:
    """As :class:`DelegationClient`, with coroutines."""

    def __init__(self, api: AsyncApiTransport) -> None:
        self._api = api

    async def create_delegation(self, request: CreateDelegationRequest) -> DelegationChain:
        """As :meth:`DelegationClient.create_delegation`."""
        return await self._api.call(_create(request))

    async def verify_delegation(self, delegation_token: str) -> DelegationVerification:
        """As :meth:`DelegationClient.verify_delegation`."""
        return await self._api.call(_verify(delegation_token))

    async def revoke_delegation(self, chain_id: str) -> None:
        """As :meth:`DelegationClient.revoke_delegation`."""
        return await self._api.call(_revoke(chain_id))
