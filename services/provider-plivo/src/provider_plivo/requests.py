"""What is posted for a message: its own arguments, numbers without a plus, and our callback URLs."""

from dapi_common.events.shapes import JsonObject
from dapi_common.provider import speech
from dapi_common.provider.adapter import Message, Refused


def sms(message: Message) -> JsonObject:
    """A message's body."""
    receipts: JsonObject = {"url": message.hooks.receipts, "method": "POST"} if message.hooks.receipts else {}
    return {**_body(message.arguments, "src", "dst"), **receipts}


def call(message: Message) -> JsonObject | Refused:
    """A call's body; refused where its text cannot be fetched."""
    answer = _answer(message)
    if isinstance(answer, Refused):
        return answer
    url = message.hooks.receipts
    receipts: JsonObject = (
        {"ring_url": url, "ring_method": "POST", "hangup_url": url, "hangup_method": "POST"} if url else {}
    )
    native = {name: value for name, value in message.arguments.items() if name not in speech.ARGUMENTS}
    return {**_body(native, "from", "to"), **answer, **receipts}


def digits(value: object) -> str:
    """A number as Plivo wants it."""
    return str(value).removeprefix("+")


def _body(arguments: JsonObject, *numbers: str) -> JsonObject:
    given = {name: value for name, value in arguments.items() if value is not None}
    return {**given, **{name: digits(given[name]) for name in numbers if name in given}}


def _answer(message: Message) -> JsonObject | Refused:
    """Plivo takes a document by its URL only."""
    if message.arguments.get("text") is None:
        return {}
    if url := message.hooks.document(speech.document("Speak", message.arguments)):
        return {"answer_url": url, "answer_method": "GET"}
    return Refused("no-public-url", "text needs DAPI_PUBLIC_URL, the URL at which the provider fetches what is said")
