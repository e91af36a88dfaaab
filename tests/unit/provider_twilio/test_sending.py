import pytest

from dapi_common.events.shapes import JsonObject
from dapi_common.ids import MessageId
from dapi_common.provider.adapter import Accepted, Message, Refused
from dapi_common.provider.documented import DOCUMENTED
from dapi_common.provider.hooks import NO_HOOKS, Hooks
from dapi_common.provider.http import Response
from dapi_common.testing.provider_cases import ScriptedHttp
from provider_twilio.adapter import Twilio

CREDENTIALS = {"ACCOUNT_SID": "AC1", "AUTH_TOKEN": "t0ken"}
PARTIES: JsonObject = {"From": "+15005550006", "To": "+31612345678"}


@pytest.mark.parametrize(
    ("keys", "host"),
    [
        ({}, "api.twilio.com"),
        ({"EDGE": "dublin", "REGION": "ie1"}, "api.dublin.ie1.twilio.com"),
        ({"EDGE": "singapore", "REGION": "us1"}, "api.singapore.us1.twilio.com"),
        ({"EDGE": "dublin"}, "api.dublin.us1.twilio.com"),
        ({"REGION": "us1"}, "api.us1.twilio.com"),
        ({"REGION": "ie1"}, "api.dublin.ie1.twilio.com"),
        ({"REGION": "au1"}, "api.sydney.au1.twilio.com"),
        ({"REGION": "xx9"}, "api.xx9.twilio.com"),
    ],
)
def test_edge_and_region_choose_the_host(keys: dict[str, str], host: str) -> None:
    assert Twilio.url({**CREDENTIALS, **keys}) == f"https://{host}"


async def test_a_text_that_is_too_long_for_the_request_needs_a_public_url() -> None:
    arguments: JsonObject = {**PARTIES, "text": "&" * 1000}
    http = ScriptedHttp(Response(201, {}, b'{"sid":"CA1","status":"queued"}'))
    outcome = await Twilio().send(Message(MessageId("1"), "voice", arguments, CREDENTIALS, NO_HOOKS), http)
    assert isinstance(outcome, Refused)
    assert outcome.code == "no-public-url"
    assert "DAPI_PUBLIC_URL" in outcome.description
    assert http.requests == []
    hooks = Hooks(document=lambda content: "https://hooks.example.org/d")
    assert await Twilio().send(Message(MessageId("1"), "voice", arguments, CREDENTIALS, hooks), http) == Accepted(
        "CA1", {"sid": "CA1", "status": "queued"}
    )


async def test_what_is_fetched_is_twiml() -> None:
    served: list[str] = []

    def serve(content: str) -> str:
        served.append(content)
        return "https://hooks.example.org/d"

    http = ScriptedHttp(Response(201, {}, b'{"sid":"CA1","status":"queued"}'))
    arguments: JsonObject = {**PARTIES, "text": "<Hi>", "language": "en-GB"}
    await Twilio().send(Message(MessageId("1"), "voice", arguments, CREDENTIALS, Hooks(document=serve)), http)
    assert served == [
        '<?xml version="1.0" encoding="UTF-8"?><Response><Say language="en-GB">&lt;Hi&gt;</Say></Response>'
    ]


def test_the_keys_are_those_of_the_contract() -> None:
    assert Twilio.credentials is DOCUMENTED["twilio"].credentials
    assert Twilio.recipient == DOCUMENTED["twilio"].recipient
