"""The documents' own examples, with the fields that answers have beyond them."""

from collections.abc import Mapping
from typing import Final

from dapi_common.events.shapes import JsonObject

_TIMES: Final[JsonObject] = {
    "created-at": "2026-01-02T03:04:05.000006Z",
    "updated-at": "2026-01-02T03:04:06.000007Z",
}
_CREDENTIALS: Final[JsonObject] = {
    "ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE",
    "AUTH_TOKEN": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "REGION_NAME": "us-west-2",
}
_FIGURES: Final[JsonObject] = {
    "attempts": "3",
    "accepted": "2",
    "refused": "0",
    "deferred": "1",
    "unclear": "0",
    "auth": "0",
    "errors": {"ThrottlingException": "1"},
    "latency": {"p50": "0.109", "p95": "0.332"},
    "receipts": {"delivered": "2"},
}
_PROVIDER: Final[JsonObject] = {
    "name": "amazon-ses",
    "credentials": _CREDENTIALS,
    "health": {"status": "ok", "windows": {"email": {"1m": _FIGURES, "5m": _FIGURES, "1h": _FIGURES}}},
    **_TIMES,
}
_MESSAGE: Final[JsonObject] = {
    "provider": "nexmo",
    "type": "sms",
    "arguments": {"from": "Dapi", "to": "+31612345678", "text": "This is a test"},
}
_SENT: Final[JsonObject] = {
    "id": "1",
    "status": "completed",
    **_MESSAGE,
    "error-code": "",
    "error-description": "",
    "provider_reply": {
        "status": "returnCode",
        "message-id": "messageId",
        "to": "+31612345678",
        "client-ref": "client-ref",
        "remaining-balance": "remaining-balance",
        "message-price": "message-price",
        "network": "network",
        "error-text": "error-message",
    },
    "delivery": "delivered",
    "delivery_reply": {
        "msisdn": "31612345678",
        "to": "Dapi",
        "messageId": "messageId",
        "status": "delivered",
        "err-code": "0",
        "scts": "2601020304",
    },
    "attempts": [
        {
            "attempt": "1",
            "at": "2026-01-02T03:04:06.000007Z",
            "outcome": "accepted",
            "error-code": "",
            "error-description": "",
        }
    ],
    **_TIMES,
}
_HAPPENED: Final[JsonObject] = {"provider": "nexmo", "error-code": "", "error-description": ""}
_STORY: Final[list[JsonObject]] = [
    {"type": "message.accepted", "at": "2026-01-02T03:04:05.000006Z", "attempt": "0", **_HAPPENED},
    {"type": "delivery.accepted", "at": "2026-01-02T03:04:06.000007Z", "attempt": "1", **_HAPPENED},
    {"type": "message.completed", "at": "2026-01-02T03:04:06.000007Z", "attempt": "1", **_HAPPENED},
    {
        "type": "receipt.delivered",
        "at": "2026-01-02T03:04:11.000000Z",
        "attempt": "1",
        "event": "delivered",
        "part": "messageId",
        **_HAPPENED,
    },
]
_METADATA: Final[JsonObject] = {"metadata": {"name": "Test", "description": "This is a test list"}}
_BY_SMS: Final[JsonObject] = {"type": "sms", "provider": "twilio", "order": "1", "contact": "+31612345678"}
_BY_EMAIL: Final[JsonObject] = {"type": "email", "provider": "mailgun", "order": "2", "contact": "support@dapi.io"}
_CONTACTS: Final[list[JsonObject]] = [{"id": "1", **_BY_SMS, **_TIMES}, {"id": "2", **_BY_EMAIL, **_TIMES}]
_INVOKE: Final[JsonObject] = {
    "list_id": "42",
    "providers": [
        {"type": "sms", "provider": "nexmo", "arguments": {"from": "Dapi", "text": "This is a test from Nexmo"}},
        {"type": "sms", "provider": "twilio", "arguments": {"From": "Dapi", "Body": "This is a test from Twilio"}},
    ],
    "throughput": {"voice": {"mps": "1", "mpm": "10"}, "sms": {"mps": "10"}},
}
_INVOKED: Final[JsonObject] = {
    "id": "1",
    "status": "running",
    "contacts": [
        {"id": "1", **_BY_SMS, "status": "completed", "message_id": "1-1"},
        {"id": "2", **_BY_EMAIL, "status": "pending", "message_id": "1-2"},
    ],
    **_INVOKE,
    "ordering": "first-attempt",
    "progress": {"total": "2", "pending": "1", "completed": "1", "failed": "0", "stopped": "0"},
    **_TIMES,
}
_INBOUND: Final[JsonObject] = {
    "id": "1",
    "kind": "opt-out",
    "provider": "nexmo",
    "type": "sms",
    "from": "+31612345678",
    "to": "+31201234567",
    "text": "STOP",
    "provider_reply": {"msisdn": "31612345678", "to": "31201234567", "text": "STOP", "keyword": "STOP"},
    **_TIMES,
}
_CONTACT: Final[JsonObject] = {"type": "sms", "contact": "+31612345678"}
_SUPPRESSION: Final[JsonObject] = {"id": "1", **_CONTACT, "reason": "opt-out", "provider": "nexmo", **_TIMES}
_ID: Final[JsonObject] = {"id": "1"}

ASKED: Final[Mapping[str, JsonObject]] = {
    "addProvider": _CREDENTIALS,
    "updateProvider": _CREDENTIALS,
    "createMessage": _MESSAGE,
    "createList": _METADATA,
    "updateList": {"metadata": {"name": "New name"}},
    "addContacts": {"contacts": [_BY_SMS, _BY_EMAIL]},
    "updateContact": {**_BY_EMAIL, "contact": "hello@dapi.io"},
    "createInvoke": _INVOKE,
    "changeInvoke": {"status": "stopped"},
    "suppressContact": _CONTACT,
}
"""By operation: a body."""
ANSWERED: Final[Mapping[str, JsonObject]] = {
    "showLimits": {"mps": "1", "lists": "100", "contact-per-list": "100"},
    "showCredits": {"balance": "54.23"},
    "listProviders": {"providers": [_PROVIDER]},
    "getProvider": _PROVIDER,
    "addProvider": {"name": "amazon-ses"},
    "updateProvider": {"name": "amazon-ses"},
    "deleteProvider": {"name": "amazon-ses"},
    "listMessages": {"page": "0", "messages": [_SENT]},
    "createMessage": _ID,
    "getMessage": _SENT,
    "getMessageEvents": {"id": "1", "events": _STORY},
    "listLists": {"page": "0", "lists": [{**_ID, **_METADATA, **_TIMES}]},
    "createList": _ID,
    "getList": {**_ID, **_METADATA, **_TIMES},
    "updateList": _ID,
    "deleteList": _ID,
    "listContacts": {"page": "0", "contacts": _CONTACTS},
    "addContacts": {"ids": ["1", "2"]},
    "getContact": _CONTACTS[1],
    "updateContact": {"id": "2"},
    "deleteContact": {"id": "2"},
    "listInvokes": {"page": "0", "invokes": [_INVOKED]},
    "createInvoke": _ID,
    "getInvoke": _INVOKED,
    "changeInvoke": _ID,
    "deleteInvoke": _ID,
    "listInbound": {"page": "0", "inbound": [_INBOUND]},
    "getInbound": _INBOUND,
    "listSuppressions": {"page": "0", "suppressions": [_SUPPRESSION]},
    "suppressContact": _ID,
    "getSuppression": _SUPPRESSION,
    "liftSuppression": _ID,
}
"""By operation: a 200."""
