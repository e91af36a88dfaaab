"""Every answer that is not a 200: one table of codes, one exception that carries them to the edge."""

from collections.abc import Mapping
from typing import Final

import orjson

from dapi_common.events.outcomes import CommandOutcome
from dapi_common.events.shapes import JsonObject

CODES: Final[Mapping[str, tuple[int, str]]] = {
    "request-invalid": (400, "The request must be valid HTTP/1.1"),
    "json-invalid": (400, "The json value passed as argument is invalid: it must be one object, in UTF-8"),
    "content-type-invalid": (400, "The request must have the header Content-Type: application/json"),
    "page-invalid": (400, "The page, the limit or the cursor is not valid: use those of the Link header"),
    "at-invalid": (400, "The time must be one of RFC 3339 with its zone, like 2026-01-02T03:04:05Z, and not to come"),
    "at-too-far": (400, "There is too much in the log before that time for one answer: use an earlier one"),
    "provider-invalid": (400, "The provider in the argument is not supported"),
    "provider-missing-keys": (400, "The provider needs specific identifiers, like keys and secret(s): give them all"),
    "message-invalid-type": (400, "The message-type provided is not valid: it must be sms, voice, email or push"),
    "message-invalid-provider": (400, "The provider must be one that the account has added and that sends this type"),
    "message-invalid-arguments": (400, "The arguments must be valid for the type and provider selected"),
    "list-metadata-size": (400, "The size of the metadata must be at most 64 KiB"),
    "list-invalid-contact": (400, "One of the contacts is invalid: each must have type, provider, order and contact"),
    "list-limit-reached": (400, "The account has as many lists as it may have: delete one"),
    "list-contacts-limit-reached": (400, "The list would have more contacts than it may have: use another list"),
    "invoke-invalid-list": (400, "The list must exist and have contacts"),
    "invoke-invalid-status": (400, "The status must be one that the invoke can take now"),
    "invoke-invalid-throughput": (400, "The throughput must be positive and within the account's limits"),
    "invoke-running": (400, "A running invoke can not be deleted: stop it first"),
    "credits-insufficient": (400, "The account's balance does not cover the request: top up first"),
    "suppression-invalid": (400, "A suppression must have a type, and a contact that is valid for it"),
    "idempotency-key-invalid": (400, "An Idempotency-Key must be 1 to 255 printable ASCII characters"),
    "unauthorized": (401, "Give the account's user id and its newest secret with HTTP Basic"),
    "not-found": (404, "The requested resource does not exist: check the path and its ids"),
    "method-not-allowed": (405, "The resource does not take this method: use one that the header Allow names"),
    "idempotency-key-in-flight": (409, "A request with this Idempotency-Key is still under way: try again"),
    "idempotency-key-reused": (422, "This Idempotency-Key came with another request before: use a new one"),
    "body-too-large": (413, "The body of the request must be at most 10 MiB"),
    "rate-limited": (429, "Too many requests at a time: wait as long as the header Retry-After says, then try again"),
    "internal-error": (500, "Something went wrong on the server: if it does again, tell us the request-id"),
    "overloaded": (503, "More requests came than can be answered in time, this one was not looked at: try again"),
    "store-unavailable": (503, "The resource can not be read right now: try again"),
    "log-unavailable": (503, "What was at that time can not be read from the log right now: try again"),
    "outcome-unknown": (503, "The request was not confirmed in time, it may still take effect: look before you repeat"),
}
"""The status of each code, and what it says when nothing more exact is known."""
ADMIN_CODES: Final[Mapping[str, tuple[int, str]]] = {
    "account-invalid": (400, "The account needs limits, credits and fees as documented"),
    "account-exists": (400, "There is an account with this id: ask again for another"),
    "limits-invalid": (400, "The limits must be mps, lists and contact-per-list, each a number"),
    "credits-invalid": (400, "The amount must be a positive decimal"),
}
"""The same, of those that only operators see."""


class Problem(Exception):
    """Ends a request with an error. `description` and `field` never quote what the client sent but names."""

    def __init__(
        self,
        code: str,
        description: str | None = None,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        known = CODES.get(code) or ADMIN_CODES.get(code, (400, "The request was not accepted"))
        self.code, self.status = code, known[0]
        self.description = description or known[1]
        self.field = field
        self.headers = dict(headers or {})

    def body(self, request_id: str) -> bytes:
        """The answer's JSON."""
        answer = {"error-code": self.code, "error-description": self.description, "request-id": request_id}
        if self.field is not None:
            answer["field"] = self.field
        return orjson.dumps(answer)


def unauthorized() -> Problem:
    """No valid credentials: says how to give them."""
    return Problem("unauthorized", headers={"WWW-Authenticate": 'Basic realm="dapi", charset="UTF-8"'})


def try_later(code: str, seconds: int = 1) -> Problem:
    """A refusal that says when to come back."""
    return Problem(code, headers={"Retry-After": str(seconds)})


def rejected(outcome: CommandOutcome) -> Problem:
    """The planner's refusal. A missing resource says the same as one that the gateway could not find."""
    code = outcome.error or "internal-error"
    if code == "not-found":
        return Problem(code)
    return Problem(code, outcome.description, outcome.field)


def pointer(*path: str | int) -> str:
    """The JSON pointer (RFC 6901) to a value."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def found(document: JsonObject | None) -> JsonObject:
    """The document, or the one answer for everything that is not the account's."""
    if document is None:
        raise Problem("not-found")
    return document
