"""Requests and their answers, without any input or output.

The synchronous and the asynchronous client differ only in how they send what is
described here.
"""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Callable, Generic, Optional, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from ._version import __version__
from ._wire import ShapeError, encode
from .errors import HTTP_ERROR, INVALID_ARGUMENT, INVALID_RESPONSE, NETWORK_ERROR, AgentIdPError

T = TypeVar("T")

#: Time limit of a request without a setting, in seconds.
DEFAULT_TIMEOUT = 30.0

_IDEMPOTENT = ("GET", "DELETE")


@dataclass(frozen=True)
class ApiRequest(Generic[T]):
    """One call of the API, and how its answer is read."""

    method: str
    #: Below ``/api/v1``, made with :func:`path`.
    path: str
    decode: Callable[[object], T]
    #: Query parameters by our names; those that are ``None`` are left out.
    query: Mapping[str, Any] = field(default_factory=dict)
    #: JSON body.
    json: Optional[Mapping[str, Any]] = field(default=None, repr=False)
    #: Form body, of the OAuth endpoints; fields that are ``None`` are left out.
    form: Optional[Mapping[str, Optional[str]]] = field(default=None, repr=False)

    @property
    def is_idempotent(self) -> bool:
        """Whether it may be repeated without a second effect."""
        return self.method in _IDEMPOTENT

    def url(self, base_url: str) -> str:
        """Where it is sent to."""
        query = urlencode(encode(self.query))
        return f"{base_url}/api/v1{self.path}{'?' if query else ''}{query}"

    def body(self) -> Optional[bytes]:
        """What it carries."""
        if self.form is not None:
            fields = {name: value for name, value in self.form.items() if value is not None}
            return urlencode(fields).encode("ascii")
        return None if self.json is None else json.dumps(self.json).encode("utf-8")

    def headers(self, access_token: Optional[str]) -> dict[str, str]:
        """Its header fields."""
        headers = {
            "Accept": "application/json",
            "User-Agent": f"sentryagent-idp-python/{__version__}",
        }
        if self.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif self.json is not None:
            headers["Content-Type"] = "application/json"
        if access_token is not None:
            headers["Authorization"] = f"Bearer {access_token}"
        return headers

    def result(self, status: int, body: bytes, retry_after: Optional[str]) -> T:
        """Reads the answer.

        Raises:
            AgentIdPError: It is an error, or not what the API describes.
        """
        content = _parsed(body)
        if not 200 <= status < 300:
            raise _error_of_answer(status, content, retry_after)
        reason = "not JSON"
        if content is not None or not body:
            try:
                return self.decode(content)
            except ShapeError as error:
                reason = str(error)
        raise AgentIdPError(
            INVALID_RESPONSE, f"The answer of the server could not be read: {reason}.", status
        )


def path(template: str, *ids: str) -> str:
    """Puts ids into a path; each becomes one segment.

    Raises:
        AgentIdPError: An id cannot be one segment: it would address another resource
            than the caller means.
    """
    for value in ids:
        if not isinstance(value, str) or value in ("", ".", ".."):
            message = "An id must be a text that is neither empty nor '.' nor '..'."
            raise AgentIdPError(INVALID_ARGUMENT, message)
    return template.format(*(quote(value, safe="") for value in ids))


def checked_base_url(base_url: str) -> str:
    """The base URL without trailing slashes.

    Raises:
        AgentIdPError: It is no http or https URL, or has user, query or fragment.
    """
    bare = base_url.rstrip("/")
    try:
        url = urlsplit(bare)
        usable = url.scheme in ("http", "https") and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or any(mark in bare for mark in "@?# "):
        message = "base_url must be an http or https URL without user, query and fragment."
        raise AgentIdPError(INVALID_ARGUMENT, message)
    return bare


def checked_timeout(timeout: float) -> float:
    """The time limit, if it can be one.

    Raises:
        AgentIdPError: It is not a positive, finite number.
    """
    if not (timeout > 0 and math.isfinite(timeout)):
        raise AgentIdPError(INVALID_ARGUMENT, "timeout must be a positive number of seconds.")
    return timeout


def network_error(error: Exception, timed_out: bool) -> AgentIdPError:
    """The error of a request without an answer.

    It does not keep the error it comes from: that one holds the request with its
    secrets.
    """
    if timed_out:
        return AgentIdPError(NETWORK_ERROR, "The server did not answer in time.")
    return AgentIdPError(NETWORK_ERROR, f"The server could not be reached: {error}")


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _error_of_answer(status: int, content: Any, retry_after: Optional[str]) -> AgentIdPError:
    members: dict[str, Any] = content if isinstance(content, dict) else {}
    code = _text(members, "code") or _text(members, "error") or HTTP_ERROR
    message = (
        _text(members, "message")
        or _text(members, "error_description")
        or f"The server answered with HTTP status {status}."
    )
    details = members.get("details")
    if not isinstance(details, dict):
        details = None
    wait = _seconds(retry_after)
    if wait is not None:
        details = {**(details or {}), "retryAfter": wait}
    return AgentIdPError(code, message, status, details)


def _text(members: Mapping[str, Any], name: str) -> Optional[str]:
    value = members.get(name)
    return value if isinstance(value, str) else None


def _seconds(retry_after: Optional[str]) -> Optional[int]:
    """Both forms of ``Retry-After`` (RFC 9110 section 10.2.3) as a wait in seconds."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return int(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except (TypeError, ValueError):
        return None
    return max(0, math.ceil(until.timestamp() - time.time()))
