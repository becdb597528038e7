"""ID tokens and access tokens, verified with the published keys.

jwcrypto and PyJWT find the key by its `kid`; requests plays the client. None of our
own code is on this side.

    python openid_tokens.py BASE_URL CLIENT_ID CLIENT_SECRET [--issuer URL]

The agent needs the scope openid. Prints one `ok` line per check; ends with 0 if all
hold, 1 at the first that fails.
"""

import argparse
import json
import secrets
import sys

import jwt
import requests
from checks import check, must_fail, parse, run
from jwcrypto import jwk
from jwcrypto import jwt as jose

ALGORITHMS = ["RS256", "ES256"]
ID_CLAIMS = ["sub", "agent_type", "deployment_env", "organization_id", "did"]
TIMEOUT = 10


def grant(arguments: argparse.Namespace, nonce: str) -> dict:
    """The token response."""
    answer = requests.post(
        f"{arguments.base}/oauth2/token",
        auth=(arguments.client_id, arguments.client_secret),
        data={"grant_type": "client_credentials", "scope": "openid", "nonce": nonce},
        timeout=TIMEOUT,
    )
    check(answer.status_code == 200, "a token is issued", answer.status_code)
    return answer.json()


def key_set(arguments: argparse.Namespace) -> jwk.JWKSet:
    """The published keys; each is named by its thumbprint."""
    answer = requests.get(f"{arguments.base}/.well-known/jwks.json", timeout=TIMEOUT)
    keys = jwk.JWKSet.from_json(answer.text)
    for key in keys["keys"]:
        kid = key.get("kid")
        check(not key.has_private, f"{kid}: public")
        check(kid == key.thumbprint(), f"{kid}: is its thumbprint (RFC 7638)")
    return keys


def verified(keys: jwk.JWKSet, token: str, expected: dict) -> tuple[dict, dict]:
    """Header and claims by jwcrypto; PyJWT has to find the same."""
    kid = jwt.get_unverified_header(token)["kid"]
    key = keys.get_key(kid)
    check(key is not None, f"{kid}: is published")
    parsed = jose.JWT(jwt=token, key=key, algs=ALGORITHMS, check_claims={"exp": None, **expected})
    claims = json.loads(parsed.claims)
    other = jwt.decode(
        token,
        jwt.PyJWK(key.export_public(as_dict=True)),
        algorithms=ALGORITHMS,
        issuer=expected["iss"],
        audience=expected["aud"],
        options={"require": ["iss", "aud", "sub", "iat", "exp"]},
    )
    check(claims == other, "jwcrypto and PyJWT verify the same claims", claims)
    return json.loads(parsed.header), claims


def verifies(arguments: argparse.Namespace) -> None:
    nonce = secrets.token_urlsafe(24)
    keys = key_set(arguments)
    response = grant(arguments, nonce)
    issuer, client = arguments.issuer, arguments.client_id

    expected = {"iss": issuer, "aud": client, "nonce": nonce}
    header, claims = verified(keys, response["id_token"], expected)
    check(header.get("typ") != "at+jwt", "the ID token is no access token", header)
    check(claims["sub"] == client, "its sub is the client", claims)
    check(all(claims.get(name) for name in ID_CLAIMS), "it says who the agent is", claims)
    must_fail(
        jose.JWTInvalidClaimValue,
        lambda: verified(keys, response["id_token"], {**expected, "aud": issuer}),
        "it is of no use to others",
    )

    expected = {"iss": issuer, "aud": issuer, "client_id": client, "scope": "openid"}
    header, claims = verified(keys, response["access_token"], expected)
    check(header["typ"] == "at+jwt", "the access token is one", header)
    check("nonce" not in claims, "it has no nonce", claims)


def main() -> int:
    parser = argparse.ArgumentParser(description="verification of tokens by key id")
    parser.add_argument("base", help="base URL of the server, on this machine")
    parser.add_argument("client_id")
    parser.add_argument("client_secret")
    parser.add_argument("--issuer", help="expected iss; default: the base URL")
    arguments = parse(parser)
    arguments.issuer = arguments.issuer or arguments.base
    return run(verifies, arguments)


if __name__ == "__main__":
    sys.exit(main())
