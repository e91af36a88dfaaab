import pytest

from dapi_common.ids import MessageId
from dapi_common.provider.adapter import Message
from dapi_common.provider.hooks import Hooks
from dapi_common.provider.http import NotSent
from dapi_common.testing.provider_cases import ScriptedHttp
from provider_nexmo.adapter import Nexmo

ID = MessageId("12345678901234567890-12345678901234567890123")


async def sent(hooks: Hooks) -> dict[str, str]:
    """The form of a send with these hooks."""
    http = ScriptedHttp(NotSent("connect failed"))
    arguments: dict[str, object] = {"from": "Dapi", "to": "+31612345678", "text": "hi"}
    await Nexmo().send(Message(ID, "sms", arguments, {"API_KEY": "k", "API_SECRET": "s"}, hooks), http)
    return {name: str(value) for name, value in http.requests[0]["fields"].items()}


@pytest.mark.parametrize("length", [1, 100])
async def test_receipts_come_to_the_message_s_own_url_where_vonage_takes_one_of_that_length(length: int) -> None:
    form = await sent(Hooks("u" * length, "r" * 40))
    assert form["callback"] == "u" * length
    assert form["client-ref"] == ID[:40]


@pytest.mark.parametrize("receipts", ["", "u" * 101])
async def test_else_the_reference_names_the_message_at_the_account_s_url(receipts: str) -> None:
    form = await sent(Hooks(receipts, "r" * 40))
    assert "callback" not in form
    assert form["client-ref"] == "r" * 40


@pytest.mark.parametrize("reference", ["", "r" * 41])
async def test_and_where_that_is_too_long_the_id_does(reference: str) -> None:
    form = await sent(Hooks("", reference))
    assert form["client-ref"] == ID[:40]
