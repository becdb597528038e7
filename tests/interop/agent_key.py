"""The private key behind an agent's identifier, from the database of an installation.

No endpoint gives it away; here it is taken from where it is kept: decrypted from the
SQLite file with the key ring, compared with the published document, and used once.
cryptography decrypts, jwcrypto signs, PyJWT verifies. None of our own code is here.

    python agent_key.py BASE_URL AGENT_ID DATABASE KEY_RING JWS_FILE

Leaves a JWS of the agent's DID in JWS_FILE. Prints one `ok` line per check; ends
with 0 if all hold, 1 at the first that fails.
"""

import argparse
import base64
import json
import re
import sqlite3
import sys
import uuid
from pathlib import Path

import jwt
import requests
from checks import check, must_fail, parse, run
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from jwcrypto import jwk, jws

STORED = re.compile(r"v(\d+):([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)")
TIMEOUT = 10


def decrypt(stored: str, ring: dict, context: str) -> bytes:
    """AES-256-GCM as documented: version, nonce, ciphertext with tag."""
    version, nonce, ciphertext = STORED.fullmatch(stored).groups()
    cipher = AESGCM(bytes.fromhex(ring["keys"][version]))
    decoded = [base64.b64decode(part, validate=True) for part in (nonce, ciphertext)]
    return cipher.decrypt(*decoded, context.encode())


def stored_key(arguments: argparse.Namespace) -> bytes:
    """The private key, PEM."""
    with sqlite3.connect(f"file:{arguments.database}?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT key_id, private_key, vault_key_path FROM agent_did_keys WHERE agent_id = ?",
            [uuid.UUID(arguments.agent).bytes],
        ).fetchall()
    check(len(rows) == 1, "the agent has one key", len(rows))
    key_id, stored, path = uuid.UUID(bytes=rows[0][0]), rows[0][1], rows[0][2]
    check(path is None and STORED.fullmatch(stored), "it is stored encrypted", stored[:8])
    ring = json.loads(arguments.ring.read_text())
    must_fail(
        InvalidTag,
        lambda: decrypt(stored, ring, f"agent_did_keys:private_key:{uuid.uuid4()}"),
        "it cannot be moved to another row",
    )
    must_fail(
        InvalidTag,
        lambda: decrypt(stored, ring, f"oidc_keys:private_key:{key_id}"),
        "or to another table",
    )
    return decrypt(stored, ring, f"agent_did_keys:private_key:{key_id}")


def document(arguments: argparse.Namespace) -> dict:
    """The published DID document."""
    answer = requests.get(f"{arguments.base}/agents/{arguments.agent}/did.json", timeout=TIMEOUT)
    check(answer.status_code == 200, "the document is published", answer.status_code)
    return answer.json()


def signs(pem: bytes, published: dict) -> str:
    """A JWS of the DID, verified with the published key."""
    did = published["id"]
    method = published["verificationMethod"][0]["publicKeyJwk"]
    private, public = jwk.JWK.from_pem(pem), jwk.JWK(**method)
    check(private.has_private and not public.has_private, "one half is private, one public")
    check(public["kty"] == "EC" and public["crv"] == "P-256", "EC, P-256", method)
    check(private.thumbprint() == public.thumbprint(), "both halves have one thumbprint (RFC 7638)")
    statement = jws.JWS(did.encode())
    statement.add_signature(private, alg="ES256", protected={"alg": "ES256", "kid": f"{did}#key-1"})
    compact = statement.serialize(compact=True)
    payload = jwt.PyJWS().decode(compact, jwt.PyJWK(method, algorithm="ES256"), algorithms=["ES256"])
    check(payload == did.encode(), "a signature verifies with the published key", payload)
    return compact


def proves_the_key(arguments: argparse.Namespace) -> None:
    arguments.jws.write_text(signs(stored_key(arguments), document(arguments)))


def main() -> int:
    parser = argparse.ArgumentParser(description="key of an agent's identifier")
    parser.add_argument("base", help="base URL of the server, on this machine")
    parser.add_argument("agent", help="id of the agent")
    parser.add_argument("database", type=Path)
    parser.add_argument("ring", type=Path)
    parser.add_argument("jws", type=Path)
    return run(proves_the_key, parse(parser))


if __name__ == "__main__":
    sys.exit(main())
