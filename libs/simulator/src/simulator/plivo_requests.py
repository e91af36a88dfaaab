"""What Plivo checks of a message and of a call.

https://www.plivo.com/docs/messaging/api/message/send-a-message and https://www.plivo.com/docs/voice/api/call/make-a-call
"""

import re
from collections.abc import Callable, Mapping, Sequence

import orjson

from simulator import gsm
from simulator.wire import Incoming

MOST_RECIPIENTS = 1000
LONGEST_GSM, LONGEST_UNICODE = 1600, 737
_NUMBER = re.compile(r"[1-9]\d{6,14}")
_SENDER = re.compile(r"[1-9]\d{4,13}|(?=.*[A-Za-z])[A-Za-z0-9]{1,11}")
_CALLER = re.compile(r"[1-9]\d{6,14}|sips?:\S+")

Body = Mapping[str, object]


def parsed(request: Incoming) -> Body | None:
    """The body, if it is a JSON object and says so."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def texts(body: Body) -> dict[str, str]:
    """Every value as text, as callbacks would have it."""
    return {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in body.items()}


def numbers(joined: str) -> tuple[Sequence[str], Sequence[str]]:
    """Those that are numbers and those that are not, each once."""
    each = list(dict.fromkeys(joined.split("<")))
    return [one for one in each if _NUMBER.fullmatch(one)], [one for one in each if not _NUMBER.fullmatch(one)]


def message_problem(body: Body) -> str:
    """What is wrong with a message, "" if nothing is."""
    if bool(body.get("src")) == bool(body.get("powerpack_uuid")):
        return "exactly one of src and powerpack_uuid is required"
    if not isinstance(body.get("dst"), str) or not body["dst"]:
        return "dst parameter is required"
    if body.get("src") and not _SENDER.fullmatch(str(body["src"])):
        return "src parameter is invalid"
    return _text_problem(body) or _dst_problem(str(body["dst"]), body.get("src")) or _option_problem(body, _OPTIONS)


def _text_problem(body: Body) -> str:
    text = body.get("text")
    if body.get("type", "sms") != "sms":
        return ""
    if not isinstance(text, str) or not text:
        return "text parameter is required"
    return "text parameter is too long" if len(text) > longest(text) else ""


def longest(text: str) -> int:
    """Characters that one message may have."""
    return LONGEST_GSM if gsm.fits_gsm(text) else LONGEST_UNICODE


def _dst_problem(dst: str, src: object) -> str:
    each = dst.split("<")
    if len(each) > MOST_RECIPIENTS:
        return "dst parameter has too many numbers"
    if src in each:
        return "src and dst must differ"
    return "" if any(_NUMBER.fullmatch(one) for one in each) else "dst parameter is invalid"


def call_problem(body: Body) -> str:
    """What is wrong with a call, "" if nothing is."""
    for name in ("from", "to", "answer_url"):
        if not isinstance(body.get(name), str) or not body[name]:
            return f"{name} parameter is required"
    if not _CALLER.fullmatch(str(body["from"])):
        return "from parameter is invalid"
    each = str(body["to"]).split("<")
    if len(each) > MOST_RECIPIENTS or not all(_CALLER.fullmatch(one) for one in each):
        return "to parameter is invalid"
    return _option_problem(body, _CALL_OPTIONS)


def _option_problem(body: Body, options: Mapping[str, Callable[[object], bool]]) -> str:
    wrong = next((name for name in options if name in body and not options[name](body[name])), "")
    return f"{wrong} parameter is invalid" if wrong else ""


def _is_url(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def _is_method(value: object) -> bool:
    return value in ("GET", "POST")


def _between(least: int, most: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


# What the pages allow for a parameter that may be there.
_OPTIONS: dict[str, Callable[[object], bool]] = {
    "type": lambda value: value in ("sms", "mms", "whatsapp"),
    "url": _is_url,
    "method": _is_method,
    "log": lambda value: value in ("true", "false", "number_only", "content_only"),
    "trackable": lambda value: isinstance(value, bool),
    "message_expiry": _between(5, 10_799),
}
_CALL_OPTIONS: dict[str, Callable[[object], bool]] = {
    **{f"{name}_url": _is_url for name in ("answer", "ring", "hangup", "fallback", "machine_detection")},
    **{f"{name}_method": _is_method for name in ("answer", "ring", "hangup", "fallback", "machine_detection")},
    "caller_name": lambda value: isinstance(value, str) and len(value) <= 50,
    "machine_detection": lambda value: value in ("true", "hangup"),
    "machine_detection_time": _between(2000, 10_000),
    "time_limit": _between(1, 86_400),
    "ring_timeout": _between(1, 600),
}
