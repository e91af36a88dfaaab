"""The files under docs/ that are made from the models: `dapi schemas docs` writes them, a test compares them.

events.md is written by hand, except for what stands between `<!-- NAME -->` and `<!-- /NAME -->`."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

from dapi_common.events import asyncapi
from dapi_common.events.asyncapi import DESCRIBED, Described, JsonSchema
from dapi_common.events.envelope import Payload
from dapi_common.topics import DAY_MS, Topic

SCHEMAS = "schemas"
PAGE = "events.md"


def files(docs: Path) -> dict[Path, str]:
    """Every generated file and what it must hold. Reads the page's part that is written by hand."""
    schemas = {docs / SCHEMAS / f"{name}.json": _json(schema) for name, schema in asyncapi.schemas().items()}
    page = docs / PAGE
    return {
        **schemas,
        docs / "asyncapi.json": _json(asyncapi.document()),
        page: filled(page.read_text("utf-8"), {"topics": topics_table(), "types": types_tables()}),
    }


def write(docs: Path) -> None:
    """Brings the files up to date; schemas of topics that are gone go."""
    wanted = files(docs)
    (docs / SCHEMAS).mkdir(exist_ok=True)
    for path, text in wanted.items():
        path.write_text(text, "utf-8")
    for path in set((docs / SCHEMAS).glob("*.json")) - set(wanted):
        path.unlink()


def filled(page: str, blocks: Mapping[str, str]) -> str:
    """The page with its blocks replaced. Raises ValueError for a block without a place."""
    for name, text in blocks.items():
        place = re.search(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", page, re.DOTALL)
        if place is None:
            raise ValueError(f"the page has no place for {name}")
        page = f"{page[: place.start()]}\n{text}\n{page[place.end() :]}"
    return page


def topics_table() -> str:
    """A row a topic."""
    head = "| topic | key | kept | kind | written by | read by | what it carries |\n|---|---|---|---|---|---|---|\n"
    return head + "".join(_topic_row(described) for described in DESCRIBED)


def types_tables() -> str:
    """A table a topic that has types of its own."""
    return "\n".join(
        "".join(_types(described)) for described in DESCRIBED if described.topic.name in asyncapi.schemas()
    )


def _topic_row(described: Described) -> str:
    topic = described.topic
    cells = (topic.key, _kept(topic), described.kind, topic.writers, topic.readers, described.about)
    return f"| `{topic.name}` | {' | '.join(cells)} |\n"


def _kept(topic: Topic) -> str:
    if topic.compacted:
        return "the last of each key"
    if topic.retention_ms < 0:
        return "for ever"
    days, hours = divmod(topic.retention_ms * 24 // DAY_MS, 24)
    return (f"{days} days" if days > 1 else "1 day") if days else f"{hours} h"


def _types(described: Described) -> Iterator[str]:
    yield f"### `{described.topic.name}`\n\n"
    for shared in dict.fromkeys(filter(None, map(asyncapi.family, described.models))):
        yield f"{_whole(shared, described)}: {_fields(shared)}. {asyncapi.about(shared)}\n\n"
    yield "| type | fields | what it says |\n|---|---|---|\n"
    for model in described.models:
        yield f"| `{model.TYPE}` | {_fields(model, asyncapi.family(model) or Payload)} | {asyncapi.about(model)} |\n"


def _whole(shared: type[Payload], described: Described) -> str:
    """Which of a topic's types are of the family: their names begin alike when others are not."""
    of_it = [model for model in described.models if issubclass(model, shared)]
    if of_it == described.models:
        return "All of them"
    return "All " + " and ".join(f"`{kind}.…`" for kind in sorted({model.TYPE.partition(".")[0] for model in of_it}))


def _fields(model: type[Payload], without: type[Payload] | None = None) -> str:
    """Names; a question mark where a field may be missing."""
    known = without.model_fields if without else {}
    fields = {name: field for name, field in model.model_fields.items() if name not in known}
    return ", ".join(f"`{name}`" if field.is_required() else f"`{name}`?" for name, field in fields.items())


def _json(schema: JsonSchema) -> str:
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
