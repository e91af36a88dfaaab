"""What may be said to Plivo. `url`, `hangup_url`, `ring_url`, `callback_url`, `machine_detection_url` are missing on
purpose: receipts are ours to receive. One recipient a message: Plivo's `<` between numbers is refused.

https://www.plivo.com/docs/messaging/api/message/send-a-message
https://www.plivo.com/docs/voice/api/call/make-a-call"""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from dapi_common.provider import fields, gsm, speech

Verb = Literal["GET", "POST"]
Seconds = Annotated[int, Field(ge=1, le=86_400)]
Sender = Annotated[str, StringConstraints(pattern=r"^(?:\+?[0-9]{3,14}|[A-Za-z0-9]{1,11})$")]
"""A number with its country code, a short code, or a name."""
Caller = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{3,15}$")]
LONGEST_GSM: Final = 1600
LONGEST_UNICODE: Final = 737


class Sms(fields.Arguments):
    """A message."""

    src: Sender | None = None
    powerpack_uuid: fields.PathKey | None = None
    dst: fields.LoosePhoneNumber
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_GSM)] | None = None
    type: Literal["sms", "mms", "whatsapp"] | None = None
    media_urls: Annotated[list[fields.Url], Field(min_length=1, max_length=10)] | None = None
    log: Literal["true", "false", "number_only", "content_only"] | None = None
    trackable: bool | None = None
    message_expiry: Annotated[int, Field(ge=5, le=10_799)] | None = None
    dlt_entity_id: fields.Text | None = None
    dlt_template_id: fields.Text | None = None
    dlt_template_category: fields.Text | None = None

    @model_validator(mode="after")
    def one_sender(self) -> Self:
        """Either a number or a pool of them, and nobody writes to himself."""
        if not (self.src or self.powerpack_uuid):
            raise fields.lacks("src", "src or powerpack_uuid is required")
        if self.src and self.powerpack_uuid:
            raise fields.lacks("powerpack_uuid", "either src or powerpack_uuid, not both")
        if self.src and self.src.removeprefix("+") == self.dst.removeprefix("+"):
            raise fields.lacks("dst", "dst must differ from src")
        return self

    @model_validator(mode="after")
    def content(self) -> Self:
        """Something to say, as long as its alphabet allows; media in an MMS only."""
        if self.media_urls and self.type != "mms":
            raise fields.lacks("media_urls", "media_urls needs the type mms")
        if not (self.text or self.media_urls):
            raise fields.lacks("text", "text is required")
        if self.text and gsm.fits(self.text) and gsm.septets(self.text) > LONGEST_GSM:
            raise fields.lacks(
                "text", f"text must have at most {LONGEST_GSM} characters, of which €[]{{}}\\^|~ count twice"
            )
        if self.text and not gsm.fits(self.text) and gsm.units(self.text) > LONGEST_UNICODE:
            raise fields.lacks("text", f"text beyond GSM 03.38 must have at most {LONGEST_UNICODE} characters")
        return self


class Call(fields.Arguments):
    """A call. What is heard comes from the client's `answer_url`, or is `text`, which is ours."""

    sender: Caller = Field(alias="from")
    to: fields.LoosePhoneNumber
    answer_url: fields.Url | None = None
    answer_method: Verb | None = None
    fallback_url: fields.Url | None = None
    fallback_method: Verb | None = None
    caller_name: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = None
    send_digits: Annotated[str, StringConstraints(max_length=50, pattern=r"^[0-9*#wW]+$")] | None = None
    send_on_preanswer: bool | None = None
    time_limit: Seconds | None = None
    hangup_on_ring: Annotated[int, Field(ge=0, le=86_400)] | None = None
    ring_timeout: Seconds | None = None
    machine_detection: Literal["true", "hangup"] | None = None
    machine_detection_time: Annotated[int, Field(ge=2000, le=10_000)] | None = None
    sip_headers: fields.Text | None = None
    parent_call_uuid: fields.PathKey | None = None
    text: speech.SpokenText | None = None
    language: speech.Language | None = None
    voice: speech.Voice | None = None

    @model_validator(mode="after")
    def one_source(self) -> Self:
        """Exactly one of the two, and what belongs to it."""
        if not (self.answer_url or self.text):
            raise fields.lacks("answer_url", "answer_url or text is required")
        if self.answer_url and self.text:
            raise fields.lacks("text", "either answer_url or text, not both")
        if self.answer_method and not self.answer_url:
            raise fields.lacks("answer_method", "answer_method needs answer_url")
        if (self.language or self.voice) and not self.text:
            raise fields.lacks("text", "language and voice need text")
        return self
