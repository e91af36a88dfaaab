from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from dapi_common.ids import MessageId
from dapi_common.provider import catalog
from dapi_common.provider.adapter import Accepted, LooksUp, Message
from dapi_common.provider.hooks import Hooks
from dapi_common.provider.http import NoAnswer, NotSent, Response
from dapi_common.testing.provider_cases import ScriptedHttp
from provider_mailgun.adapter import Mailgun

REFERENCE = "7-31_t0k3n"
MESSAGE = Message(
    MessageId("7-31"),
    "email",
    {"from": "a@example.org", "to": ["B <b@example.net>", "c@example.net"], "subject": "Hi", "text": "hi"},
    {"API_KEY": "k", "DOMAIN_NAME": "mg.example.org"},
    Hooks(reference=REFERENCE),
)


def event(ref: object = "m1@mg", event: str = "accepted", **variables: object) -> dict[str, Any]:
    return {"event": event, "user-variables": variables, "message": {"headers": {"message-id": ref}}}


def answer(*items: object) -> Response:
    return Response(200, {}, orjson.dumps({"items": items, "paging": {}}))


async def look(given: Response | NotSent | NoAnswer, message: Message = MESSAGE) -> list[str]:
    return [accepted.ref for accepted in await Mailgun().lookup(message, 1_767_323_045.9, ScriptedHttp(given))]


async def test_it_asks_for_the_events_of_the_first_recipient_since_then() -> None:
    http = ScriptedHttp(answer())
    adapter = catalog.load()["mailgun"]()
    assert isinstance(adapter, LooksUp)
    assert await adapter.lookup(MESSAGE, 1_767_323_045.9, http) == []
    (asked,) = http.requests
    assert (asked["method"], asked["path"], asked["basic"]) == ("GET", "/v3/mg.example.org/events", ["api", "k"])
    assert asked["query"] == {
        "begin": "1767323045",
        "ascending": "yes",
        "limit": "50",
        "recipient": "b@example.net",
    }


async def test_what_carries_our_reference_is_ours_once_and_oldest_first() -> None:
    found = await Mailgun().lookup(
        MESSAGE,
        0.0,
        ScriptedHttp(
            answer(
                event("<m1@mg>", dapi_ref=REFERENCE),
                event("m2@mg", dapi_ref="7-31_other", dapi_id="7-31"),
                event("m1@mg", "delivered", dapi_ref=REFERENCE),
                event("m3@mg", dapi_ref=REFERENCE),
            )
        ),
    )
    assert [accepted.ref for accepted in found] == ["m1@mg", "m3@mg"]
    assert found[0] == Accepted("m1@mg", event("<m1@mg>", dapi_ref=REFERENCE))


async def test_without_a_reference_on_either_side_the_id_decides() -> None:
    plain = Message(MESSAGE.id, "email", MESSAGE.arguments, MESSAGE.credentials)
    assert await look(answer(event(dapi_id="7-31"))) == ["m1@mg"]
    assert await look(answer(event(dapi_id="7-31", dapi_ref="of another attempt")), plain) == ["m1@mg"]
    assert await look(answer(event(dapi_id="7-32"))) == []


@pytest.mark.parametrize(
    "given",
    [
        NotSent("connect failed"),
        NoAnswer("timed out"),
        Response(401, {}, b"Forbidden"),
        Response(500, {}, b"{}"),
        Response(200, {}, b"<html>"),
        Response(200, {}, b'{"items":{"a":1}}'),
        answer(None, 7, [], {}, {"user-variables": "x"}),
        answer(event(None, dapi_ref=REFERENCE), event("", dapi_ref=REFERENCE)),
        answer({"user-variables": {"dapi_ref": REFERENCE}, "message": "x"}),
        answer(event("m1@mg", "rejected", dapi_ref=REFERENCE)),
        answer(event("m1@mg")),
    ],
)
async def test_what_proves_nothing_finds_nothing(given: Response | NotSent | NoAnswer) -> None:
    found: Sequence[str] = await look(given)
    assert found == []
