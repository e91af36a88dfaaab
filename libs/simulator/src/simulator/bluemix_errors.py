"""The errors of IBM Push Notifications, a service that its vendor has ended; the HTTP status of some is a guess.

https://github.com/IBM-Bluemix-Docs/mobilepush
"""

from simulator.wire import Reply, json_reply

# code: (HTTP status, message). Bare numbers are HTTP's own. Any other code is played with 400.
ERRORS = {
    "401": (401, "Unauthorized"),
    "403": (403, "Forbidden"),
    "405": (405, "The content type is not application/json"),
    "406": (406, "The accept type is not application/json"),
    "FPWSE0001E": (404, "The resource does not exist"),
    "FPWSE0003E": (400, "The push credentials are not configured"),
    "FPWSE0004E": (400, "The body is not valid JSON"),
    "FPWSE0005E": (400, "A value of the body is null or of the wrong type"),
    "FPWSE0006E": (400, "The body lacks a mandatory key"),
    "FPWSE0007E": (400, "The body has a key that is not known"),
    "FPWSE0008E": (400, "A value of the body is not one of those allowed"),
    "FPWSE0009E": (404, "No devices are registered"),
    "FPWSE0010E": (500, "An internal error occurred"),
    "FPWSE0013E": (400, "The query is not valid"),
    "FPWSE0025E": (503, "The service is too busy: resubmit later"),
    "FPWSE1007E": (403, "The service is disabled"),
}
THROTTLED = frozenset({"FPWSE0025E", "429"})


def error(code: str, status: int = 0) -> Reply:
    usual, message = ERRORS.get(code, (400, "Bad request"))
    return json_reply(status or usual, {"code": code, "message": message})
