"""What may be said to Twilio. `StatusCallback` and its kind are missing on purpose: receipts are ours to receive.

https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/voice/api/call-resource"""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from dapi_common.provider import fields, speech

Verb = Literal["GET", "POST"]
LONGEST_TWIML = 4000


class Sms(fields.Arguments):
    """A message."""

    To: fields.PhoneNumber
    From: fields.Text | None = None
    MessagingServiceSid: fields.PathKey | None = None
    Body: Annotated[str, StringConstraints(min_length=1, max_length=1600)] | None = None
    MediaUrl: Annotated[fields.Urls, Field(min_length=1, max_length=10)] | None = None
    ContentSid: fields.PathKey | None = None
    ContentVariables: Annotated[str, StringConstraints(min_length=1, max_length=10_000)] | None = None
    ApplicationSid: fields.PathKey | None = None
    ValidityPeriod: Annotated[int, Field(ge=1, le=36_000)] | None = None
    SmartEncoded: bool | None = None
    ShortenUrls: bool | None = None
    RiskCheck: Literal["enable", "disable"] | None = None
    ContentRetention: Literal["retain", "discard"] | None = None
    AddressRetention: Literal["retain", "obfuscate"] | None = None
    ScheduleType: Literal["fixed"] | None = None
    SendAt: fields.Text | None = None

    @model_validator(mode="after")
    def complete(self) -> Self:
        """A sender and something to say."""
        if not (self.From or self.MessagingServiceSid):
            raise fields.lacks("From", "From or MessagingServiceSid is required")
        if not (self.Body or self.MediaUrl or self.ContentSid):
            raise fields.lacks("Body", "Body, MediaUrl or ContentSid is required")
        return self

    @model_validator(mode="after")
    def scheduled_by_a_service(self) -> Self:
        """A schedule has both of its parts, and a messaging service that keeps it."""
        if bool(self.ScheduleType) != bool(self.SendAt):
            raise fields.lacks("SendAt", "ScheduleType and SendAt go together")
        if self.SendAt and not self.MessagingServiceSid:
            raise fields.lacks("MessagingServiceSid", "SendAt needs MessagingServiceSid")
        return self


class Call(fields.Arguments):
    """A call. What is heard comes from one source: TwiML of the client's (`Url`, `Twiml`, `ApplicationSid`), or `text`,
    which is ours."""

    To: fields.PhoneNumber
    From: fields.PhoneNumber
    Url: fields.Url | None = None
    Method: Verb | None = None
    Twiml: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TWIML)] | None = None
    ApplicationSid: fields.PathKey | None = None
    FallbackUrl: fields.Url | None = None
    FallbackMethod: Verb | None = None
    Timeout: Annotated[int, Field(ge=1, le=600)] | None = None
    TimeLimit: Annotated[int, Field(ge=1, le=86_400)] | None = None
    MachineDetection: Literal["Enable", "DetectMessageEnd"] | None = None
    AsyncAmd: bool | None = None
    SendDigits: Annotated[str, StringConstraints(max_length=32, pattern=r"^[0-9#*wW]+$")] | None = None
    Record: bool | None = None
    CallerId: fields.Text | None = None
    text: speech.SpokenText | None = None
    language: speech.Language | None = None
    voice: speech.Voice | None = None

    @model_validator(mode="after")
    def one_source(self) -> Self:
        """Exactly one of the four."""
        sources = [name for name in ("Url", "Twiml", "ApplicationSid", "text") if getattr(self, name)]
        if not sources:
            raise fields.lacks("Url", "Url, Twiml, ApplicationSid or text is required")
        if len(sources) > 1:
            raise fields.lacks(sources[1], f"either {sources[0]} or {sources[1]}, not both")
        return self

    @model_validator(mode="after")
    def belonging(self) -> Self:
        """What only makes sense with something else."""
        if self.Method and not self.Url:
            raise fields.lacks("Method", "Method needs Url")
        if (self.language or self.voice) and not self.text:
            raise fields.lacks("text", "language and voice need text")
        return self
