"""Access tokens: fetched with client credentials, kept in memory, renewed in time."""

import asyncio
import re
import threading
import time
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from types import TracebackType
from typing import Optional

from ._http import AsyncHttpTransport, HttpTransport
from ._request import DEFAULT_TIMEOUT, ApiRequest, path
from ._secret import Secret
from ._wire import ShapeError, decode, snake
from .errors import INVALID_ARGUMENT, AgentIdPError
from .models import Token

#: A cached token is used while at least this many seconds of its life remain.
_MIN_REST = 60.0

#: What RFC 6750 allows in a header; anything else would end up in error texts.
_BEARER_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


class _Credentials:
    """Whom a token manager speaks for."""

    def __init__(self, client_id: str, client_secret: str, scope: str) -> None:
        if not client_id or not client_secret:
            message = "client_id and client_secret must not be empty."
            raise AgentIdPError(INVALID_ARGUMENT, message)
        self._client_id = client_id
        self._client_secret = Secret(client_secret)
        self._scope = scope

    def request(
        self, scope: Optional[str] = None, nonce: Optional[str] = None
    ) -> ApiRequest[Token]:
        """The token request; its scope is the own one by default."""
        return ApiRequest(
            "POST",
            path("/token"),
            _decode_token,
            form={
                "grant_type": "client_credentials",
                "client_id": self._client_id,
                "client_secret": self._client_secret.reveal(),
                "scope": (self._scope if scope is None else scope) or None,
                "nonce": nonce,
            },
        )


def _decode_token(value: object) -> Token:
    token = decode(Token, value, snake)
    if _BEARER_TOKEN.fullmatch(token.access_token) is None:
        raise ShapeError("Token.access_token cannot be sent in a header")
    return token


@dataclass(frozen=True)
class _Cached:
    token: Secret
    #: Reading of the monotonic clock.
    usable_until: float

    @classmethod
    def of(cls, token: Token, requested_at: float) -> "_Cached":
        return cls(Secret(token.access_token), requested_at + token.expires_in - _MIN_REST)

    @property
    def is_usable(self) -> bool:
        return time.monotonic() <= self.usable_until


class TokenManager:
    """Gets access tokens with client credentials and keeps the last one in memory.

    One request runs at a time; threads that wait for it share its result, also its
    failure. Can be used alone.

    Args:
        base_url: Origin of the server, e.g. ``http://localhost:3000``.
        client_id: Id of the agent.
        client_secret: Secret of one of its credentials.
        scope: Scopes separated by spaces; empty for the server's default.
        timeout: Seconds to wait for a connection and for data.
        transport: Connections to use; own ones by default.

    Raises:
        AgentIdPError: ``INVALID_ARGUMENT`` for settings that cannot work.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        scope: str = "",
        *,
        timeout: float = DEFAULT_TIMEOUT,
        transport: Optional[HttpTransport] = None,
    ) -> None:
        self._credentials = _Credentials(client_id, client_secret, scope)
        self._http = transport or HttpTransport(base_url, timeout)
        self._lock = threading.Lock()
        self._cached: Optional[_Cached] = None
        self._flight: Optional[Future[str]] = None

    def get_token(self) -> str:
        """The cached access token, or a new one if less than 60 s of its life remain.

        Raises:
            AgentIdPError: No token is granted; nothing is cached then.
        """
        while True:
            with self._lock:
                if self._cached is not None and self._cached.is_usable:
                    return self._cached.token.reveal()
                flight = self._flight
                if flight is None:
                    mine = self._flight = Future()
            if flight is None:
                return self._fly(mine)
            try:
                return flight.result()
            except CancelledError:
                # The thread that fetched was interrupted: it is somebody else's turn.
                continue

    def clear_cache(self) -> None:
        """Forgets the cached token: the next call fetches a new one."""
        with self._lock:
            self._cached = None
            self._flight = None

    def invalidate(self, token: str) -> None:
        """Forgets one token that the server refused, unless a newer one is cached already."""
        with self._lock:
            if self._cached is not None and self._cached.token.reveal() == token:
                self._cached = None

    def issue(self, scope: Optional[str] = None, nonce: Optional[str] = None) -> Token:
        """Requests a token, past the cache.

        Args:
            scope: Scopes separated by spaces; those of this manager by default.
            nonce: Repeated in the ID token.

        Raises:
            AgentIdPError: No token is granted.
        """
        return self._http.send(self._credentials.request(scope, nonce))

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> "TokenManager":
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def _fly(self, flight: "Future[str]") -> str:
        requested_at = time.monotonic()
        try:
            token = self.issue()
        except BaseException as error:
            self._land(flight, None)
            if isinstance(error, Exception):
                flight.set_exception(error)
            else:
                flight.cancel()
            raise
        self._land(flight, _Cached.of(token, requested_at))
        flight.set_result(token.access_token)
        return token.access_token

    def _land(self, flight: "Future[str]", cached: Optional[_Cached]) -> None:
        with self._lock:
            # After a clear_cache() in between the token may be of an old secret.
            if self._flight is flight:
                self._cached = cached
                self._flight = None


class AsyncTokenManager:
    """As :class:`TokenManager`, for tasks of one asyncio event loop."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        scope: str = "",
        *,
        timeout: float = DEFAULT_TIMEOUT,
        transport: Optional[AsyncHttpTransport] = None,
    ) -> None:
        self._credentials = _Credentials(client_id, client_secret, scope)
        self._http = transport or AsyncHttpTransport(base_url, timeout)
        self._cached: Optional[_Cached] = None
        self._flight: Optional[asyncio.Task[_Cached]] = None

    async def get_token(self) -> str:
        """The cached access token, or a new one if less than 60 s of its life remain.

        Raises:
            AgentIdPError: No token is granted; nothing is cached then.
        """
        if self._cached is not None and self._cached.is_usable:
            return self._cached.token.reveal()
        if self._flight is None:
            self._flight = asyncio.ensure_future(self._fly())
            self._flight.add_done_callback(self._land)
        # A caller that gives up does not take the token away from the others.
        flown = await asyncio.shield(self._flight)
        return flown.token.reveal()

    def clear_cache(self) -> None:
        """Forgets the cached token: the next call fetches a new one."""
        self._cached = None
        self._flight = None

    def invalidate(self, token: str) -> None:
        """Forgets one token that the server refused, unless a newer one is cached already."""
        if self._cached is not None and self._cached.token.reveal() == token:
            self._cached = None

    async def issue(self, scope: Optional[str] = None, nonce: Optional[str] = None) -> Token:
        """As :meth:`TokenManager.issue`."""
        return await self._http.send(self._credentials.request(scope, nonce))

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()

    async def __aenter__(self) -> "AsyncTokenManager":
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        await self.close()

    async def _fly(self) -> _Cached:
        requested_at = time.monotonic()
        return _Cached.of(await self.issue(), requested_at)

    def _land(self, flight: "asyncio.Task[_Cached]") -> None:
        failed = flight.cancelled() or flight.exception() is not None
        # After a clear_cache() in between the token may be of an old secret.
        if self._flight is flight:
            self._flight = None
            self._cached = None if failed else flight.result()
