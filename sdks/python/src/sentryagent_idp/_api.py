"""Calls of the API as the client's agent."""

from typing import TypeVar

from ._http import AsyncHttpTransport, HttpTransport
from ._request import ApiRequest
from .errors import AgentIdPError
from .token_manager import AsyncTokenManager, TokenManager

T = TypeVar("T")


class ApiTransport:
    """Sends requests with the token of a :class:`TokenManager`."""

    def __init__(self, http: HttpTransport, tokens: TokenManager) -> None:
        self._http = http
        #: Token manager that the calls are authorized by.
        self.tokens = tokens

    def call(self, request: ApiRequest[T]) -> T:
        """An authorized call. After a 401 it is repeated once if it may be."""
        token = self.tokens.get_token()
        try:
            return self._http.send(request, token)
        except AgentIdPError as error:
            if error.http_status != 401:
                raise
            self.tokens.invalidate(token)
            if not request.is_idempotent:
                raise
        return self._http.send(request, self.tokens.get_token())

    def call_public(self, request: ApiRequest[T]) -> T:
        """A call without a token."""
        return self._http.send(request)


class AsyncApiTransport:
    """Sends requests with the token of an :class:`AsyncTokenManager`."""

    def __init__(self, http: AsyncHttpTransport, tokens: AsyncTokenManager) -> None:
        self._http = http
        #: Token manager that the calls are authorized by.
        self.tokens = tokens

    async def call(self, request: ApiRequest[T]) -> T:
        """An authorized call. After a 401 it is repeated once if it may be."""
        token = await self.tokens.get_token()
        try:
            return await self._http.send(request, token)
        except AgentIdPError as error:
            if error.http_status != 401:
                raise
            self.tokens.invalidate(token)
            if not request.is_idempotent:
                raise
        return await self._http.send(request, await self.tokens.get_token())

    async def call_public(self, request: ApiRequest[T]) -> T:
        """A call without a token."""
        return await self._http.send(request)
