"""Third-party OAuth 2.0 clients and JWT verifiers against a running server.

Authlib plays the client (grant, introspection, revocation), PyJWT the resource
server that verifies access tokens with the published keys. None of our own code
is on this side.

    python grant_and_verify.py BASE_URL CLIENT_ID CLIENT_SECRET [--issuer URL]

The agent needs a grant that lets it have a token; nothing else is required of it.
Prints one `ok` line per check; ends with 0 if all hold, 1 at the first that fails.
"""

import argparse
import os
import sys
import time

# Authlib insists on TLS; the server under test is on this machine.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import jwt  # noqa: E402
from authlib.integrations.base_client.errors import OAuthError  # noqa: E402
from authlib.integrations.requests_client import OAuth2Session  # noqa: E402
from checks import check, must_fail, parse, run  # noqa: E402

ALGORITHMS = ["RS256", "ES256"]
LIFETIME = 3600
TIMEOUT = 10


def session(arguments: argparse.Namespace, method: str) -> OAuth2Session:
    """A client that authenticates with the given RFC 6749 method."""
    return OAuth2Session(
        arguments.client_id,
        arguments.client_secret,
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        default_timeout=TIMEOUT,
    )


def fetch(arguments: argparse.Namespace, method: str, path: str) -> str:
    """Obtains an access token and checks the token response."""
    client = session(arguments, method)
    response = client.fetch_token(arguments.base + path, grant_type="client_credentials")
    check(response["token_type"] == "Bearer", f"{path} with {method}: a Bearer token", response["token_type"])
    check(response["expires_in"] == LIFETIME, f"{path} with {method}: lifetime", response["expires_in"])
    check(bool(response["scope"]), f"{path} with {method}: scope is named", response["scope"])
    check("refresh_token" not in response, f"{path} with {method}: no refresh token")
    return response["access_token"]


def verify(keys: jwt.PyJWKClient, arguments: argparse.Namespace, token: str) -> dict:
    """Verifies signature, type, issuer, audience and expiry, as RFC 9068 asks."""
    header = jwt.get_unverified_header(token)
    check(header.get("typ") == "at+jwt", "header: typ is at+jwt", header)
    check(header.get("alg") in ALGORITHMS, "header: asymmetric algorithm", header)
    claims = jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token).key,
        algorithms=ALGORITHMS,
        issuer=arguments.issuer,
        audience=arguments.issuer,
        options={"require": ["iss", "aud", "sub", "client_id", "scope", "jti", "iat", "exp"]},
    )
    check(True, "signature, iss, aud and exp verify with the published key")
    check(claims["sub"] == claims["client_id"] == arguments.client_id, "sub and client_id", claims)
    check(claims["exp"] - claims["iat"] == LIFETIME, "exp is one hour after iat", claims)
    check(abs(time.time() - claims["iat"]) < 60, "iat is now", claims)
    return claims


def refuses_forgeries(keys: jwt.PyJWKClient, arguments: argparse.Namespace, token: str) -> None:
    """A changed token verifies neither here nor at the server."""
    header, payload, signature = token.split(".")
    middle = len(payload) // 2
    other = "A" if payload[middle] != "A" else "B"
    tampered = ".".join([header, payload[:middle] + other + payload[middle + 1 :], signature])
    must_fail(
        jwt.InvalidTokenError,
        lambda: jwt.decode(
            tampered,
            keys.get_signing_key_from_jwt(token).key,
            algorithms=ALGORITHMS,
            issuer=arguments.issuer,
            audience=arguments.issuer,
        ),
        "a tampered token fails the verifier",
    )
    answer = introspect(arguments, tampered)
    check(answer == {"active": False}, "a tampered token is inactive at the server", answer)


def introspect(arguments: argparse.Namespace, token: str) -> dict:
    """RFC 7662 with the client's own credentials."""
    client = session(arguments, "client_secret_basic")
    response = client.introspect_token(arguments.base + "/oauth2/introspect", token=token)
    check(response.status_code == 200, "introspection answers", response.status_code)
    return response.json()


def revokes(arguments: argparse.Namespace, token: str) -> None:
    """RFC 7009: an active token is inactive after its revocation, also twice."""
    answer = introspect(arguments, token)
    check(answer.get("active") is True, "a fresh token is active", answer)
    check(answer.get("client_id") == arguments.client_id, "introspection names the client", answer)
    client = session(arguments, "client_secret_basic")
    for turn in ["", " again"]:
        response = client.revoke_token(arguments.base + "/oauth2/revoke", token=token)
        check(response.status_code == 200, f"revocation answers{turn}", response.status_code)
    answer = introspect(arguments, token)
    check(answer == {"active": False}, "a revoked token is inactive", answer)


def refuses_wrong_secret(arguments: argparse.Namespace) -> None:
    """The client library understands the error of the token endpoint."""
    wrong = "sk_live_" + "0" * 64
    client = OAuth2Session(arguments.client_id, wrong, default_timeout=TIMEOUT)
    try:
        client.fetch_token(arguments.base + "/oauth2/token", grant_type="client_credentials")
    except OAuthError as error:
        check(error.error == "invalid_client", "a wrong secret is invalid_client", error.error)
    else:
        check(False, "a wrong secret obtains no token")


def grants_and_verifies(arguments: argparse.Namespace) -> None:
    keys = jwt.PyJWKClient(arguments.base + "/.well-known/jwks.json", timeout=TIMEOUT)
    first = fetch(arguments, "client_secret_basic", "/oauth2/token")
    second = fetch(arguments, "client_secret_post", "/api/v1/token")
    ids = {verify(keys, arguments, token)["jti"] for token in (first, second)}
    check(len(ids) == 2, "every token has its own jti", ids)
    refuses_forgeries(keys, arguments, first)
    revokes(arguments, first)
    verify(keys, arguments, second)
    refuses_wrong_secret(arguments)


def main() -> int:
    parser = argparse.ArgumentParser(description="OAuth 2.0 interoperability checks")
    parser.add_argument("base", help="base URL of the server, on this machine")
    parser.add_argument("client_id")
    parser.add_argument("client_secret")
    parser.add_argument("--issuer", help="expected iss and aud; default: the base URL")
    arguments = parse(parser)
    arguments.issuer = arguments.issuer or arguments.base
    return run(grants_and_verifies, arguments)


if __name__ == "__main__":
    sys.exit(main())
