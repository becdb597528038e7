"""A webhook receiver that checks every signature with the `stripe` package.

    python webhook_receiver.py

Our signatures have the form of Stripe's (`t=<seconds>,v1=<HMAC-SHA-256>` over
`<t>.<body>`), so its verifier is an independent implementation of them.

Questions come as JSON, one per line, each with one line of answer:

    {"port": true}                     the port it listens on, on 127.0.0.1
    {"path": "/a", "secret": "whsec_…"} requests to /a must be signed with it
    {"received": "/a"}                 the requests to /a, in their order

The first part of a path says how the receiver behaves: `/ok/…` answers 204,
`/fail/…` 500, `/slow/…` 204 after two seconds, `/moved/…` redirects to
`/ok/moved`. A bad signature gets 401.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import stripe

TOLERANCE_SECONDS = 60
SLOW_SECONDS = 2
STATUS = {"ok": 204, "fail": 500, "slow": 204, "moved": 302}

lock = threading.Lock()
secrets: dict[str, str] = {}
received: dict[str, list[dict]] = {}


def is_signed(path: str, body: str, header: str) -> bool:
    """Whether the signature fits the secret of the path and is fresh."""
    try:
        stripe.WebhookSignature.verify_header(body, header, secrets[path], TOLERANCE_SECONDS)
    except stripe.SignatureVerificationError:
        return False
    return True


class Receiver(BaseHTTPRequestHandler):
    """Notes every request and answers as its path says."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # the name is given by the base class
        """Takes a delivery."""
        arrived = time.time()
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        signed = is_signed(self.path, body, self.headers["X-SentryAgent-Signature"])
        behaviour = self.path.split("/")[1]
        status = STATUS[behaviour] if signed else 401
        request = {
            "arrived": arrived,
            "signed": signed,
            "type": self.headers["Content-Type"],
            "event": self.headers["X-SentryAgent-Event"],
            "delivery": self.headers["X-SentryAgent-Delivery"],
            "envelope": json.loads(body),
        }
        with lock:
            received.setdefault(self.path, []).append(request)
        if behaviour == "slow":
            time.sleep(SLOW_SECONDS)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/ok/moved")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is written to the terminal."""


class Server(ThreadingHTTPServer):
    """Takes as many connections at once as there are."""

    daemon_threads = True
    request_queue_size = 128


def answer(server: Server, question: dict) -> object:
    """What is asked for."""
    if "port" in question:
        return server.server_address[1]
    with lock:
        if "secret" in question:
            secrets[question["path"]] = question["secret"]
            return True
        return list(received.get(question["received"], []))


def main() -> None:
    """Listens until the end of the questions."""
    server = Server(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for line in sys.stdin:
        print(json.dumps(answer(server, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
