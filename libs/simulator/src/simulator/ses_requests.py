"""The body of SendEmail, as SES v2 reads it: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html

Names that it does not know are passed over."""

import base64
import binascii
from email import message_from_bytes
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from simulator.mailboxes import addresses

MOST_RECIPIENTS = 50
LARGEST_MESSAGE = 40 * 1024**2


def _mailbox(text: str) -> str:
    if len(addresses(text)) != 1:
        raise ValueError("Illegal address")
    return text


def _mime(text: str) -> str:
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error as problem:
        raise ValueError("Data is not base64") from problem
    if not message_from_bytes(content).keys():
        raise ValueError("Data is no message")
    return text


Mailbox = Annotated[str, AfterValidator(_mailbox)]
Mime = Annotated[str, AfterValidator(_mime)]
TagWord = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,256}$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Words(_Shape):
    Data: str
    Charset: str = "UTF-8"


class Parts(_Shape):
    """A text, a page, or both."""

    Text: Words | None = None
    Html: Words | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if self.Text is None and self.Html is None:
            raise ValueError("Body is empty")
        return self


class Header(_Shape):
    Name: str = Field(min_length=1, max_length=126)
    Value: str = Field(min_length=1, max_length=870)


class SimpleMail(_Shape):
    Subject: Words
    Body: Parts
    Headers: list[Header] = Field(default=[], max_length=15)


class RawMail(_Shape):
    Data: Mime

    @property
    def sender(self) -> str:
        return str(message_from_bytes(base64.b64decode(self.Data)).get("From", ""))


class TemplateMail(_Shape):
    TemplateName: str | None = Field(default=None, min_length=1)
    TemplateArn: str | None = None
    TemplateData: str = "{}"


class Mail(_Shape):
    """One of the three."""

    Simple: SimpleMail | None = None
    Raw: RawMail | None = None
    Template: TemplateMail | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if [self.Simple, self.Raw, self.Template].count(None) != 2:
            raise ValueError("Content must be one of Simple, Raw and Template")
        return self


class Recipients(_Shape):
    ToAddresses: list[Mailbox] = []
    CcAddresses: list[Mailbox] = []
    BccAddresses: list[Mailbox] = []

    @property
    def everybody(self) -> tuple[str, ...]:
        """Bare addresses."""
        return addresses(", ".join(self.ToAddresses + self.CcAddresses + self.BccAddresses))

    @model_validator(mode="after")
    def _are_few(self) -> Self:
        if not 1 <= len(self.everybody) <= MOST_RECIPIENTS:
            raise ValueError("Recipient count must be from 1 to 50")
        return self


class Tag(_Shape):
    Name: TagWord
    Value: TagWord


class Email(_Shape):
    FromEmailAddress: Mailbox | None = None
    Destination: Recipients
    Content: Mail
    ReplyToAddresses: list[Mailbox] = []
    ConfigurationSetName: str = ""
    EmailTags: list[Tag] = Field(default=[], max_length=50)

    @property
    def sender(self) -> str:
        """A raw mail may say it itself."""
        raw = self.Content.Raw
        return self.FromEmailAddress or (raw.sender if raw else "")

    @model_validator(mode="after")
    def _has_a_sender(self) -> Self:
        if len(addresses(self.sender)) != 1:
            raise ValueError("FromEmailAddress is missing")
        return self
