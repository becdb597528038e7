"""Settings of the clients, and what they keep to themselves."""

import inspect
import logging
import pprint
import re
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sentryagent_idp
from conftest import Client, Runner
from fake_server import CLIENT_ID, SECRET, FakeServer, Reply, failure
from sentryagent_idp import (
    AgentIdPClient,
    AgentIdPError,
    AsyncAgentIdPClient,
    CredentialWithSecret,
    Token,
    TokenManager,
)


def revoke(client: Any) -> Any:
    return client.tokens.revoke_token("x")


def clear(client: Any) -> None:
    client.clear_token_cache()


def shown(value: Any, depth: int = 6) -> str:
    """Everything that a debugger may show of a value and of what it consists of."""
    text = f"{value!r} {value!s} {pprint.pformat(value)}"
    if depth > 0 and hasattr(value, "__dict__"):
        text += "".join(shown(member, depth - 1) for member in vars(value).values())
    return text


SECRETS = re.compile(r"sk_live_|token-\d")


def test_the_trailing_slash_of_the_base_url_is_dropped(server: FakeServer, runner: Runner) -> None:
    runner.run(revoke, base_url=server.url + "/")

    assert [request.url for request in server.received] == [
        "/api/v1/token",
        "/api/v1/token/revoke",
    ]


def test_an_empty_list_of_scopes_sends_no_scope(server: FakeServer, runner: Runner) -> None:
    runner.run(revoke, scopes=[])

    assert "scope" not in server.received[0].form


def test_a_text_instead_of_a_list_of_scopes_is_refused(server: FakeServer, runner: Runner) -> None:
    with pytest.raises(AgentIdPError) as caught:
        runner.client(scopes="agents:read")

    assert caught.value.code == "INVALID_ARGUMENT"
    assert server.received == []


def test_a_token_is_reused_until_the_cache_is_cleared(server: FakeServer, runner: Runner) -> None:
    runner.run(revoke, revoke, clear, revoke)

    assert [request.headers["authorization"] for request in server.api_requests] == [
        "Bearer token-1",
        "Bearer token-1",
        "Bearer token-2",
    ]


def test_one_client_serves_many_threads(server: FakeServer) -> None:
    with AgentIdPClient(**server.settings) as client, ThreadPoolExecutor(8) as pool:
        list(pool.map(client.tokens.revoke_token, map(str, range(32))))

    assert sorted(int(request.form["token"]) for request in server.api_requests) == list(range(32))
    assert len(server.token_requests) == 1


def test_credentials_of_netrc_are_not_sent(
    server: FakeServer, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))

    runner.run(revoke)

    assert "authorization" not in server.token_requests[0].headers
    assert server.api_requests[0].headers["authorization"] == "Bearer token-1"


def test_neither_client_nor_token_manager_shows_secret_or_token(
    server: FakeServer, runner: Runner
) -> None:
    texts: list[str] = []

    def look(client: Client) -> None:
        texts.append(shown(client))

    runner.run(revoke, look)
    with TokenManager(**server.settings) as manager:
        manager.get_token()
        texts.append(shown(manager))

    assert "AgentIdPClient(base_url='http" in texts[0]
    assert "Secret([REDACTED])" in texts[0]
    assert not SECRETS.search("".join(texts))


def test_results_do_not_show_their_secrets() -> None:
    credential = CredentialWithSecret("c", "a", "active", "t", client_secret=SECRET)
    token = Token("token-1", "Bearer", 3600, "s", id_token="token-2")

    assert not SECRETS.search(f"{credential!r} {token!r}")


def test_logs_and_errors_show_neither_secret_nor_token(
    server: FakeServer, runner: Runner, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors: list[AgentIdPError] = []

    def fail(*calls: Any) -> None:
        with pytest.raises(AgentIdPError) as caught:
            runner.run(*calls)
        errors.append(caught.value)

    server.api = lambda _: failure(401, "UNAUTHORIZED")
    fail(revoke)
    fail(lambda client: client.agents.decommission_agent("a-1"))
    server.token = lambda _: failure(401, "UNAUTHORIZED")
    fail(revoke)
    server.token = lambda _: Reply(b"not JSON")
    fail(revoke)
    server.stop()
    fail(revoke)

    for error in errors:
        text = "".join(traceback.format_exception(AgentIdPError, error, error.__traceback__))
        assert not SECRETS.search(f"{error!r} {text}")
        # The error of the HTTP library holds the request.
        assert error.__cause__ is None and not hasattr(error.__context__, "request")
    assert caplog.text
    assert not SECRETS.search(caplog.text)


def test_both_clients_have_the_same_operations() -> None:
    def operations(kind: Any) -> Any:
        client = kind("http://localhost:3000", CLIENT_ID, SECRET)
        return {
            f"{group}.{name}": str(inspect.signature(method)).replace("Async", "")
            for group, service in vars(client).items()
            if not group.startswith("_") and group != "base_url"
            for name, method in inspect.getmembers(service, inspect.ismethod)
            if not name.startswith("_")
        }

    assert len(operations(AgentIdPClient)) == 19
    assert operations(AgentIdPClient) == operations(AsyncAgentIdPClient)


def test_all_names_of_the_package_exist() -> None:
    assert [name for name in sentryagent_idp.__all__ if not hasattr(sentryagent_idp, name)] == []
    assert sentryagent_idp.__version__ == "1.0.0"
