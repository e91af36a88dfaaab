"""Which providers there are, and what may be said to them. Texts name fields, never values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from pydantic import BaseModel, ValidationError

from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.provider.adapter import Adapter
from dapi_common.provider.documented import DOCUMENTED

GROUP: Final = "dapi.providers"
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(
    rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+)*@(?:{_LABEL}\.)+{_LABEL}"
)
_TOKEN = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?")
_LIST: Final = "[]"
_SAMPLE: Mapping[Channel, str] = {
    "sms": "+31612345678",
    "voice": "+31612345678",
    "email": "a@example.org",
    "push": "arn:aws:sns:us-east-1:123456789012:endpoint/GCM/app/00000000-0000-0000-0000-000000000000",
}
"""What every provider of the channel takes for an address."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: `field` is a JSON pointer into what was checked."""

    field: str
    text: str


class _Installed(Mapping[str, type[Adapter]]):
    def __init__(self, points: Mapping[str, EntryPoint]) -> None:
        self._points = points
        self._loaded: dict[str, type[Adapter]] = {}

    def __getitem__(self, name: str) -> type[Adapter]:
        if name not in self._loaded:
            self._loaded[name] = self._points[name].load()
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._points

    def __iter__(self) -> Iterator[str]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)


@cache
def load() -> Mapping[str, type[Adapter]]:
    """The installed adapters by name, each imported when it is asked for first."""
    return _Installed({point.name: point for point in entry_points(group=GROUP)})


def is_provider(name: str) -> bool:
    """Whether the contract or an installed adapter knows the name."""
    return name in load() or name in DOCUMENTED


def names() -> Sequence[str]:
    """Every name that `is_provider` knows, in order."""
    return sorted({*load(), *DOCUMENTED})


def credentials_model(name: str) -> type[BaseModel]:
    """What a known provider's credentials are."""
    return load()[name].credentials if name in load() else DOCUMENTED[name].credentials


def channels(name: str) -> frozenset[Channel]:
    """The types of message that the provider has, sendable here or not. Empty for an unknown name."""
    documented = DOCUMENTED[name].recipient if name in DOCUMENTED else {}
    installed = load()[name].recipient if name in load() else {}
    return frozenset(documented) | frozenset(installed)


def can_send(name: str, channel: Channel) -> bool:
    """Whether an adapter that serves the channel is installed."""
    return name in load() and channel in load()[name].recipient


def recipients(name: str, channel: Channel, arguments: JsonObject) -> list[str]:
    """Whom these arguments are for, as the provider's own field says; [] where it says nothing that is a text."""
    return _texts_at(_path(name, channel), arguments)


def everybody(name: str, channel: Channel, arguments: JsonObject) -> list[str]:
    """The recipients, and who gets a copy. [] for an unknown provider."""
    if channel not in channels(name):
        return []
    copies: Mapping[Channel, Sequence[str]] = getattr(load().get(name), "copies", {})
    paths = (_path(name, channel), *copies.get(channel, ()))
    return [text for path in paths for text in _texts_at(path, arguments)]


def addressed(name: str, channel: Channel, arguments: JsonObject, address: str) -> JsonObject:
    """The arguments with the recipient in the provider's own field. Raises KeyError when the provider has no such
    channel."""
    path = _path(name, channel)
    *outer, last = path.removesuffix(_LIST).split(".")
    whole: JsonObject = dict(arguments)
    inner = whole
    for step in outer:
        found = inner.get(step)
        child: JsonObject = dict(found) if isinstance(found, dict) else {}
        inner[step] = child
        inner = child
    inner[last] = [address] if path.endswith(_LIST) else address
    return whole


def _texts_at(path: str, arguments: JsonObject) -> list[str]:
    value: object = arguments
    for step in path.removesuffix(_LIST).split("."):
        value = value.get(step) if isinstance(value, dict) else None
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]


def _path(name: str, channel: Channel) -> str:
    if can_send(name, channel):
        return load()[name].recipient[channel]
    return DOCUMENTED[name].recipient[channel]


def check_credentials(name: str, credentials: Mapping[str, object]) -> Problem | None:
    """What is wrong with the credentials of a known provider: a key that is missing, empty, no string, malformed or
    not one of the provider's."""
    model = credentials_model(name)
    for key, value in credentials.items():
        if key in model.model_fields and (not isinstance(value, str) or not value):
            return Problem(_pointer(key), f"{key} must be a string that is not empty")
    return _problem(model, credentials)


def check_arguments(name: str, channel: Channel, arguments: JsonObject, from_contact: bool = False) -> Problem | None:
    """What is wrong with the arguments of a send that `can_send` allows. With `from_contact` the recipient comes from a
    contact and must not be among them."""
    adapter = load()[name]
    if not from_contact:
        return _problem(adapter.arguments[channel], arguments)
    if recipients(name, channel, arguments):
        where = adapter.recipient[channel].removesuffix(_LIST).split(".")
        return Problem(_pointer(*where), f"{'.'.join(where)} is taken from the contact")
    return _problem(adapter.arguments[channel], addressed(name, channel, arguments, _SAMPLE[channel]))


def check_contact(channel: Channel, address: str) -> str | None:
    """What is wrong with an address of this channel."""
    match channel:
        case "sms" | "voice":
            return None if _PHONE.fullmatch(address) else "must be a number in E.164: + and 7 to 15 digits"
        case "email":
            valid = len(address) <= 254 and len(address.partition("@")[0]) <= 64 and _EMAIL.fullmatch(address)
            return None if valid else "must be an e-mail address"
        case "push":
            return None if len(address) <= 4096 and _TOKEN.fullmatch(address) else "must be a token"


def _problem(model: type[BaseModel], given: Mapping[str, object]) -> Problem | None:
    try:
        model.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        blamed = first.get("ctx", {}).get("field")
        where = first["loc"] or ((blamed,) if blamed else ())
        return Problem(_pointer(*where), _text(first["type"], ".".join(map(str, where)) or "they", first["msg"]))
    return None


def _text(kind: str, name: str, message: str) -> str:
    match kind:
        case "missing":
            return f"{name} is required"
        case "extra_forbidden":
            return f"{name[:64]} is not known"
        case "string_pattern_mismatch":
            return f"{name} is malformed"
        case "lacks":
            return message
        case _:
            return f"{name}: {message[:1].lower()}{message[1:]}"


def _pointer(*where: str | int) -> str:
    return "".join("/" + str(part)[:64].replace("~", "~0").replace("/", "~1") for part in where)
