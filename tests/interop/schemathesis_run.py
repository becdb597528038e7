"""Requests derived from the server's own API description, sent to the server.

Schemathesis reads /openapi.json, makes valid and invalid requests for every
operation and checks that each answer is described: no 5xx, a documented status
code, a documented content type, a body that fits its schema.

    python schemathesis_run.py BASE_URL TOKEN [-- SCHEMATHESIS_OPTION ...]

TOKEN is an access token for the Authorization header. Nothing is excluded unless
an option says so, e.g. `-- --exclude-path /metrics`. The server should run with
RATE_LIMIT_ENABLED=false. The exit code is that of schemathesis; 1 after eight
minutes. One is enough, on cores that nothing else keeps busy.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from checks import parse

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
]
# Random requests per operation; examples and boundary values come on top.
EXAMPLES = 15
TIME_LIMIT_SECONDS = 480


def command(base: str, token: str, options: list[str]) -> list[str]:
    """The command line of schemathesis, repeatable, without memory."""
    program = Path(sys.executable).with_name("schemathesis")
    return [
        str(program),
        "run",
        f"{base}/openapi.json",
        f"--url={base}",
        f"--header=Authorization: Bearer {token}",
        f"--checks={','.join(CHECKS)}",
        "--phases=examples,coverage,fuzzing",
        f"--max-examples={EXAMPLES}",
        # One thread: `ast` of CPython 3.11 before 3.11.8 is not safe in several.
        "--workers=1",
        "--generation-deterministic",
        "--request-timeout=10",
        "--continue-on-failure",
        "--warnings=off",
        "--no-color",
        *options,
    ]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="API conformance with schemathesis")
    parser.add_argument("base", help="base URL of the server, on this machine")
    parser.add_argument("token", help="access token of the requests")
    parser.add_argument("options", nargs="*", help="passed on to schemathesis, after --")
    return parse(parser)


def main() -> int:
    arguments = parse_arguments()
    # No settings of the caller's: neither a configuration file nor a proxy.
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    with tempfile.TemporaryDirectory() as folder:
        try:
            return subprocess.run(
                command(arguments.base, arguments.token, arguments.options),
                cwd=folder,
                env=environment,
                timeout=TIME_LIMIT_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            print(f"FAILED: not finished after {TIME_LIMIT_SECONDS} s", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
