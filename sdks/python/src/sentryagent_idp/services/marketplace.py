"""The public agents of all organizations. No token is sent."""

from typing import Optional

from .._api import ApiTransport, AsyncApiTransport
from .._request import ApiRequest, path
from .._wire import decoder, page_decoder
from ..models import Page, PublicAgentCard


def _list(**query: object) -> ApiRequest[Page[PublicAgentCard]]:
    where = path("/marketplace/agents")
    return ApiRequest("GET", where, page_decoder(PublicAgentCard), query=query)


def _get(agent_id: str) -> ApiRequest[PublicAgentCard]:
    where = path("/marketplace/agents/{}", agent_id)
    return ApiRequest("GET", where, decoder(PublicAgentCard))


class MarketplaceClient:
    """Public agents."""

    def __init__(self, api: ApiTransport) -> None:
        self._api = api

    def list_public_agents(
        self,
        *,
        q: Optional[str] = None,
        capability: Optional[str] = None,
        publisher: Optional[str] = None,
        page: Optional[int] = None,
        limit: Optional[int] = None,
    ) -> Page[PublicAgentCard]:
        """Searches public agents, last published first; all filters hold together.

        Args:
            q: Words that all occur in owner, capabilities or type; at most 256 characters.
            capability: Only with this capability.
            publisher: Only of this owner.
            page: Number of the page, 1 by default.
            limit: Entries per page, 1 to 100, 20 by default.

        Returns:
            One page of cards.

        Raises:
            AgentIdPError: E.g. ``VALIDATION_ERROR``, ``NOT_FOUND`` where the marketplace
                is switched off.
        """
        return self._api.call_public(
            _list(q=q, capability=capability, publisher=publisher, page=page, limit=limit)
        )

    def get_public_agent(self, agent_id: str) -> PublicAgentCard:
        """Reads the card of one public agent, with its DID document.

        Args:
            agent_id: Id of the agent.

        Returns:
            The card.

        Raises:
            AgentIdPError: E.g. ``AGENT_NOT_FOUND``.
        """
        return self._api.call_public(_get(agent_id))


class AsyncMarketplaceClient:
    """As :class:`MarketplaceClient`, with coroutines."""

    def __init__(self, api: AsyncApiTransport) -> None:
        self._api = api

    async def list_public_agents(
        self,
        *,
        q: Optional[str] = None,
        capability: Optional[str] = None,
        publisher: Optional[str] = None,
        page: Optional[int] = None,
        limit: Optional[int] = None,
    ) -> Page[PublicAgentCard]:
        """As :meth:`MarketplaceClient.list_public_agents`."""
        return await self._api.call_public(
            _list(q=q, capability=capability, publisher=publisher, page=page, limit=limit)
        )

    async def get_public_agent(self, agent_id: str) -> PublicAgentCard:
        """As :meth:`MarketplaceClient.get_public_agent`."""
        return await self._api.call_public(_get(agent_id))
