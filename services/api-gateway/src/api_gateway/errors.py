"""Every answer that is not a 200: one table of codes, one exception that carries them to the edge."""

from collections.abc import Mapping
from typing import Final

import orjson

from dapi_common.events.outcomes import CommandOutcome
from dapi_common.events.shapes import JsonObject

CODES: Final[Mapping[str, tuple[int, str]]] = {
    "request-invalid": (400, "The request is not valid HTTP"),
    "json-invalid": (400, "The json value passed as argument is invalid"),
    "content-type-invalid": (400, "The request must have the header Content-Type: application/json"),
    "page-invalid": (400, "The page, the limit or the cursor is not valid"),
    "provider-invalid": (400, "The provider in the argument is not supported"),
    "provider-missing-keys": (400, "The provider needs specific identifiers, like keys and secret(s)"),
    "message-invalid-type": (400, "The message-type provided is not valid"),
    "message-invalid-provider": (400, "The provider is not valid, not added yet, or does not send this type"),
    "message-invalid-arguments": (400, "The arguments are not valid for the type and provider selected"),
    "list-metadata-size": (400, "The size of the metadata is bigger than the system limit"),
    "list-invalid-contact": (400, "One of the contacts in the list is invalid"),
    "list-limit-reached": (400, "The account has as many lists as it may have"),
    "list-contacts-limit-reached": (400, "The list would have more contacts than it may have"),
    "invoke-invalid-list": (400, "The list does not exist or is empty"),
    "invoke-invalid-status": (400, "The status is not valid, or the invoke can not take it now"),
    "invoke-invalid-throughput": (400, "The throughput provided is invalid or above the account limits"),
    "invoke-running": (400, "A running invoke can not be deleted"),
    "credits-insufficient": (400, "The account's balance does not cover the request"),
    "unauthorized": (401, "The user id and the secret are not valid together"),
    "not-found": (404, "The requested resource does not exist"),
    "method-not-allowed": (405, "The resource does not take this method"),
    "body-too-large": (413, "The body of the request is bigger than 10 MiB"),
    "internal-error": (500, "Something went wrong on the server"),
    "store-unavailable": (503, "The resource can not be read right now"),
    "outcome-unknown": (503, "The request was not confirmed in time: it may still take effect"),
}
"""The status of each code, and what it says when nothing more exact is known."""


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
        known = CODES.get(code, (400, "The request was not accepted"))
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
