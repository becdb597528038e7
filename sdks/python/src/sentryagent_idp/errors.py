"""The error of every failed call."""

from typing import Any, Optional

#: The server was not reached, or did not answer in time; no HTTP status.
NETWORK_ERROR = "NETWORK_ERROR"
#: An error answer without a readable body.
HTTP_ERROR = "HTTP_ERROR"
#: A success answer whose body is not what the API describes.
INVALID_RESPONSE = "INVALID_RESPONSE"
#: Nothing was sent: a setting or an argument cannot be right; no HTTP status.
INVALID_ARGUMENT = "INVALID_ARGUMENT"


class AgentIdPError(Exception):
    """A failed call.

    ``code``, ``message`` and ``details`` are those of the server where it answered
    with them, e.g. ``AGENT_NOT_FOUND``.

    Attributes:
        code: Machine-readable code, upper snake case.
        message: Text for humans.
        http_status: Status of the answer; ``None`` when there was none.
        details: Further data with the names of the API, e.g. ``requiredScopes`` of a
            ``FORBIDDEN``. ``retryAfter`` is the wait in seconds where the server gave
            one, as it does with 429.
    """

    def __init__(
        self,
        code: str,
        message: str,
        http_status: Optional[int] = None,
        details: Optional[dict[str, Any]] = None,
    ) -> None:
        super().__init__(code, message, http_status, details)
        self.code = code
        self.message = message
        self.http_status = http_status
        self.details = details

    def __str__(self) -> str:
        status = "" if self.http_status is None else f" (HTTP {self.http_status})"
        return f"{self.code}{status}: {self.message}"
