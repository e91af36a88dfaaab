from collections.abc import Sequence

import orjson
import pytest

from dapi_common.events.shapes import JsonObject
from dapi_common.ids import MessageId
from dapi_common.provider.adapter import Accepted, Message
from dapi_common.provider.http import NoAnswer, NotSent, Response
from dapi_common.testing.provider_cases import ScriptedHttp
from provider_plivo.adapter import Plivo

CREDENTIALS = {"AUTH_ID": "MA1", "AUTH_TOKEN": "t0ken"}
ARGUMENTS: JsonObject = {"src": "+14150000001", "dst": "+31612345678", "text": "Hi"}
SINCE = 1_767_323_045.6
"""2026-01-02 03:04:05.6 UTC."""


def listed(uuid: str, time: str, **changes: object) -> JsonObject:
    return {
        "message_uuid": uuid,
        "message_time": time,
        "message_direction": "outbound",
        "from_number": "14150000001",
        "to_number": "31612345678",
        "message_state": "sent",
        **changes,
    }


async def found(answer: object, arguments: JsonObject = ARGUMENTS) -> tuple[Sequence[Accepted], ScriptedHttp]:
    known = answer if isinstance(answer, Response | NotSent | NoAnswer) else Response(200, {}, orjson.dumps(answer))
    http = ScriptedHttp(known)
    message = Message(MessageId("1"), "sms", arguments, CREDENTIALS)
    return await Plivo().lookup(message, SINCE, http), http


async def test_all_that_went_between_the_numbers_since_then_may_be_it_oldest_first() -> None:
    newest_first = [
        listed("u3", "2026-01-02 03:04:09"),
        listed("u2", "2026-01-02 04:04:06+01:00"),
        listed("u1", "2026-01-02 03:04:05"),
    ]
    candidates, http = await found({"objects": newest_first})
    assert [each.ref for each in candidates] == ["u1", "u2", "u3"]
    assert candidates[0].reply == newest_first[2]
    assert http.requests == [
        {
            "base": "https://vendor.invalid",
            "method": "GET",
            "path": "/v1/Account/MA1/Message/",
            "query": {
                "to_number": "31612345678",
                "from_number": "14150000001",
                "message_time__gte": "2026-01-02 03:04:05",
                "limit": "20",
            },
            "basic": ["MA1", "t0ken"],
        }
    ]


@pytest.mark.parametrize(
    "one",
    [
        listed("u1", "2026-01-02 03:04:04"),
        listed("u1", "soon"),
        listed("u1", "2026-01-02 03:04:09", message_direction="inbound"),
        listed("u1", "2026-01-02 03:04:09", to_number="31612345679"),
        listed("u1", "2026-01-02 03:04:09", from_number="14150000002"),
        listed("", "2026-01-02 03:04:09"),
        {},
        "u1",
    ],
)
async def test_what_is_older_or_another_s_is_not_it(one: object) -> None:
    assert (await found({"objects": [one]}))[0] == []


async def test_a_number_of_a_powerpack_is_any_of_many() -> None:
    arguments: JsonObject = {"powerpack_uuid": "p-1", "dst": "+31612345678", "text": "Hi"}
    one = listed("u1", "2026-01-02 03:04:09", from_number="14150000002")
    candidates, http = await found({"objects": [one]}, arguments)
    assert [each.ref for each in candidates] == ["u1"]
    assert "from_number" not in http.requests[0]["query"]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"objects": None},
        [],
        NotSent("away"),
        NoAnswer("late"),
        Response(500, {}, b'{"objects":[]}'),
        Response(200, {}, b"<"),
    ],
)
async def test_no_answer_is_no_candidate(answer: object) -> None:
    assert (await found(answer))[0] == []


async def test_nobody_asks_about_a_call() -> None:
    http = ScriptedHttp(NotSent("nobody asks"))
    message = Message(MessageId("1"), "voice", {"from": "1", "to": "2"}, CREDENTIALS)
    assert await Plivo().lookup(message, SINCE, http) == []
    assert http.requests == []
