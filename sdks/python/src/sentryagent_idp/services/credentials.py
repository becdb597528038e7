"""The credentials of an agent: with ``agents:write``, or of the calling agent itself."""

from typing import Optional

from .._api import ApiTransport, AsyncApiTransport
from .._request import ApiRequest, path
from .._wire import decode_nothing, decoder, encode, page_decoder
from ..models import Credential, CredentialWithSecret, Page


def _generate(agent_id: str, **body: object) -> ApiRequest[CredentialWithSecret]:
    where = path("/agents/{}/credentials", agent_id)
    return ApiRequest("POST", where, decoder(CredentialWithSecret), json=encode(body))


def _list(agent_id: str, **query: object) -> ApiRequest[Page[Credential]]:
    where = path("/agents/{}/credentials", agent_id)
    return ApiRequest("GET", where, page_decoder(Credential), query=query)


def _rotate(agent_id: str, credential_id: str, **body: object) -> ApiRequest[CredentialWithSecret]:
    where = path("/agents/{}/credentials/{}/rotate", agent_id, credential_id)
    return ApiRequest("POST", where, decoder(CredentialWithSecret), json=encode(body))


def _revoke(agent_id: str, credential_id: str) -> ApiRequest[None]:
    where = path("/agents/{}/credentials/{}", agent_id, credential_id)
    return ApiRequest("DELETE", where, decode_nothing)


class CredentialClient:
    """Credentials of agents."""

    def __init__(self, api: ApiTransport) -> None:
        self._api = api

    def generate_credential(
        self, agent_id: str, *, expires_at: Optional[str] = None
    ) -> CredentialWithSecret:
        """Generates a credential. Each call makes a new one; it is never repeated.

        Args:
            agent_id: Id of an active agent.
            expires_at: Expiry in the future, ISO 8601; never by default.

        Returns:
            The credential with its secret, which is shown this one time only.

        Raises:
            AgentIdPError: E.g. ``AGENT_NOT_FOUND``, ``AGENT_NOT_ACTIVE``,
                ``CREDENTIAL_LIMIT_REACHED``.
        """
        return self._api.call(_generate(agent_id, expires_at=expires_at))

    def list_credentials(
        self,
        agent_id: str,
        *,
        page: Optional[int] = None,
        limit: Optional[int] = None,
        status: Optional[str] = None,
    ) -> Page[Credential]:
        """Lists the credentials of an agent, newest first, without their secrets.

        Args:
            agent_id: Id of the agent.
            page: Number of the page, 1 by default.
            limit: Entries per page, 1 to 100, 20 by default.
            status: Only this state, ``active`` or ``revoked``.

        Returns:
            One page of credentials.

        Raises:
            AgentIdPError: E.g. ``AGENT_NOT_FOUND``.
        """
        return self._api.call(_list(agent_id, page=page, limit=limit, status=status))

    def rotate_credential(
        self, agent_id: str, credential_id: str, *, expires_at: Optional[str] = None
    ) -> CredentialWithSecret:
        """Replaces the secret of a credential; the old one is invalid at once.

        After the rotation of the secret that the client itself uses, make a new client.

        Args:
            agent_id: Id of the agent.
            credential_id: Id of the credential.
            expires_at: Expiry in the future, ISO 8601. Without it the credential does
                not expire, even if it did before.

        Returns:
            The credential with its new secret, which is shown this one time only.

        Raises:
            AgentIdPError: E.g. ``CREDENTIAL_NOT_FOUND``, ``CREDENTIAL_ALREADY_REVOKED``.
        """
        return self._api.call(_rotate(agent_id, credential_id, expires_at=expires_at))

    def revoke_credential(self, agent_id: str, credential_id: str) -> None:
        """Revokes a credential for good.

        Args:
            agent_id: Id of the agent.
            credential_id: Id of the credential.

        Raises:
            AgentIdPError: E.g. ``CREDENTIAL_NOT_FOUND``, ``CREDENTIAL_ALREADY_REVOKED``.
        """
        return self._api.call(_revoke(agent_id, credential_id))


class AsyncCredentialClient:
    """As :class:`CredentialClient`, with coroutines."""

    def __init__(self, api: AsyncApiTransport) -> None:
        self._api = api

    async def generate_credential(
        self, agent_id: str, *, expires_at: Optional[str] = None
    ) -> CredentialWithSecret:
        """As :meth:`CredentialClient.generate_credential`."""
        return await self._api.call(_generate(agent_id, expires_at=expires_at))

    async def list_credentials(
        self,
        agent_id: str,
        *,
        page: Optional[int] = None,
        limit: Optional[int] = None,
        status: Optional[str] = None,
    ) -> Page[Credential]:
        """As :meth:`CredentialClient.list_credentials`."""
        return await self._api.call(_list(agent_id, page=page, limit=limit, status=status))

    async def rotate_credential(
        self, agent_id: str, credential_id: str, *, expires_at: Optional[str] = None
    ) -> CredentialWithSecret:
        """As :meth:`CredentialClient.rotate_credential`."""
        return await self._api.call(_rotate(agent_id, credential_id, expires_at=expires_at))

    async def revoke_credential(self, agent_id: str, credential_id: str) -> None:
        """As :meth:`CredentialClient.revoke_credential`."""
        return await self._api.call(_revoke(agent_id, credential_id))
