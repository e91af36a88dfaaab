"""The golden samples: records as they were once written. A file that was released is never changed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from dapi_common.events.asyncapi import DESCRIBED
from dapi_common.events.envelope import Payload, Registry

FOLDER = Path(__file__).parent / "samples"
REGISTRIES: dict[str, Registry] = {described.topic.name: described.types for described in DESCRIBED if described.types}
MODELS = {model.TYPE: model for described in DESCRIBED for model in described.models}
_NAME = re.compile(r"(?P<type>[a-z.-]+)\.v(?P<version>[1-9][0-9]*)\.json")


@dataclass(frozen=True, slots=True)
class Sample:
    """A record of `type`, with every field that its version had, none of them at its default. `missing` is what the
    fields mean that may be left out."""

    type: str
    version: int
    topic: str
    key: str
    headers: dict[str, str]
    value: dict[str, object]
    missing: dict[str, object]

    def __str__(self) -> str:
        return f"{self.type} v{self.version}"

    def decode(self, value: object) -> Payload:
        """`value` in this record's envelope. Raises Undecodable."""
        return self.decode_bytes(orjson.dumps(value))

    def decode_bytes(self, value: bytes) -> Payload:
        """The same of bytes."""
        headers: Sequence[tuple[str, bytes]] = [(name, text.encode()) for name, text in self.headers.items()]
        payload: Payload = REGISTRIES[self.topic].decode(headers, value)
        return payload


def read(folder: Path) -> Iterator[Sample]:
    """Raises ValueError for a file whose name is not <type>.v<version>.json."""
    for file in sorted(folder.iterdir()):
        name = _NAME.fullmatch(file.name)
        if name is None:
            raise ValueError(f"{file.name} is no sample's name")
        content = orjson.loads(file.read_bytes())
        yield Sample(name["type"], int(name["version"]), **{"missing": {}, **content})


SAMPLES = tuple(read(FOLDER))
