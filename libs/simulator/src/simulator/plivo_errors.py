"""What Plivo answers to what it does not take: https://www.plivo.com/docs/api/response

The page has the statuses; the texts differ from case to case, and clients must not depend on them.
"""

from simulator.wire import Reply, json_reply

API_ID = "00000000-0000-4000-8000-00000000fa11"
"""Of every refusal."""

# code: (HTTP status, `error`). Any other code is played with 400.
ERRORS: dict[str, tuple[int, object]] = {
    "400": (400, "invalid parameters"),
    "400-json": (400, "the request's body is not a JSON object"),
    "400-credit": (400, "Insufficient Credit"),
    "401": (401, "authentication failed"),
    "403": (403, "Permission to send messages to this country has not been enabled"),
    "403-credentials": (403, "authentication credentials are not allowed to do this"),
    "404": (404, "not found"),
    "405": (405, None),
    "409": (409, "a resource with these parameters exists"),
    "422": (422, {"dst": ["cannot be processed"]}),
    "429": (429, "rate limit exceeded"),
    "500": (500, "internal server error"),
}
THROTTLED = frozenset({"429"})
_UNKNOWN = (401, b"Could not verify your access level for that URL.\nYou have to login with proper credentials")


def error(code: str, text: str = "") -> Reply:
    """A 401 is plain text, a 405 has no body, the rest is JSON with text or an object: clients tolerate all of it."""
    status, told = ERRORS.get(code, (400, "invalid parameters"))
    if status == _UNKNOWN[0]:
        return Reply(*_UNKNOWN, content_type="text/html")
    return Reply(status, b"") if told is None else json_reply(status, {"api_id": API_ID, "error": text or told})
