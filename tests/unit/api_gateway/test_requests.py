"""From bodies to commands: whatever comes, it is a command or a problem with a code of the API."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_gateway import invoke_requests, requests
from api_gateway.commands import Stamp
from api_gateway.errors import CODES, Problem
from dapi_common.events.commands import (
    Command,
    PauseInvoke,
    RepaceInvoke,
    ResumeInvoke,
    RetryInvoke,
    StopInvoke,
)
from dapi_common.events.shapes import JsonObject, Limits, Pace
from dapi_common.ids import AccountId, ContactId, InvokeId, ListId

STAMP: Stamp = {"account": AccountId("alice"), "command_id": "1", "reply_to": "g", "at": 0.0}
LIMITS = Limits(mps=10, lists=1, contacts_per_list=1)
LIST = ListId("1")
OFFER: JsonObject = {"type": "sms", "provider": "nexmo", "arguments": {"from": "Dapi", "text": "Hi"}}
MESSAGE: JsonObject = {
    "type": "sms",
    "provider": "nexmo",
    "arguments": {"from": "Dapi", "to": "+31612345678", "text": "Hi"},
}
CONTACT: JsonObject = {"type": "sms", "provider": "twilio", "order": "1", "contact": "+31612345678"}
INVOKE: JsonObject = {"list_id": "1", "providers": [OFFER], "throughput": {"sms": {"mps": "10"}}}

KINDS: dict[str, tuple[Callable[[JsonObject], Command], JsonObject]] = {
    "message": (lambda body: requests.message(body, STAMP), MESSAGE),
    "list": (lambda body: requests.new_list(body, STAMP), {"metadata": {"a": 1}}),
    "list update": (lambda body: requests.list_update(body, STAMP, LIST), {}),
    "contacts": (lambda body: asyncio.run(requests.contacts(body, STAMP, LIST)), {"contacts": [CONTACT]}),
    "contact": (lambda body: requests.contact(body, STAMP, LIST, ContactId("1")), CONTACT),
    "invoke": (lambda body: invoke_requests.invoke(body, STAMP, LIMITS), INVOKE),
    "change": (lambda body: invoke_requests.change(body, STAMP, InvokeId("1"), LIMITS), {"status": "stopped"}),
    "pace": (
        lambda body: invoke_requests.change(body, STAMP, InvokeId("1"), LIMITS),
        {"throughput": {"sms": {"mps": 1}}},
    ),
    "retry": (lambda body: invoke_requests.invoke(body, STAMP, LIMITS), {"retry_of": "7"}),
}
WORDS = st.sampled_from(
    ["sms", "email", "nexmo", "twilio", "mailgun", "1", "0", "", "+31612345678", "from", "to", "mps"]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT | WORDS
NAMES = TEXT | WORDS | st.sampled_from(["type", "provider", "arguments", "metadata", "contacts", "order", "list_id"])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=10)


def mutated(body: Any, path: list[int], value: object) -> Any:
    """`body` with `value` somewhere within it, as `path` leads."""
    if not path or not isinstance(body, dict | list) or not body:
        return value
    keys = list(body) if isinstance(body, dict) else list(range(len(body)))
    key = keys[path[0] % len(keys)]
    changed = dict(enumerate(body)) if isinstance(body, list) else dict(body)
    changed[key] = mutated(body[key], path[1:], value)
    return list(changed.values()) if isinstance(body, list) else changed


def attempted(read: Callable[[JsonObject], Command], body: JsonObject) -> tuple[Problem | None, Command | None]:
    """Either end of a request."""
    try:
        return None, read(body)
    except Problem as problem:
        return problem, None


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_body_is_a_command_that_can_be_written_and_read(kind: str) -> None:
    read, body = KINDS[kind]
    command = read(body)
    assert type(command).decode(command.encode()) == command


@pytest.mark.parametrize("kind", KINDS)
@given(path=st.lists(st.integers(0, 9), min_size=1, max_size=4), value=VALUES, extra=st.dictionaries(NAMES, VALUES))
def test_a_body_with_anything_in_it_is_a_command_or_a_problem(
    kind: str, path: list[int], value: object, extra: dict[str, object]
) -> None:
    read, body = KINDS[kind]
    for changed in (mutated(body, path, value), {**body, **extra}, extra):
        if not isinstance(changed, dict):
            continue
        refused, command = attempted(read, changed)
        assert refused is None or (CODES[refused.code][0] == 400 and refused.body("id"))
        assert command is None or type(command).decode(command.encode()) == command


def test_a_description_never_quotes_a_value() -> None:
    told: JsonObject = {**MESSAGE, "arguments": {"from": "Dapi", "to": "secret-number", "text": "secret-text"}}
    with pytest.raises(Problem) as caught:
        requests.message(told, STAMP)
    assert b"secret" not in caught.value.body("id")


def test_metadata_is_measured_as_utf_8() -> None:
    room = requests.MAX_METADATA - len('{"a":""}')
    assert requests.new_list({"metadata": {"a": "x" * room}}, STAMP)
    assert requests.new_list({"metadata": {"a": "é" * (room // 2)}}, STAMP)
    with pytest.raises(Problem) as caught:
        requests.new_list({"metadata": {"a": "é" * (room // 2 + 1)}}, STAMP)
    assert caught.value.code == "list-metadata-size"


def test_a_pace_that_is_not_given_is_none() -> None:
    body: JsonObject = {**INVOKE, "throughput": {"sms": {"mpm": 600}, "voice": {"mps": 1}}}
    assert invoke_requests.invoke(body, STAMP, LIMITS).throughput == {"sms": Pace(mpm=600), "voice": Pace(mps=1)}


def test_a_change_is_a_new_status_or_another_throughput() -> None:
    kinds = {"stopped": StopInvoke, "paused": PauseInvoke, "running": ResumeInvoke}
    for status, kind in kinds.items():
        assert type(invoke_requests.change({"status": status}, STAMP, InvokeId("1"), LIMITS)) is kind
    for throughput, paces in (({"sms": {"mpm": "600"}}, {"sms": Pace(mpm=600)}), ({}, {})):
        change = invoke_requests.change({"throughput": throughput}, STAMP, InvokeId("1"), LIMITS)
        assert isinstance(change, RepaceInvoke)
        assert change.throughput == paces


def test_a_retry_names_only_what_was_given() -> None:
    plain = invoke_requests.invoke({"retry_of": 7}, STAMP, LIMITS)
    assert plain == RetryInvoke(**STAMP, retry_of=InvokeId("7"), ttl=86_400)
    given = {"providers": [OFFER], "throughput": {}, "ordering": "first-attempt", "on-unknown": "fail", "ttl": 60}
    other = invoke_requests.invoke({"retry_of": "7", **given}, STAMP, LIMITS)
    assert isinstance(other, RetryInvoke)
    assert other.offers == invoke_requests.invoke(INVOKE, STAMP, LIMITS).offers
    assert (other.throughput, other.ordering) == ({}, "first-attempt")
    assert (other.on_unknown, other.ttl) == ("fail", 60)
