"""What was released stays readable, and what is written now can be read by what was released."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from shutil import copytree
from typing import Any

import orjson
import pytest

from dapi_common import cli
from dapi_common.events import asyncapi, reference, released
from tests.contract.events.golden import SAMPLES

DOCS = Path(__file__).parents[3] / "docs"
EVENTS = "dapi.events"
Change = Callable[[Any], object]
CURRENT = asyncapi.schemas()


def test_every_release_and_todays_code_can_read_each_other() -> None:
    assert released.versions(DOCS)
    assert released.problems(DOCS) == []


def test_a_release_has_a_schema_of_every_topic_and_type_that_there_was() -> None:
    first = released.of(DOCS, "0.1.0")
    kinds = {name for schema in first.values() for name in schema["$defs"]}
    assert EVENTS in first
    assert {"message.accepted", "send.requested", "delivery.accepted"} <= kinds <= kinds | {s.type for s in SAMPLES}


def _skipped(schema: Any) -> Any:
    return schema["$defs"]["message.accepted"]["properties"]


def _kind(schema: Any) -> Any:
    return schema["$defs"]["account.credits-moved"]["properties"]["kind"]


CHANGES: dict[str, tuple[Change, list[str]]] = {
    "a new field that may be missing": (
        lambda s: s["$defs"]["list.created"]["properties"].update(more={"type": "string", "default": ""}),
        [],
    ),
    "a new type": (
        lambda s: (s["anyOf"].append({"$ref": "#/$defs/list.shared"}), s["$defs"].update({"list.shared": {}})),
        [],
    ),
    "a new field that is needed": (
        lambda s: (
            s["$defs"]["list.created"]["properties"].update(more={"type": "string"}),
            s["$defs"]["list.created"]["required"].append("more"),
        ),
        ["new code reads old dapi.events: list.created.more may be missing, and readers need it"],
    ),
    "a field that is gone": (
        lambda s: (
            s["$defs"]["list.created"]["properties"].pop("metadata"),
            s["$defs"]["list.created"]["required"].remove("metadata"),
        ),
        [
            "old code reads new dapi.events: list.created.metadata is gone",
            "old code reads new dapi.events: list.created.metadata may be missing, and readers need it",
        ],
    ),
    "a field that need not be written any more": (
        lambda s: s["$defs"]["list.created"]["required"].remove("metadata"),
        ["old code reads new dapi.events: list.created.metadata may be missing, and readers need it"],
    ),
    "another type of a field": (
        lambda s: s["$defs"]["list.created"]["properties"].update(at={"type": "string"}),
        [
            "new code reads old dapi.events: list.created.at is number, and readers want string",
            "old code reads new dapi.events: list.created.at is string, and readers want number",
        ],
    ),
    "a narrower type of a field": (
        lambda s: s["$defs"]["list.created"]["properties"].update(at={"type": "integer"}),
        ["new code reads old dapi.events: list.created.at is number, and readers want integer"],
    ),
    "a value more": (
        lambda s: _kind(s)["enum"].append("expired"),
        ["old code reads new dapi.events: account.credits-moved.kind: 'expired' is new, and readers refuse it"],
    ),
    "a value less": (
        lambda s: _kind(s)["enum"].remove("refunded"),
        ["new code reads old dapi.events: account.credits-moved.kind: 'refunded' is new, and readers refuse it"],
    ),
    "a ceiling that fell": (
        lambda s: s["$defs"]["Limits"]["properties"]["mps"].update(maximum=10),
        [
            "new code reads old dapi.events: account.limits-changed.limits.mps: maximum is None, and readers want 10",
            "new code reads old dapi.events: account.opened.limits.mps: maximum is None, and readers want 10",
        ],
    ),
    "a floor that fell": (
        lambda s: s["$defs"]["Limits"]["properties"]["mps"].update(minimum=0),
        [
            "old code reads new dapi.events: account.limits-changed.limits.mps: minimum is 0, and readers want 1",
            "old code reads new dapi.events: account.opened.limits.mps: minimum is 0, and readers want 1",
        ],
    ),
    "keys of a map": (
        lambda s: s["$defs"]["account.opened"]["properties"]["fees"]["propertyNames"]["enum"].append("fax"),
        ["old code reads new dapi.events: account.opened.fees (its keys): 'fax' is new, and readers refuse it"],
    ),
    "values of a map": (
        lambda s: s["$defs"]["account.opened"]["properties"]["fees"].update(additionalProperties={"type": "number"}),
        [
            "new code reads old dapi.events: account.opened.fees.* is string, and readers want number",
            "old code reads new dapi.events: account.opened.fees.* is number, and readers want string",
        ],
    ),
    "a default that means something else": (
        lambda s: s["$defs"]["inbound.recorded"]["properties"]["text"].update(default="?"),
        ["old code reads new dapi.events: inbound.recorded.text means '?' when it is missing, and meant ''"],
    ),
    "null, where there was none": (
        lambda s: s["$defs"]["list.created"]["properties"].update(at={"anyOf": [{"type": "number"}, {"type": "null"}]}),
        ["old code reads new dapi.events: list.created.at is null, and readers want number"],
    ),
    "a type that is gone": (
        lambda s: s["anyOf"].remove({"$ref": "#/$defs/list.updated"}),
        ["old code reads new dapi.events: list.updated is gone"],
    ),
    "a keyword that nobody knows": (
        lambda s: s["$defs"]["list.created"]["properties"]["list_id"].update(pattern="^[0-9]+$"),
        [
            "new code reads old dapi.events: list.created.list_id: pattern is not the same",
            "old code reads new dapi.events: list.created.list_id: pattern is not the same",
        ],
    ),
}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """With one release: today's schemas."""
    (tmp_path / reference.SCHEMAS).mkdir()
    for topic, schema in CURRENT.items():
        (tmp_path / reference.SCHEMAS / f"{topic}.json").write_bytes(orjson.dumps(schema))
    released.release(tmp_path, "1.0.0")
    return tmp_path


