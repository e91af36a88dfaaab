"""What Mailgun answers to what it does not take.

https://documentation.mailgun.com/docs/mailgun/api-reference/mg-responses
"""

from email.utils import formatdate
from math import ceil

import orjson

from simulator.wire import Reply, json_reply

# code: (HTTP status, message). A status with several causes has a code for each; other codes are played as a 400,
# those that begin with a known status with that one.
ERRORS = {
    "400": (400, "to parameter is not a valid address. please check documentation"),
    "400-from": (400, "from parameter is missing"),
    "400-to": (400, "to parameter is missing"),
    "400-sender": (400, "from parameter is not a valid address. please check documentation"),
    "400-subject": (400, "subject parameter is missing"),
    "400-content": (400, "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified"),
    "400-template": (400, "'html' and 'template' parameters exclude each other"),
    "400-recipients": (400, "too many recipients: at most 1000 are allowed"),
    "400-variables": (400, "recipient-variables parameter is not valid JSON"),
    "400-options": (400, "o:, h:, v: and t: parameters exceed 16 kB"),
    "400-flag": (400, "invalid value of an option: expected yes, no, true or false"),
    "400-date": (400, "o:deliverytime parameter is not a valid date"),
    "400-domain": (400, "Domain mg.example.org is not allowed to send: Please activate your Mailgun account"),
    "401": (401, "Forbidden"),
    "402": (402, "Request failed"),
    "403": (403, "Your IP address is not allowed to use this key"),
    "403-batch": (403, "Large batches are not allowed yet for this account"),
    "404": (404, "Domain not found"),
    "413": (413, "Message is too large"),
    "429": (429, "requests limit exceeded"),
    "429-recipients": (429, "recipients limit exceeded"),
    "429-bytes": (429, "bytes limit exceeded"),
    "500": (500, "Internal Server Error"),
    "502": (502, "Bad Gateway"),
    "503": (503, "Service Unavailable"),
    "504": (504, "Gateway Timeout"),
}
AGAIN_AFTER = 2.0
"""Seconds from a refusal for rate to the date that its text names, which has no fractions."""


def error(code: str, at: float) -> Reply:
    """401 is plain text; a 429 says in its text when to come again, and which time it is now."""
    status, text = ERRORS.get(code) or ERRORS.get(code[:3]) or (400, "Bad request")
    if status == 401:
        return Reply(401, text.encode(), "text/plain")
    if status == 429:
        again = formatdate(ceil(at + AGAIN_AFTER), usegmt=True)
        body = orjson.dumps({"message": f"{text}, try again after {again}"})
        return Reply(429, body, headers={"Date": formatdate(at, usegmt=True)})
    return json_reply(status, {"message": text})
