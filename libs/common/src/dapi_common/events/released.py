"""The schemas of every release, and whether today's code gets along with them, both ways.

What old code wrote must be readable (logs are kept for ever), and what new code writes must be readable by old code
(integrators, and our own processes while an upgrade is under way)."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from dapi_common.events import asyncapi, reference
from dapi_common.events.compatibility import Comparison, JsonSchema

FOLDER: Final = "released"
ALLOWED: Final = "allowed.toml"
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


class NotReleased(ValueError):
    """These schemas cannot become a release; the text says why."""


def versions(docs: Path) -> list[str]:
    """The releases, the oldest first."""
    found = [folder.name for folder in _folder(docs).glob("*") if _VERSION.fullmatch(folder.name)]
    return sorted(found, key=lambda version: tuple(map(int, version.split("."))))


def of(docs: Path, version: str) -> dict[str, Any]:
    """That release's schemas, by topic."""
    files = sorted((_folder(docs) / version).glob("*.json"))
    return {file.stem: orjson.loads(file.read_bytes()) for file in files}


def problems(docs: Path, current: Mapping[str, JsonSchema] | None = None) -> list[str]:
    """What stands between the releases and the `current` schemas (today's models'), except for what is allowed."""
    now = asyncapi.schemas() if current is None else current
    found = dict.fromkeys(problem for version in versions(docs) for problem in _between(of(docs, version), now))
    allowed = _allowed(docs)
    unused = [f"{ALLOWED} allows what is not there: {text}" for text in allowed if text not in found]
    return [text for text in found if not allowed.get(text)] + unused


def _between(released: Mapping[str, JsonSchema], current: Mapping[str, JsonSchema]) -> Iterator[str]:
    for topic, old in released.items():
        new = current.get(topic)
        if new is None:
            yield f"{topic} is gone"
            continue
        yield from (f"new code reads old {topic}: {text}" for text in Comparison(old, new, removals=False).problems())
        yield from (f"old code reads new {topic}: {text}" for text in Comparison(new, old, removals=True).problems())


def _allowed(docs: Path) -> dict[str, str]:
    """The reason for each problem that is accepted."""
    file = _folder(docs) / ALLOWED
    return dict(tomllib.loads(file.read_text("utf-8"))) if file.exists() else {}


def release(docs: Path, version: str) -> None:
    """Keeps the schemas under docs/ as those of `version`. Raises NotReleased."""
    target = _folder(docs) / version
    if not _VERSION.fullmatch(version):
        raise NotReleased(f"{version} is no version, like 1.2.3")
    if target.exists():
        raise NotReleased(f"{version} is released already")
    if found := problems(docs):
        raise NotReleased(f"{len(found)} problems with earlier releases, the first: {found[0]}")
    target.mkdir(parents=True)
    for file in (docs / reference.SCHEMAS).glob("*.json"):
        (target / file.name).write_bytes(file.read_bytes())


def _folder(docs: Path) -> Path:
    return docs / reference.SCHEMAS / FOLDER