@pytest.mark.parametrize(("change", "said"), CHANGES.values(), ids=CHANGES)
def test_what_would_break_somebody_is_named(docs: Path, change: Change, said: list[str]) -> None:
    now = deepcopy(CURRENT)
    change(now[EVENTS])
    assert now != released.of(docs, "1.0.0")
    assert sorted(set(released.problems(docs, now))) == sorted(said)


def test_a_topic_that_is_gone_is_named(docs: Path) -> None:
    now = {topic: schema for topic, schema in CURRENT.items() if topic != EVENTS}
    assert released.problems(docs, now) == ["dapi.events is gone"]


def test_what_is_allowed_needs_a_reason_and_must_be_there(docs: Path) -> None:
    now = deepcopy(CURRENT)
    _kind(now[EVENTS])["enum"].append("expired")
    [problem] = released.problems(docs, now)
    allowed = docs / reference.SCHEMAS / released.FOLDER / released.ALLOWED
    allowed.write_text(f'"{problem}" = ""\n')
    assert released.problems(docs, now) == [problem]
    allowed.write_text(f'"{problem}" = "nobody reads it"\n')
    assert released.problems(docs, now) == []
    assert released.problems(docs, CURRENT) == [f"allowed.toml allows what is not there: {problem}"]


def test_a_release_is_kept_once_and_not_when_it_breaks_an_earlier_one(docs: Path) -> None:
    folder = docs / reference.SCHEMAS / released.FOLDER
    copytree(folder / "1.0.0", folder / "1.10.0")
    copytree(folder / "1.0.0", folder / "1.9.0")
    assert released.versions(docs) == ["1.0.0", "1.9.0", "1.10.0"]
    for version, reason in (("1.0.0", "1.0.0 is released already"), ("../2", "../2 is no version, like 1.2.3")):
        with pytest.raises(released.NotReleased, match=reason):
            released.release(docs, version)
    old = released.of(docs, "1.9.0")[EVENTS]
    old["$defs"]["list.created"]["properties"]["more"] = {"type": "string"}
    (folder / "1.9.0" / f"{EVENTS}.json").write_bytes(orjson.dumps(old))
    with pytest.raises(released.NotReleased, match=r"1 problems .* dapi\.events: list\.created\.more is gone"):
        released.release(docs, "2.0.0")
    assert not (folder / "2.0.0").exists()


def test_the_command_keeps_a_release_and_says_in_a_line_why_it_does_not(tmp_path: Path) -> None:
    (tmp_path / reference.PAGE).write_text("<!-- topics -->\n<!-- /topics -->\n<!-- types -->\n<!-- /types -->\n")
    cli.main(["schemas", str(tmp_path), "--release", "1.0.0"])
    assert released.of(tmp_path, "1.0.0") == CURRENT
    with pytest.raises(SystemExit) as refused:
        cli.main(["schemas", str(tmp_path), "--release", "1.0.0"])
    assert refused.value.code == "dapi: 1.0.0 is released already"
