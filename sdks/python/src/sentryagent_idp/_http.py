"""Sending requests: over requests, and over httpx.

Redirects are not followed: they could carry secrets elsewhere.
"""

from typing import Optional, TypeVar

import httpx
import requests

from ._request import ApiRequest, checked_base_url, checked_timeout, network_error

T = TypeVar("T")


class HttpTransport:
    """Sends requests over one pool of connections, from any number of threads."""

    def __init__(self, base_url: str, timeout: float) -> None:
        self.base_url = checked_base_url(base_url)
        self._timeout = checked_timeout(timeout)
        self._session = requests.Session()

    def send(self, request: ApiRequest[T], access_token: Optional[str] = None) -> T:
        """Sends one request, once.

        Raises:
            AgentIdPError: There was no answer, or it is an error.
        """
        try:
            response = self._session.request(
                request.method,
                request.url(self.base_url),
                data=request.body(),
                headers=request.headers(access_token),
                # Without it requests would put credentials of ~/.netrc into the header.
                auth=_keep_headers,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            failure = network_error(error, isinstance(error, requests.Timeout))
        else:
            retry_after = response.headers.get("Retry-After")
            return request.result(response.status_code, response.content, retry_after)
        raise failure

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()


class AsyncHttpTransport:
    """Sends requests over one pool of connections, from any number of tasks."""

    def __init__(self, base_url: str, timeout: float) -> None:
        self.base_url = checked_base_url(base_url)
        self._client = httpx.AsyncClient(timeout=checked_timeout(timeout), follow_redirects=False)

    async def send(self, request: ApiRequest[T], access_token: Optional[str] = None) -> T:
        """Sends one request, once.

        Raises:
            AgentIdPError: There was no answer, or it is an error.
        """
        try:
            response = await self._client.request(
                request.method,
                request.url(self.base_url),
                content=request.body(),
                headers=request.headers(access_token),
            )
        except (httpx.RequestError, httpx.InvalidURL) as error:
            failure = network_error(error, isinstance(error, httpx.TimeoutException))
        else:
            retry_after = response.headers.get("Retry-After")
            return request.result(response.status_code, response.content, retry_after)
        raise failure

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()


def _keep_headers(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    return prepared
