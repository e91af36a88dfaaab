"""The body of a message, as the service reads it; null is a value that it does not take.

https://github.com/IBM-Bluemix-Docs/mobilepush
"""

from collections.abc import Mapping

import orjson

LARGEST = 4096
"""Bytes of message and settings together."""
PLATFORMS = frozenset({"A", "G", "WEB_CHROME", "WEB_FIREFOX", "WEB_SAFARI", "APPEXT_CHROME"})
TARGETS = ("deviceIds", "userIds", "platforms", "tagNames")
SETTINGS = frozenset({"apns", "gcm", "chromeWeb", "firefoxWeb", "safariWeb", "chromeAppExt"})
_CHOICES = {
    ("apns", "type"): ("DEFAULT", "MIXED", "SILENT"),
    ("gcm", "type"): ("DEFAULT", "SILENT"),
    ("gcm", "priority"): ("DEFAULT", "MIN", "LOW", "HIGH", "MAX"),
    ("gcm", "visibility"): ("PUBLIC", "PRIVATE", "SECRET"),
}

Json = Mapping[str, object]


def message_of(body: bytes) -> Json | str:
    """The body; or the code of what is wrong with it."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "FPWSE0004E"
    if not isinstance(value, dict):
        return "FPWSE0004E"
    return _problem(value) or value


def _problem(value: Json) -> str:
    if _has_null(value):
        return "FPWSE0005E"
    if not value.keys() <= {"message", "target", "settings"}:
        return "FPWSE0007E"
    if any(not isinstance(value.get(name, {}), dict) for name in ("message", "target", "settings")):
        return "FPWSE0005E"
    return _message_problem(section(value, "message")) or _target_problem(section(value, "target")) or _rest(value)


def _message_problem(message: Json) -> str:
    if not message.get("alert"):
        return "FPWSE0006E"
    return "" if all(isinstance(text, str) for text in message.values()) else "FPWSE0005E"


def _target_problem(target: Json) -> str:
    """One kind of them; without any it goes to everybody."""
    if not target.keys() <= set(TARGETS):
        return "FPWSE0007E"
    if not all(_are_texts(chosen) for chosen in target.values()):
        return "FPWSE0005E"
    if len([chosen for chosen in target.values() if chosen]) > 1 or not set(texts(target, "platforms")) <= PLATFORMS:
        return "FPWSE0008E"
    return ""


def _rest(value: Json) -> str:
    settings = section(value, "settings")
    if not settings.keys() <= SETTINGS:
        return "FPWSE0007E"
    if not all(isinstance(platform, dict) for platform in settings.values()):
        return "FPWSE0005E"
    for (platform, key), allowed in _CHOICES.items():
        if section(settings, platform).get(key, allowed[0]) not in allowed:
            return "FPWSE0008E"
    return "" if len(orjson.dumps([value["message"], settings])) <= LARGEST else "FPWSE0008E"


def section(value: Json, name: str) -> Json:
    found = value.get(name, {})
    return found if isinstance(found, dict) else {}


def texts(target: Json, kind: str) -> tuple[str, ...]:
    chosen = target.get(kind, [])
    return tuple(chosen) if isinstance(chosen, list) else ()


def first_target(body: bytes) -> str:
    """The first of whichever are addressed, as far as can be told."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    target = section(value, "target") if isinstance(value, dict) else {}
    return next((str(each) for kind in TARGETS for each in texts(target, kind)), "")


def _are_texts(chosen: object) -> bool:
    return isinstance(chosen, list) and all(isinstance(each, str) and each for each in chosen)


def _has_null(value: object) -> bool:
    """Anywhere in it, however deep."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if each is None:
            return True
        waiting += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
    return False
