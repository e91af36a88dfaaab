from collections.abc import Sequence

import orjson
import pytest

from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.ids import MessageId
from dapi_common.provider.adapter import Accepted, Message
from dapi_common.provider.http import NoAnswer, NotSent, Response
from dapi_common.testing.provider_cases import ScriptedHttp
from provider_twilio.adapter import Twilio

CREDENTIALS = {"ACCOUNT_SID": "AC1", "AUTH_TOKEN": "t0ken"}
PARTIES: JsonObject = {"From": "+15005550006", "To": "+31612345678"}
SMS: JsonObject = {**PARTIES, "Body": "Hi"}
CALL: JsonObject = {**PARTIES, "Url": "https://example.org/twiml"}
SINCE = 1_767_323_045.6
"""2026-01-02 03:04:05.6 UTC."""


def listed(sid: str, second: int, **changes: object) -> JsonObject:
    created = f"Fri, 02 Jan 2026 03:04:{second:02} +0000"
    common = {"sid": sid, "direction": "outbound-api", "date_created": created, "status": "sent"}
    return {**common, "body": "Hi", "num_media": "0", **changes}


async def found(
    answer: object, arguments: JsonObject = SMS, channel: Channel = "sms"
) -> tuple[Sequence[Accepted], ScriptedHttp]:
    known = answer if isinstance(answer, Response | NotSent | NoAnswer) else Response(200, {}, orjson.dumps(answer))
    http = ScriptedHttp(known)
    message = Message(MessageId("1"), channel, arguments, CREDENTIALS)
    return await Twilio().lookup(message, SINCE, http), http


async def test_messages_with_the_same_text_since_then_may_be_it_oldest_first() -> None:
    newest_first = [listed("SM3", 9), listed("SM2", 5), listed("SM1", 5), listed("SM0", 4)]
    candidates, http = await found({"messages": newest_first})
    assert [each.ref for each in candidates] == ["SM1", "SM2", "SM3"]
    assert candidates[0].reply == newest_first[2]
    assert http.requests == [
        {
            "base": "https://vendor.invalid",
            "method": "GET",
            "path": "/2010-04-01/Accounts/AC1/Messages.json",
            "query": {"To": "+31612345678", "From": "+15005550006", "DateSent>": "2026-01-02", "PageSize": "50"},
            "basic": ["AC1", "t0ken"],
        }
    ]


@pytest.mark.parametrize(
    "one",
    [
        listed("SM1", 4),
        listed("SM1", 9, body="Hi!"),
        listed("SM1", 9, num_media="1"),
        listed("SM1", 9, direction="inbound"),
        listed("SM1", 9, direction=None),
        listed("SM1", 9, date_created=None),
        listed("", 9),
        {**listed("SM1", 9), "sid": 7},
        {},
        "SM1",
    ],
)
async def test_what_is_older_or_another_s_is_not_it(one: object) -> None:
    assert (await found({"messages": [one]}))[0] == []


async def test_a_messaging_service_sends_from_any_of_its_numbers() -> None:
    arguments: JsonObject = {"MessagingServiceSid": "MG1", "To": "+31612345678", "Body": "Hi"}
    of_another, own = listed("SM2", 9, messaging_service_sid="MG2"), listed("SM1", 9, messaging_service_sid="MG1")
    candidates, http = await found({"messages": [of_another, own]}, arguments)
    assert [each.ref for each in candidates] == ["SM1"]
    assert "From" not in http.requests[0]["query"]


@pytest.mark.parametrize("media", ["https://example.org/1", ["https://example.org/1"]])
async def test_media_are_counted(media: object) -> None:
    candidates, _ = await found(
        {"messages": [listed("MM2", 9), listed("MM1", 9, num_media="1")]}, SMS | {"MediaUrl": media}
    )
    assert [each.ref for each in candidates] == ["MM1"]


@pytest.mark.parametrize("changes", [{"Body": None}, {"ContentSid": "HX1"}, {"ShortenUrls": True}])
async def test_a_text_that_twilio_makes_itself_cannot_be_compared(changes: JsonObject) -> None:
    candidates, http = await found({"messages": [listed("SM1", 9)]}, SMS | changes)
    assert candidates == []
    assert http.requests == []


async def test_calls_between_the_numbers_since_then_may_be_it() -> None:
    newest_first = [listed("CA2", 9), listed("CA1", 5), listed("CA0", 4), listed("CA9", 9, direction="inbound")]
    candidates, http = await found({"calls": newest_first}, CALL, "voice")
    assert [each.ref for each in candidates] == ["CA1", "CA2"]
    assert http.requests[0]["path"] == "/2010-04-01/Accounts/AC1/Calls.json"
    assert http.requests[0]["query"] == {"To": "+31612345678", "From": "+15005550006", "PageSize": "50"}


@pytest.mark.parametrize(
    "answer",
    [{}, {"messages": None}, [], NotSent("away"), NoAnswer("late"), Response(500, {}, b"{}"), Response(200, {}, b"<")],
)
async def test_no_answer_is_no_candidate(answer: object) -> None:
    assert (await found(answer))[0] == []
