"""The clients."""

from collections.abc import Sequence
from types import TracebackType
from typing import Optional

from ._api import ApiTransport, AsyncApiTransport
from ._http import AsyncHttpTransport, HttpTransport
from ._request import DEFAULT_TIMEOUT
from .errors import INVALID_ARGUMENT, AgentIdPError
from .services.agents import AgentRegistryClient, AsyncAgentRegistryClient
from .services.audit import AsyncAuditClient, AuditClient
from .services.credentials import AsyncCredentialClient, CredentialClient
from .services.delegation import AsyncDelegationClient, DelegationClient
from .services.marketplace import AsyncMarketplaceClient, MarketplaceClient
from .services.oauth2 import AsyncOAuth2Client, OAuth2Client
from .services.tokens import AsyncTokenClient, TokenClient
from .token_manager import AsyncTokenManager, TokenManager

#: Scopes that a client asks for without a setting.
DEFAULT_SCOPES: tuple[str, ...] = ("agents:read", "agents:write", "tokens:read", "audit:read")


def _scope(scopes: Optional[Sequence[str]]) -> str:
    # A text is a sequence of its letters, which is never what was meant.
    if isinstance(scopes, str):
        raise AgentIdPError(INVALID_ARGUMENT, "scopes must be a list of scopes, not a text.")
    return " ".join(DEFAULT_SCOPES if scopes is None else scopes)


class AgentIdPClient:
    """Client of an AgentIdP server, for any number of threads.

    It gets, keeps and renews its access token by itself. As a context manager it
    closes its connections at the end.

    Args:
        base_url: Origin of the server, e.g. ``http://localhost:3000``; ``/api/v1`` is
            added.
        client_id: Id of the agent that the client speaks for.
        client_secret: Secret of one of its credentials.
        scopes: Scopes to ask for, all of them in the agent's ``allowed_scopes``. Those
            of ``DEFAULT_SCOPES`` by default; an empty list asks for the server's default.
        timeout: Seconds to wait for a connection and for data, 30 by default.

    Attributes:
        base_url: Origin of the server.
        agents: Registry of agents.
        credentials: Credentials of agents.
        tokens: Introspection and revocation of tokens.
        audit: Audit log.
        oauth2: Explicit token requests.
        marketplace: Public agents.
        delegation: Delegation between agents.

    Raises:
        AgentIdPError: ``INVALID_ARGUMENT`` for settings that cannot work.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        scopes: Optional[Sequence[str]] = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        scope = _scope(scopes)
        self._http = HttpTransport(base_url, timeout)
        self.base_url = self._http.base_url
        self._token_manager = TokenManager(
            self.base_url, client_id, client_secret, scope, transport=self._http
        )
        api = ApiTransport(self._http, self._token_manager)
        self.agents = AgentRegistryClient(api)
        self.credentials = CredentialClient(api)
        self.tokens = TokenClient(api)
        self.audit = AuditClient(api)
        self.oauth2 = OAuth2Client(self._token_manager)
        self.marketplace = MarketplaceClient(api)
        self.delegation = DelegationClient(api)

    def clear_token_cache(self) -> None:
        """Forgets the cached token: the next call fetches a new one."""
        self._token_manager.clear_cache()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> "AgentIdPClient":
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.base_url!r})"


class AsyncAgentIdPClient:
    """As :class:`AgentIdPClient`, for tasks of one asyncio event loop.

    All operations have the same names and are coroutines.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        scopes: Optional[Sequence[str]] = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        scope = _scope(scopes)
        self._http = AsyncHttpTransport(base_url, timeout)
        self.base_url = self._http.base_url
        self._token_manager = AsyncTokenManager(
            self.base_url, client_id, client_secret, scope, transport=self._http
        )
        api = AsyncApiTransport(self._http, self._token_manager)
        self.agents = AsyncAgentRegistryClient(api)
        self.credentials = AsyncCredentialClient(api)
        self.tokens = AsyncTokenClient(api)
        self.audit = AsyncAuditClient(api)
        self.oauth2 = AsyncOAuth2Client(self._token_manager)
        self.marketplace = AsyncMarketplaceClient(api)
        self.delegation = AsyncDelegationClient(api)

    def clear_token_cache(self) -> None:
        """Forgets the cached token: the next call fetches a new one."""
        self._token_manager.clear_cache()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()

    async def __aenter__(self) -> "AsyncAgentIdPClient":
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.base_url!r})"
