"""The CloudEvents 1.0 envelope of a record, in Kafka headers (binary content mode), and the registry of types.

The value is JSON; `ce_type` names the model that reads it. Once released, a type's name never changes, and its shape
only grows by fields that have a default; a default is for ever, because it is not written (docs/events.md)."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from dapi_common.clock import rfc3339
from dapi_common.ids import AccountId


class Undecodable(ValueError):
    """A record that no model can read: it belongs to the parking topic. Says which type, never the content."""


class Payload(BaseModel):
    """A record's value: frozen, tolerant of fields it does not know (a newer writer), closed in its types."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    account: AccountId

    def encode(self) -> bytes:
        """The JSON bytes that `decode` reads back."""
        return self.__pydantic_serializer__.to_json(self, exclude_defaults=True)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Raises Undecodable."""
        try:
            return cls.model_validate_json(value)
        except ValidationError as error:
            where = ", ".join(_place(item["loc"]) for item in error.errors(include_input=False)[:3])
            raise Undecodable(f"{cls.TYPE}: {error.error_count()} invalid at {where or 'the root'}") from None


def _place(location: tuple[int | str, ...]) -> str:
    """A field of the payload, and places within lists: deeper names may be keys, which are content."""
    return ".".join(str(part) for depth, part in enumerate(location) if depth == 0 or isinstance(part, int))


class Registry:
    """The types of one topic, by their wire names."""

    def __init__(self, *types: type[Payload]) -> None:
        self._types: Mapping[str, type[Payload]] = {model.TYPE: model for model in types}

    def names(self) -> tuple[str, ...]:
        """The wire names, in order of declaration."""
        return tuple(self._types)

    def model(self, name: str) -> type[Payload]:
        """Raises Undecodable for an unknown name."""
        if name not in self._types:
            raise Undecodable("unknown type")
        return self._types[name]

    def decode(self, headers: Sequence[tuple[str, bytes]], value: bytes | None) -> Any:
        """The payload that the envelope names. Raises Undecodable."""
        name = b""
        for key, data in headers:
            if key == "ce_type":
                name = data
                break
        if value is None:
            raise Undecodable("no value")
        return self.model(name.decode("utf-8", "replace")).decode(value)


def headers(payload: Payload, source: str, event_id: str, at: float) -> list[tuple[str, bytes]]:
    """The envelope of `payload`: `event_id` is unique within `source`, `at` in seconds since the epoch."""
    return [_VERSION, ("ce_id", event_id.encode()), *_common(payload.TYPE, source, at)]


_VERSION = ("ce_specversion", b"1.0")


@lru_cache(maxsize=64)
def _common(kind: str, source: str, at: float) -> tuple[tuple[str, bytes], ...]:
    """What a transaction's records of one type have in common."""
    return (
        ("ce_type", kind.encode()),
        ("ce_source", source.encode()),
        ("ce_time", rfc3339(at).encode()),
        ("content-type", b"application/json"),
    )
