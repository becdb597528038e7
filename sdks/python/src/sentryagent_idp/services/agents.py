"""The agents of the caller's organization."""

from typing import Optional

from .._api import ApiTransport, AsyncApiTransport
from .._request import ApiRequest, path
from .._wire import decode_nothing, decoder, encode_model, page_decoder
from ..models import Agent, Page, RegisterAgentRequest, UpdateAgentRequest


def _register(request: RegisterAgentRequest) -> ApiRequest[Agent]:
    return ApiRequest("POST", path("/agents"), decoder(Agent), json=encode_model(request))


def _list(**query: object) -> ApiRequest[Page[Agent]]:
    return ApiRequest("GET", path("/agents"), page_decoder(Agent), query=query)


def _get(agent_id: str) -> ApiRequest[Agent]:
    return ApiRequest("GET", path("/agents/{}", agent_id), decoder(Agent))


def _update(agent_id: str, request: UpdateAgentRequest) -> ApiRequest[Agent]:
    json = encode_model(request)
    return ApiRequest("PATCH", path("/agents/{}", agent_id), decoder(Agent), json=json)


def _decommission(agent_id: str) -> ApiRequest[None]:
    return ApiRequest("DELETE", path("/agents/{}", agent_id), decode_nothing)


class AgentRegistryClient:
    """Registry of agents."""

    def __init__(self, api: ApiTransport) -> None:
        self._api = api

    def register_agent(self, request: RegisterAgentRequest) -> Agent:
        """Registers an agent. Needs ``agents:write``.

        Args:
            request: The new agent.

        Returns:
            The agent with its id.

        Raises:
            AgentIdPError: E.g. ``VALIDATION_ERROR``, ``AGENT_ALREADY_EXISTS``,
                ``FREE_TIER_LIMIT_EXCEEDED``.
        """
        return self._api.call(_register(request))

    def list_agents(
        self,
        *,
        page: Optional[int] = None,
        limit: Optional[int] = None,
        owner: Optional[str] = None,
        agent_type: Optional[str] = None,
        status: Optional[str] = None,
    ) -> Page[Agent]:
        """Lists agents, newest first, decommissioned ones included. Needs ``agents:read``.

        Args:
            page: Number of the page, 1 by default.
            limit: Entries per page, 1 to 100, 20 by default.
            owner: Only this owner.
            agent_type: Only this type.
            status: Only this state.

        Returns:
            One page of agents.

        Raises:
            AgentIdPError: E.g. ``VALIDATION_ERROR``.
        """
        return self._api.call(
            _list(page=page, limit=limit, owner=owner, agent_type=agent_type, status=status)
        )

    def get_agent(self, agent_id: str) -> Agent:
        """Reads one agent. Needs ``agents:read``.

        Args:
            agent_id: Id of the agent.

        Returns:
            The agent.

        Raises:
            AgentIdPError: E.g. ``AGENT_NOT_FOUND``.
        """
        return self._api.call(_get(agent_id))

    def update_agent(self, agent_id: str, request: UpdateAgentRequest) -> Agent:
        """Changes an agent; what the request leaves out stays. Needs ``agents:write``.

        Args:
            agent_id: Id of the agent.
            request: At least one change.

        Returns:
            The changed agent.

        Raises:
            AgentIdPError: E.g. ``AGENT_NOT_FOUND``, ``AGENT_DECOMMISSIONED``.
        """
        return self._api.call(_update(agent_id, request))

    def decommission_agent(self, agent_id: str) -> None:
        """Decommissions an agent for good: its credentials are revoked, its tokens end.

        Needs ``agents:write``.

        Args:
            agent_id: Id of the agent.

        Raises:
            AgentIdPError: E.g. ``AGENT_NOT_FOUND``, ``AGENT_ALREADY_DECOMMISSIONED``.
        """
        return self._api.call(_decommission(agent_id))


class AsyncAgentRegistryClient:
    """As :class:`AgentRegistryClient`, with coroutines."""

    def __init__(self, api: AsyncApiTransport) -> None:
        self._api = api

    async def register_agent(self, request: RegisterAgentRequest) -> Agent:
        """As :meth:`AgentRegistryClient.register_agent`."""
        return await self._api.call(_register(request))

    async def list_agents(
        self,
        *,
        page: Optional[int] = None,
        limit: Optional[int] = None,
        owner: Optional[str] = None,
        agent_type: Optional[str] = None,
        status: Optional[str] = None,
    ) -> Page[Agent]:
        """As :meth:`AgentRegistryClient.list_agents`."""
        return await self._api.call(
            _list(page=page, limit=limit, owner=owner, agent_type=agent_type, status=status)
        )

    async def get_agent(self, agent_id: str) -> Agent:
        """As :meth:`AgentRegistryClient.get_agent`."""
        return await self._api.call(_get(agent_id))

    async def update_agent(self, agent_id: str, request: UpdateAgentRequest) -> Agent:
        """As :meth:`AgentRegistryClient.update_agent`."""
        return await self._api.call(_update(agent_id, request))

    async def decommission_agent(self, agent_id: str) -> None:
        """As :meth:`AgentRegistryClient.decommission_agent`."""
        return await self._api.call(_decommission(agent_id))
