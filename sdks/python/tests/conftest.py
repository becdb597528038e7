"""Fixtures: a server, and each client of this package in front of it."""

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any, Callable, Union

import pytest
from fake_server import FakeServer
from sentryagent_idp import AgentIdPClient, AsyncAgentIdPClient

Client = Union[AgentIdPClient, AsyncAgentIdPClient]
#: A call, or the calls one after another, of a client.
Calls = Callable[[Any], Any]


class Runner:
    """Runs the same calls with the synchronous or the asynchronous client."""

    def __init__(self, kind: type[Client], server: FakeServer) -> None:
        self._kind = kind
        self._server = server

    def client(self, **settings: Any) -> Client:
        """A client of the server; to be used within one :meth:`run`."""
        return self._kind(**{**self._server.settings, **settings})

    def run(self, *calls: Calls, **settings: Any) -> Any:
        """Makes the calls with a new client, returns the result of the last one."""
        if self._kind is AgentIdPClient:
            with AgentIdPClient(**{**self._server.settings, **settings}) as client:
                return [call(client) for call in calls][-1]
        return asyncio.run(self._run(calls, settings))

    async def _run(self, calls: Any, settings: Any) -> Any:
        result = None
        async with AsyncAgentIdPClient(**{**self._server.settings, **settings}) as client:
            for call in calls:
                result = call(client)
                if inspect.isawaitable(result):
                    result = await result
        return result


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


@pytest.fixture(params=[AgentIdPClient, AsyncAgentIdPClient], ids=["sync", "async"])
def runner(request: pytest.FixtureRequest, server: FakeServer) -> Runner:
    return Runner(request.param, server)
