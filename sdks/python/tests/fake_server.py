"""A server on a free port of this machine that notes what it gets."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Callable, Optional
from urllib.parse import parse_qsl

CLIENT_ID = "a1b2c3d4-0000-4000-8000-000000000001"
SECRET = "sk_live_" + "5ec2e7" * 10 + "abcd"
TOKEN_PATH = "/api/v1/token"


@dataclass
class Received:
    """A request as the server got it."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def line(self) -> str:
        return f"{self.method} {self.url}"

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass
class Reply:
    """What the server answers; bytes are sent as they are, everything else as JSON."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Received], Reply]


def token(value: str, expires_in: int = 3600) -> dict[str, Any]:
    """An answer of the token endpoint."""
    return {
        "access_token": value,
        "token_type": "Bearer",
        "expires_in": expires_in,
        "scope": "agents:read",
    }


def failure(
    status: int,
    code: str,
    details: Optional[dict[str, Any]] = None,
    headers: Optional[dict[str, str]] = None,
) -> Reply:
    """An error answer of the API."""
    body = {"code": code, "message": f"Message of {code}.", "details": details}
    return Reply(body, status, headers or {})


class FakeServer:
    """Runs in threads of its own while it is a context."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        #: Answers the API, the token endpoint excepted.
        self.api: Handler = lambda _: Reply({})
        #: Answers the token endpoint: ``token-1``, ``token-2`` … by default.
        self.token: Handler = lambda _: Reply(token(f"token-{len(self.token_requests)}"))
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "FakeServer":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the server; nobody listens on its port any more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    @property
    def token_requests(self) -> list[Received]:
        return [request for request in self.received if request.url == TOKEN_PATH]

    @property
    def api_requests(self) -> list[Received]:
        return [request for request in self.received if request.url != TOKEN_PATH]

    @property
    def settings(self) -> dict[str, str]:
        """How a client reaches this server."""
        return {"base_url": self.url, "client_id": CLIENT_ID, "client_secret": SECRET}

    def answer(self, request: Received) -> Reply:
        with self._lock:
            self.received.append(request)
        return (self.token if request.url == TOKEN_PATH else self.api)(request)


def _handler(server: FakeServer) -> type[BaseHTTPRequestHandler]:
    class RequestHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.answer(Received(self.command, self.path, headers, body))
            content = reply.body
            if not isinstance(content, bytes):
                content = b"" if content is None else json.dumps(content).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(content)))
            try:
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                # The client has given up.
                self.close_connection = True

        do_GET = do_POST = do_PATCH = do_DELETE = _serve

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return RequestHandler
