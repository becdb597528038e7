"""What the scripts share: arguments, checks, the end of a script."""

import argparse
import sys
from collections.abc import Callable
from urllib.parse import urlsplit


class CheckFailed(Exception):
    """A property that does not hold."""


def check(holds: object, what: str, found: object = "") -> None:
    """Prints `what` as fulfilled, or fails with what was found instead."""
    if not holds:
        raise CheckFailed(f"{what}; found: {found!r}")
    print(f"ok {what}", flush=True)


def must_fail(error: type[Exception], attempt: Callable[[], object], what: str) -> None:
    """Requires that `attempt` raises `error`."""
    try:
        attempt()
    except error as raised:
        check(True, f"{what} ({type(raised).__name__})")
    else:
        raise CheckFailed(f"{what}: it was not refused")


def parse(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The arguments, of which `base` has to be on this machine."""
    arguments = parser.parse_args()
    arguments.base = arguments.base.rstrip("/")
    if urlsplit(arguments.base).hostname not in ("127.0.0.1", "localhost", "::1"):
        parser.error("the base URL must be on this machine: 127.0.0.1, localhost or [::1]")
    return arguments


def run(checks: Callable[[argparse.Namespace], None], arguments: argparse.Namespace) -> int:
    """Runs the checks of a script; its exit code."""
    try:
        checks(arguments)
    except Exception as error:  # whatever goes wrong is a failed check
        print(f"FAILED {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print("all checks passed")
    return 0
