"""What is posted for a message."""

from typing import Final

from dapi_common.provider import fields, speech
from dapi_common.provider.adapter import Message, Refused
from dapi_common.provider.hooks import Hooks
from provider_twilio.arguments import LONGEST_TWIML

Form = list[tuple[str, str]]
_EVENTS: Final = ("initiated", "ringing", "answered", "completed")
"""By default a call reports its end only."""


def sms(message: Message) -> Form:
    """A message's form. Its callback URL is of ours."""
    return [*fields.parameters(message.arguments), *_receipts(message.hooks)]


def call(message: Message) -> Form | Refused:
    """A call's form; refused where its text cannot be said."""
    said = _said(message)
    if isinstance(said, Refused):
        return said
    native = {name: value for name, value in message.arguments.items() if name not in speech.ARGUMENTS}
    receipts = _receipts(message.hooks)
    events = [("StatusCallbackEvent", event) for event in _EVENTS] if receipts else []
    return [*fields.parameters(native), *said, *receipts, *events]


def _said(message: Message) -> Form | Refused:
    """TwiML for `text`: fetched from us, or within the request where Twilio cannot reach us."""
    if message.arguments.get("text") is None:
        return []
    twiml = speech.document("Say", message.arguments)
    if url := message.hooks.document(twiml):
        return [("Url", url), ("Method", "GET")]
    if len(twiml) > LONGEST_TWIML:
        return Refused(
            "no-public-url", "a text of this length needs DAPI_PUBLIC_URL, the URL at which vendors reach us"
        )
    return [("Twiml", twiml)]


def _receipts(hooks: Hooks) -> Form:
    return [("StatusCallback", hooks.receipts)] if hooks.receipts else []
