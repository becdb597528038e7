"""Decides by another implementation of Rego (rego-cpp) what the server decides.

    policy_oracle.py POLICY SCOPES < requests > decisions

`POLICY` is authz.rego, `SCOPES` its data; a request per line, as JSON; the
answers are `allow` or `deny`, a line each.
"""

import json
import sys

from regopy import Interpreter


def main() -> None:
    policy, scopes = sys.argv[1:]
    rego = Interpreter()
    with open(policy, encoding="utf-8") as file:
        rego.add_module("authz", file.read())
    with open(scopes, encoding="utf-8") as file:
        rego.add_data({"scopes": json.load(file)})
    for line in sys.stdin:
        rego.set_input(json.loads(line))
        answer = rego.query("data.authz.allow")
        # What is undefined has no value, and is not allowed.
        values = [value for result in answer.results for value in result.expressions]
        print("allow" if values == [True] else "deny")


if __name__ == "__main__":
    main()
