from dapi_common.events.shapes import JsonObject
from dapi_common.ids import MessageId
from dapi_common.provider.adapter import Message, Refused
from dapi_common.provider.documented import DOCUMENTED
from dapi_common.provider.hooks import NO_HOOKS, Hooks
from dapi_common.provider.http import Response
from dapi_common.testing.provider_cases import ScriptedHttp
from provider_plivo.adapter import Plivo

CREDENTIALS = {"AUTH_ID": "MA1", "AUTH_TOKEN": "t0ken"}
SAID: JsonObject = {"from": "+14150000001", "to": "+31612345678", "text": "<Hi>", "voice": "MAN"}


async def test_a_text_that_nobody_can_fetch_is_not_called_about() -> None:
    http = ScriptedHttp(Response(201, {}, b'{"request_uuid":"r1"}'))
    outcome = await Plivo().send(Message(MessageId("1"), "voice", SAID, CREDENTIALS, NO_HOOKS), http)
    assert isinstance(outcome, Refused)
    assert outcome.code == "no-public-url"
    assert "DAPI_PUBLIC_URL" in outcome.description
    assert http.requests == []


async def test_what_is_fetched_is_plivo_s_xml() -> None:
    served: list[str] = []

    def serve(content: str) -> str:
        served.append(content)
        return "https://hooks.example.org/d"

    http = ScriptedHttp(Response(201, {}, b'{"request_uuid":"r1"}'))
    await Plivo().send(Message(MessageId("1"), "voice", SAID, CREDENTIALS, Hooks(document=serve)), http)
    assert served == [
        '<?xml version="1.0" encoding="UTF-8"?><Response><Speak voice="MAN">&lt;Hi&gt;</Speak></Response>'
    ]
    assert http.requests[0]["json"]["answer_url"] == "https://hooks.example.org/d"


def test_the_keys_are_those_of_the_contract() -> None:
    assert Plivo.credentials is DOCUMENTED["plivo"].credentials
    assert Plivo.recipient == DOCUMENTED["plivo"].recipient
