"""Errors, and what is repeated."""

import pickle
import threading
from typing import Any

import pytest
from conftest import Runner
from fake_server import FakeServer, Received, Reply, failure
from sentryagent_idp import AgentIdPClient, AgentIdPError, AsyncAgentIdPClient


def get_agent(client: Any) -> Any:
    return client.agents.get_agent("a-1")


def generate(client: Any) -> Any:
    return client.credentials.generate_credential("a-1")


def decommission(client: Any) -> Any:
    return client.agents.decommission_agent("a-1")


def error_of(runner: Runner, call: Any, **settings: Any) -> AgentIdPError:
    with pytest.raises(AgentIdPError) as caught:
        runner.run(call, **settings)
    return caught.value


def test_code_message_and_details_are_those_of_the_answer(
    server: FakeServer, runner: Runner
) -> None:
    server.api = lambda _: failure(403, "FORBIDDEN", {"requiredScopes": ["agents:write"]})

    error = error_of(runner, get_agent)

    assert error.code == "FORBIDDEN"
    assert error.message == "Message of FORBIDDEN."
    assert error.http_status == 403
    assert error.details == {"requiredScopes": ["agents:write"]}
    assert str(error) == "FORBIDDEN (HTTP 403): Message of FORBIDDEN."
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"", [], {"code": 7}])
def test_an_error_without_readable_body_has_a_generic_code(
    body: Any, server: FakeServer, runner: Runner
) -> None:
    server.api = lambda _: Reply(body, 502)

    error = error_of(runner, get_agent)

    assert (error.code, error.http_status, error.details) == ("HTTP_ERROR", 502, None)
    assert error.message == "The server answered with HTTP status 502."
    assert len(server.api_requests) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "not JSON"),
        (b"", "CredentialWithSecret is not an object"),
        ([], "CredentialWithSecret is not an object"),
        ({}, "CredentialWithSecret.credentialId is missing"),
        ({"credentialId": True}, "CredentialWithSecret.credentialId is not of type str"),
        (
            {"credentialId": "c", "clientId": "a", "status": "active", "createdAt": "t"},
            "CredentialWithSecret.clientSecret is missing",
        ),
    ],
)
def test_a_success_that_makes_no_sense_is_an_invalid_response(
    body: Any, reason: str, server: FakeServer, runner: Runner
) -> None:
    server.api = lambda _: Reply(body, 201)

    error = error_of(runner, generate)

    assert (error.code, error.http_status) == ("INVALID_RESPONSE", 201)
    assert error.message == f"The answer of the server could not be read: {reason}."


@pytest.mark.parametrize(
    ("status", "header", "details"),
    [
        (429, "17", {"a": 1, "retryAfter": 17}),
        (503, "17", {"a": 1, "retryAfter": 17}),
        (429, "Thu, 01 Jan 2015 00:00:30 GMT", {"a": 1, "retryAfter": 0}),
        (429, "later", {"a": 1}),
    ],
)
def test_the_wait_is_in_the_details_and_nothing_is_repeated(
    status: int, header: str, details: Any, server: FakeServer, runner: Runner
) -> None:
    server.api = lambda _: failure(status, "CODE", {"a": 1}, {"Retry-After": header})

    assert error_of(runner, get_agent).details == details
    assert len(server.api_requests) == 1


def refuse_first_token(request: Received) -> Reply:
    if request.headers["authorization"] == "Bearer token-1":
        return failure(401, "UNAUTHORIZED")
    return Reply(status=204)


def test_a_401_clears_the_cache_and_repeats_what_may_be_repeated(
    server: FakeServer, runner: Runner
) -> None:
    server.api = refuse_first_token

    runner.run(decommission)

    assert [request.line for request in server.received] == [
        "POST /api/v1/token",
        "DELETE /api/v1/agents/a-1",
        "POST /api/v1/token",
        "DELETE /api/v1/agents/a-1",
    ]


