"""What Twilio checks of a message and of a call: each gives the code of the first problem, "" for none.

https://www.twilio.com/docs/messaging/api/message-resource and https://www.twilio.com/docs/voice/api/call-resource
"""

import re
from collections.abc import Callable, Mapping

EVENTS = ("initiated", "ringing", "answered", "completed")
"""What `StatusCallbackEvent` may ask for."""
LONGEST_TWIML = 4000
_TO = re.compile(r"\+[1-9]\d{6,14}")
_FROM = re.compile(r"\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}")
_CALLEE = re.compile(r"\+[1-9]\d{6,14}|(sips?|client):\S+")


def message_problem(fields: Mapping[str, str]) -> str:
    return _lacking(fields) or _wrong(fields)


def _lacking(fields: Mapping[str, str]) -> str:
    if not fields.get("To"):
        return "21604"
    if not (fields.get("From") or fields.get("MessagingServiceSid")):
        return "21603"
    return "" if any(fields.get(name) for name in ("Body", "MediaUrl", "ContentSid")) else "21602"


def _wrong(fields: Mapping[str, str]) -> str:
    if not _TO.fullmatch(fields["To"]):
        return "21211"
    if fields.get("From") and not _FROM.fullmatch(fields["From"]):
        return "21212"
    if len(fields.get("Body", "")) > 1600:
        return "21617"
    if not _callback_is_fine(fields.get("StatusCallback")):
        return "21609"
    return "" if _validity_is_fine(fields.get("ValidityPeriod")) else "20001"


def _callback_is_fine(url: str | None) -> bool:
    """Twilio takes no host with an underscore."""
    if url is None:
        return True
    scheme, _, rest = url.partition("://")
    return scheme in ("http", "https") and "_" not in rest.partition("/")[0]


def _validity_is_fine(seconds: str | None) -> bool:
    return seconds is None or (seconds.isdecimal() and 1 <= int(seconds) <= 36_000)


def call_problem(fields: Mapping[str, str]) -> str:
    """`StatusCallbackEvent`: all of its values, with spaces between."""
    return _uncallable(fields) or _wrong_call(fields)


def _uncallable(fields: Mapping[str, str]) -> str:
    if not fields.get("To"):
        return "21201"
    if not fields.get("From"):
        return "21213"
    if not any(fields.get(name) for name in ("Url", "Twiml", "ApplicationSid")):
        return "21205"
    if not _CALLEE.fullmatch(fields["To"]):
        return "21211"
    return "" if _CALLEE.fullmatch(fields["From"]) else "21212"


def _wrong_call(fields: Mapping[str, str]) -> str:
    if fields.get("Url") and not _callback_is_fine(fields["Url"]):
        return "21205"
    if not _callback_is_fine(fields.get("StatusCallback")):
        return "21609"
    return "" if all(_CALL_OPTIONS[name](fields[name]) for name in _CALL_OPTIONS.keys() & fields.keys()) else "20001"


def _is_seconds(value: str) -> bool:
    return value.isdecimal() and int(value) <= 600


# What the page allows for a parameter that may be there.
_CALL_OPTIONS: dict[str, Callable[[str], bool]] = {
    "Timeout": _is_seconds,
    "Method": lambda value: value in ("GET", "POST"),
    "StatusCallbackMethod": lambda value: value in ("GET", "POST"),
    "StatusCallbackEvent": lambda value: set(value.split()) <= set(EVENTS),
    "MachineDetection": lambda value: value in ("Enable", "DetectMessageEnd"),
    "SendDigits": lambda value: len(value) <= 32,
    "Twiml": lambda value: len(value) <= LONGEST_TWIML,
}
