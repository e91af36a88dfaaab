"""What people can paste into a terminal: each a title, a method, a path and a body."""

import json
from typing import NamedTuple


class Example(NamedTuple):
    title: str
    method: str
    path: str
    body: dict[str, object]

    def curl(self, host: str) -> str:
        """One line for a shell."""
        return f"curl -X {self.method} '{host}{self.path}' -d '{json.dumps(self.body)}'"


EXAMPLES = (
    Example(
        "Refuse the next message to a number, with a code of its provider",
        "PUT",
        "/_scripts/31612345678",
        {"steps": [{"outcome": "error", "code": "7"}]},
    ),
    Example(
        "Busy twice, then take it and report: sent, delivered",
        "PUT",
        "/_scripts/31612345678",
        {
            "steps": [
                {"outcome": "throttle", "retry_after": 1},
                {"outcome": "http", "status": 503},
                {
                    "outcome": "accept",
                    "receipts": [{"status": "sent", "delay_ms": 200}, {"status": "delivered", "delay_ms": 900}],
                },
            ]
        },
    ),
    Example(
        "Take it, cut the connection, and report it all the same (to everybody, again and again)",
        "PUT",
        "/_scripts/*",
        {
            "steps": [{"outcome": "cut", "after_accepting": True, "receipts": [{"status": "delivered"}]}],
            "repeat": True,
        },
    ),
    Example(
        "Out of order, twice, forged, of an unknown message, and of one part alone",
        "PUT",
        "/_scripts/31612345678",
        {
            "steps": [
                {
                    "outcome": "accept",
                    "receipts": [
                        {"status": "delivered", "repeat": 2},
                        {"status": "sent"},
                        {"status": "undelivered", "forged": True},
                        {"status": "undelivered", "unknown_message": True},
                        {"status": "undelivered", "code": "6", "part": 2},
                    ],
                }
            ]
        },
    ),
    Example(
        "A receipt before the answer to the send",
        "PUT",
        "/_scripts/31612345678",
        {"steps": [{"outcome": "accept", "delay_ms": 2000, "receipts": [{"status": "delivered"}]}]},
    ),
    Example(
        "Report every message that is taken, from now on",
        "PUT",
        "/_settings",
        {"receipts": [{"status": "delivered", "delay_ms": 500}]},
    ),
    Example(
        "Tell an account's webhook URL",
        "POST",
        "/_accounts",
        {
            "provider": "nexmo",
            "user": "demo-signed",
            "secret": "demo-secret",
            "signature_secret": "demo-signing-secret",
            "webhook_url": "http://127.0.0.1:8000/webhooks/nexmo",
        },
    ),
    Example(
        "Somebody answers STOP",
        "POST",
        "/_inbound",
        {
            "provider": "twilio",
            "account": "AC00000000000000000000000000000001",
            "url": "http://127.0.0.1:8000/webhooks/twilio",
            "from": "+31612345678",
            "to": "+15005550006",
            "text": "STOP",
            "kind": "opt-out",
        },
    ),
)