def test_a_second_401_is_the_result(server: FakeServer, runner: Runner) -> None:
    server.api = lambda _: failure(401, "UNAUTHORIZED")

    assert error_of(runner, get_agent).code == "UNAUTHORIZED"
    assert len(server.api_requests) == 2


def test_a_post_is_not_repeated_but_the_next_call_has_a_new_token(
    server: FakeServer, runner: Runner
) -> None:
    server.api = refuse_first_token

    def failing(client: Any) -> Any:
        if isinstance(client, AgentIdPClient):
            with pytest.raises(AgentIdPError, match="UNAUTHORIZED"):
                generate(client)
            return None
        return failing_async(client)

    async def failing_async(client: Any) -> None:
        with pytest.raises(AgentIdPError, match="UNAUTHORIZED"):
            await generate(client)

    runner.run(failing, decommission)

    assert [request.line for request in server.received] == [
        "POST /api/v1/token",
        "POST /api/v1/agents/a-1/credentials",
        "POST /api/v1/token",
        "DELETE /api/v1/agents/a-1",
    ]


def test_the_error_of_the_token_endpoint_is_the_error_of_the_call(
    server: FakeServer, runner: Runner
) -> None:
    server.token = lambda _: failure(403, "AGENT_SUSPENDED")

    assert error_of(runner, get_agent).code == "AGENT_SUSPENDED"
    assert server.api_requests == []


def test_redirects_are_errors_so_that_secrets_stay_with_the_server(
    server: FakeServer, runner: Runner
) -> None:
    server.token = lambda _: Reply(status=307, headers={"Location": server.url})

    error = error_of(runner, get_agent)

    assert (error.code, error.http_status) == ("HTTP_ERROR", 307)
    assert len(server.received) == 1


def test_an_unreachable_server_is_a_network_error(server: FakeServer, runner: Runner) -> None:
    server.stop()

    error = error_of(runner, get_agent)

    assert (error.code, error.http_status) == ("NETWORK_ERROR", None)
    assert str(error).startswith("NETWORK_ERROR: The server could not be reached: ")


def test_an_answer_that_does_not_come_is_a_network_error(
    server: FakeServer, runner: Runner
) -> None:
    given_up = threading.Event()

    def wait(_: Received) -> Reply:
        given_up.wait()
        return Reply()

    server.token = wait
    try:
        error = error_of(runner, get_agent, timeout=0.3)
    finally:
        given_up.set()

    assert (error.code, error.http_status) == ("NETWORK_ERROR", None)
    assert error.message == "The server did not answer in time."


@pytest.mark.parametrize("bad_id", ["", ".", "..", None])
def test_an_id_that_is_no_segment_never_leaves_the_client(
    bad_id: Any, server: FakeServer, runner: Runner
) -> None:
    for call in (
        lambda client: client.agents.get_agent(bad_id),
        lambda client: client.credentials.revoke_credential("a-1", bad_id),
    ):
        assert error_of(runner, call).code == "INVALID_ARGUMENT"
    assert server.received == []


@pytest.mark.parametrize("kind", [AgentIdPClient, AsyncAgentIdPClient])
@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": ""},
        {"base_url": "localhost"},
        {"base_url": "ftp://host"},
        {"base_url": "http://user:secret@host"},
        {"base_url": "http://host/?a=1"},
        {"base_url": "http://host:port"},
        {"base_url": "http://[::1"},
        {"client_id": ""},
        {"client_secret": ""},
        {"timeout": 0},
        {"timeout": float("inf")},
        {"timeout": float("nan")},
    ],
    ids=repr,
)
def test_settings_that_cannot_work_are_refused_at_once(kind: Any, wrong: Any) -> None:
    settings = {"base_url": "http://localhost:3000", "client_id": "a", "client_secret": "s"}

    with pytest.raises(AgentIdPError) as caught:
        kind(**{**settings, **wrong})

    assert caught.value.code == "INVALID_ARGUMENT"
    assert "secret@" not in str(caught.value)
