"""What is published about the topics is what the code does."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from dapi_common import cli, topics
from dapi_common.bus.encode import parked
from dapi_common.bus.port import Record
from dapi_common.events import asyncapi, envelope, reference
from tests.contract.events.golden import SAMPLES

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(("file", "text"), reference.files(DOCS).items(), ids=lambda part: getattr(part, "name", ""))
def test_what_is_committed_is_what_is_generated(file: Path, text: str) -> None:
    assert file.read_text("utf-8") == text, "run: dapi schemas docs"


def test_no_schema_is_left_of_a_topic_that_is_gone() -> None:
    assert set((DOCS / reference.SCHEMAS).glob("*.json")) <= set(reference.files(DOCS))


def test_every_topic_is_described() -> None:
    assert {described.topic for described in asyncapi.DESCRIBED} == set(topics.every(["{provider}"]))


def test_every_header_that_is_written_is_described() -> None:
    sample = SAMPLES[0]
    written = envelope.headers(sample.decode(sample.value), "test", "1", 0.0)
    assert [name for name, _ in written] == asyncapi.ENVELOPE["required"] == list(asyncapi.ENVELOPE["properties"])


def test_the_page_names_every_header() -> None:
    page = (DOCS / reference.PAGE).read_text("utf-8")
    headers = parked(Record("t", 0, 0, b"", b"", [], 0.0), "", "").headers
    names = [*asyncapi.ENVELOPE["required"], *(name for name, _ in headers)]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_linkleads_somewhere() -> None:
    for document in (asyncapi.document(), *asyncapi.schemas().values()):
        for link in _references(document):
            part = document
            for step in link.removeprefix("#/").split("/"):
                part = part[step]


def test_a_page_without_a_place_for_a_table_is_not_taken() -> None:
    with pytest.raises(ValueError, match="topics"):
        reference.filled("# Events\n", {"topics": "x"})


def test_writing_adds_what_is_missing_and_removes_what_is_gone(tmp_path: Path) -> None:
    page = "before\n<!-- topics -->\nold\n<!-- /topics -->\n<!-- types -->\n<!-- /types -->\nafter\n"
    (tmp_path / "events.md").write_text(page)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "dapi.gone.json").write_text("{}")
    cli.main(["schemas", str(tmp_path)])
    assert {path.read_text("utf-8") for path in reference.files(tmp_path)} == set(reference.files(tmp_path).values())
    assert not (tmp_path / "schemas" / "dapi.gone.json").exists()
    written = (tmp_path / "events.md").read_text("utf-8")
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "\nold\n" not in written
    assert orjson.loads((tmp_path / "asyncapi.json").read_bytes())["asyncapi"] == "3.0.0"


def _references(part: object) -> Iterator[str]:
    match part:
        case {"$ref": str(link)}:
            yield link
        case dict():
            for value in part.values():
                yield from _references(value)
        case list():
            for value in part:
                yield from _references(value)
