"""Token managers: cache, parallel callers, failures."""

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from fake_server import CLIENT_ID, SECRET, FakeServer, Received, Reply, failure, token
from sentryagent_idp import AgentIdPError, AsyncTokenManager, TokenManager, token_manager


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Gate:
    """Lets a request wait in the server."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self.arrived = threading.Event()
        self.released = threading.Event()

    def __call__(self, request: Received) -> Reply:
        reply: Reply = self._answer(request)
        self.arrived.set()
        self.released.wait()
        return reply

    async def has_arrived(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self.arrived.wait)


@pytest.fixture
def settings(server: FakeServer) -> dict[str, str]:
    return {**server.settings, "scope": "agents:read"}


def test_the_client_credentials_are_sent_as_a_form(
    server: FakeServer, settings: dict[str, str]
) -> None:
    with TokenManager(**settings) as manager:
        assert manager.get_token() == "token-1"

    (request,) = server.received
    assert request.line == "POST /api/v1/token"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.form == {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "scope": "agents:read",
    }


def test_arguments_may_be_positional_and_an_empty_scope_is_not_sent(server: FakeServer) -> None:
    with TokenManager(server.url + "/", CLIENT_ID, SECRET, "") as manager:
        manager.get_token()

    assert "scope" not in server.received[0].form


def test_a_token_is_used_until_less_than_60_s_of_its_life_remain(
    server: FakeServer, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(token_manager, "time", clock)

    with TokenManager(**settings) as manager:
        assert manager.get_token() == "token-1"
        clock.now += 3600 - 60
        assert manager.get_token() == "token-1"
        clock.now += 0.1
        assert manager.get_token() == "token-2"


def test_the_same_holds_for_tasks(
    server: FakeServer, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    # Only the token manager reads the clock through this name, the event loop does not.
    monkeypatch.setattr(token_manager, "time", clock)

    async def check() -> None:
        async with AsyncTokenManager(**settings) as manager:
            assert await manager.get_token() == "token-1"
            clock.now += 3600 - 60
            assert await manager.get_token() == "token-1"
            clock.now += 0.1
            assert await manager.get_token() == "token-2"

    asyncio.run(check())


def test_a_short_token_serves_only_those_who_waited_for_it(
    server: FakeServer, settings: dict[str, str]
) -> None:
    server.token = lambda _: Reply(token(f"token-{len(server.received)}", expires_in=59))

    with TokenManager(**settings) as manager:
        assert [manager.get_token(), manager.get_token()] == ["token-1", "token-2"]

    async def check() -> None:
        async with AsyncTokenManager(**settings) as manager:
            both = await asyncio.gather(manager.get_token(), manager.get_token())
            assert both == ["token-3", "token-3"]
            assert await manager.get_token() == "token-4"

    asyncio.run(check())


def test_threads_share_one_request(server: FakeServer, settings: dict[str, str]) -> None:
    gate = Gate(server.token)
    server.token = gate

    with TokenManager(**settings) as manager, ThreadPoolExecutor(20) as pool:
        tokens = [pool.submit(manager.get_token) for _ in range(20)]
        gate.arrived.wait()
        gate.released.set()
        assert {future.result() for future in tokens} == {"token-1"}

    assert len(server.received) == 1


def test_tasks_share_one_request(server: FakeServer, settings: dict[str, str]) -> None:
    async def check() -> list[str]:
        async with AsyncTokenManager(**settings) as manager:
            return await asyncio.gather(*(manager.get_token() for _ in range(20)))

    assert set(asyncio.run(check())) == {"token-1"}
    assert len(server.received) == 1


def test_tasks_share_a_failure_and_nothing_is_cached(
    server: FakeServer, settings: dict[str, str]
) -> None:
    succeed = server.token
    server.token = lambda _: failure(503, "SERVICE_UNAVAILABLE")

    async def check() -> None:
        async with AsyncTokenManager(**settings) as manager:
            calls = (manager.get_token(), manager.get_token())
            errors = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(error) for error in errors] == [AgentIdPError, AgentIdPError]
            assert len(server.received) == 1
            server.token = succeed
            assert await manager.get_token() == "token-2"

    asyncio.run(check())


def test_threads_get_a_failure_and_nothing_is_cached(
    server: FakeServer, settings: dict[str, str]
) -> None:
    succeed = server.token
    gate = Gate(lambda _: failure(503, "SERVICE_UNAVAILABLE"))
    server.token = gate

    with TokenManager(**settings) as manager, ThreadPoolExecutor(2) as pool:
        first = pool.submit(manager.get_token)
        gate.arrived.wait()
        second = pool.submit(manager.get_token)
        gate.released.set()
        for future in (first, second):
            with pytest.raises(AgentIdPError, match="SERVICE_UNAVAILABLE"):
                future.result()
        server.token = succeed
        assert manager.get_token().startswith("token-")


def test_an_interrupted_thread_leaves_the_request_to_the_next(
    server: FakeServer, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupt(BaseException):
        pass

    class WatchedFuture(Future):  # type: ignore[type-arg]
        def result(self, timeout: Any = None) -> Any:
            waiting.set()
            return super().result(timeout)

    waiting = threading.Event()
    follower: list[Any] = []
    monkeypatch.setattr(token_manager, "Future", WatchedFuture)

    with TokenManager(**settings) as manager, ThreadPoolExecutor(1) as pool:
        issue = manager.issue

        def interrupted() -> Any:
            # Another thread waits for this request, then this one is interrupted.
            monkeypatch.setattr(manager, "issue", issue)
            follower.append(pool.submit(manager.get_token))
            waiting.wait()
            raise Interrupt

        monkeypatch.setattr(manager, "issue", interrupted)
        with pytest.raises(Interrupt):
            manager.get_token()
        assert follower[0].result() == "token-1"


def test_a_cancelled_task_does_not_take_the_token_from_the_others(
    server: FakeServer, settings: dict[str, str]
) -> None:
    gate = Gate(server.token)
    server.token = gate

    async def check() -> None:
        async with AsyncTokenManager(**settings) as manager:
            first = asyncio.ensure_future(manager.get_token())
            await gate.has_arrived()
            second = asyncio.ensure_future(manager.get_token())
            first.cancel()
            gate.released.set()
            assert await second == "token-1"
            assert first.cancelled()

    asyncio.run(check())
    assert len(server.received) == 1


def test_a_cleared_cache_means_a_new_token_also_for_a_request_under_way(
    server: FakeServer, settings: dict[str, str]
) -> None:
    succeed = server.token
    gate = Gate(succeed)
    server.token = gate

    with TokenManager(**settings) as manager, ThreadPoolExecutor(1) as pool:
        first = pool.submit(manager.get_token)
        gate.arrived.wait()
        server.token = succeed
        manager.clear_cache()
        assert manager.get_token() == "token-2"
        gate.released.set()
        assert first.result() == "token-1"
        assert manager.get_token() == "token-2"


def test_the_same_holds_for_a_request_of_a_task(
    server: FakeServer, settings: dict[str, str]
) -> None:
    succeed = server.token
    gate = Gate(succeed)
    server.token = gate

    async def check() -> None:
        async with AsyncTokenManager(**settings) as manager:
            first = asyncio.ensure_future(manager.get_token())
            await gate.has_arrived()
            server.token = succeed
            manager.clear_cache()
            assert await manager.get_token() == "token-2"
            gate.released.set()
            assert await first == "token-1"
            assert await manager.get_token() == "token-2"

    asyncio.run(check())


def test_only_the_cached_token_can_be_invalidated(
    server: FakeServer, settings: dict[str, str]
) -> None:
    with TokenManager(**settings) as manager:
        manager.get_token()
        manager.invalidate("token-0")
        assert manager.get_token() == "token-1"
        manager.invalidate("token-1")
        assert manager.get_token() == "token-2"


def test_the_envelope_of_an_oauth_error_comes_before_its_rfc_6749_form(
    server: FakeServer, settings: dict[str, str]
) -> None:
    body = {"error": "invalid_client", "error_description": "Refused."}
    answers = [{**body, "code": "UNAUTHORIZED", "message": "No."}, body]
    server.token = lambda _: Reply(answers.pop(0), 401)

    with TokenManager(**settings) as manager:
        for code, message in [("UNAUTHORIZED", "No."), ("invalid_client", "Refused.")]:
            with pytest.raises(AgentIdPError) as caught:
                manager.get_token()
            assert (caught.value.code, caught.value.message) == (code, message)
            assert caught.value.http_status == 401


@pytest.mark.parametrize(
    "body",
    [
        {"token_type": "Bearer", "expires_in": 3600},
        token("line\nbreak"),
        {"access_token": "t", "token_type": "Bearer"},
        {**token("t"), "expires_in": "3600"},
        [token("t")],
    ],
    ids=repr,
)
def test_a_token_that_cannot_be_used_is_an_invalid_response(
    body: Any, server: FakeServer, settings: dict[str, str]
) -> None:
    server.token = lambda _: Reply(body)

    with TokenManager(**settings) as manager, pytest.raises(AgentIdPError) as caught:
        manager.get_token()

    assert (caught.value.code, caught.value.http_status) == ("INVALID_RESPONSE", 200)
