"""Signs events with the `stripe` package, as Stripe does.

    python stripe_signatures.py

Questions come as JSON, one per line, each with one line of answer:

    {"payload": "{…}", "secret": "whsec_…", "age": 0}

The answer is the header `Stripe-Signature` of the payload, signed `age` seconds
ago. The package's own receiver accepts what it signs now.
"""

import json
import sys
import time

import stripe


def header(question: dict) -> str:
    """The header of a payload."""
    payload, secret, age = question["payload"], question["secret"], question["age"]
    signed_at = int(time.time()) - age
    signed = stripe.WebhookSignature.generate_signature_header(payload, secret, signed_at)
    if age == 0:
        stripe.Webhook.construct_event(payload, signed, secret)
    return signed


def main() -> None:
    """Answers until the end of the questions."""
    for line in sys.stdin:
        print(json.dumps(header(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
