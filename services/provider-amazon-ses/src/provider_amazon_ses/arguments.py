"""What a message through SES looks like: the names of API v2, and those of v1's SendEmail.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html and
https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html"""

import re
from base64 import b64decode
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from dapi_common.provider import fields
from dapi_common.provider.catalog import check_contact

MOST_RECIPIENTS: Final = 50
OUR_TAGS: Final = "dapi_"
"""Names of tags that begin so are ours."""
# Names outside ASCII must be MIME encoded words, says Amazon: the address is sent as it is.
_NAMED: Final = re.compile(r'(?:"(?:[ !#-\[\]-~]|\\[ -~])*"|[ !#-+\--9;=?A-Z^-~]*?) ?<([^<>]*)>')


def _mailbox(text: str) -> str:
    """An address, or a name and `<address>`."""
    named = _NAMED.fullmatch(text)
    if check_contact("email", named[1] if named else text):
        raise fields.lacks("", "each must be an e-mail address, or a name in ASCII and <address>")
    return text


def _base64(text: str) -> str:
    try:
        b64decode(text, validate=True)
    except ValueError:
        raise fields.lacks("", "data must be base64") from None
    return text


Mailbox = Annotated[str, StringConstraints(max_length=998), AfterValidator(_mailbox)]
Base64 = Annotated[str, StringConstraints(min_length=1), AfterValidator(_base64)]
TagWord = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,256}$")]
Arn = Annotated[str, StringConstraints(max_length=2048, pattern=r"^arn:[!-~]+$")]
SetName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Words(fields.Arguments):
    """Without a Charset it is UTF-8 (Amazon would take it for ASCII)."""

    Data: str
    Charset: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,40}$")] = "UTF-8"


class Parts(fields.Arguments):
    """A text, a page, or both."""

    Text: Words | None = None
    Html: Words | None = None

    @model_validator(mode="after")
    def some(self) -> Self:
        """At least one of them."""
        if self.Text is None and self.Html is None:
            raise fields.lacks("", "Text or Html is required")
        return self


class HeaderField(fields.Arguments):
    """A MIME header of its own."""

    Name: Annotated[str, StringConstraints(pattern=r"^[!-9;-~]{1,126}$")]
    Value: Annotated[str, StringConstraints(pattern=r"^[ -~]{1,995}$")]


class Attachment(fields.Arguments):
    """A file, in base64."""

    RawContent: Base64
    FileName: fields.Text
    ContentType: Annotated[str, StringConstraints(min_length=1, max_length=78)] | None = None
    ContentDisposition: Literal["ATTACHMENT", "INLINE"] | None = None
    ContentDescription: Annotated[str, StringConstraints(max_length=1000)] | None = None
    ContentId: Annotated[str, StringConstraints(min_length=1, max_length=78)] | None = None
    ContentTransferEncoding: Literal["BASE64", "QUOTED_PRINTABLE", "SEVEN_BIT"] | None = None


class PlainMessage(fields.Arguments):
    """`Message` of v1."""

    Subject: Words
    Body: Parts


class More(fields.Arguments):
    """What v2 takes beside the content proper."""

    Headers: Annotated[list[HeaderField], Field(max_length=15)] | None = None
    Attachments: list[Attachment] | None = None


class SimpleMessage(PlainMessage, More):
    """The same in v2."""


class RawMessage(fields.Arguments):
    """A whole MIME message, in base64."""

    Data: Base64


class TemplateTexts(fields.Arguments):
    """A template that is not stored."""

    Subject: str | None = None
    Text: str | None = None
    Html: str | None = None


class TemplateMessage(More):
    """TemplateData is JSON."""

    TemplateName: fields.Text | None = None
    TemplateArn: Arn | None = None
    TemplateContent: TemplateTexts | None = None
    TemplateData: Annotated[str, StringConstraints(max_length=262_144)] | None = None


class EmailContent(fields.Arguments):
    """One of the three."""

    Simple: SimpleMessage | None = None
    Raw: RawMessage | None = None
    Template: TemplateMessage | None = None

    @model_validator(mode="after")
    def one(self) -> Self:
        """Exactly one of them."""
        if [self.Simple, self.Raw, self.Template].count(None) != 2:
            raise fields.lacks("", "exactly one of Simple, Raw and Template is required")
        return self


class Recipients(fields.Arguments):
    """`ToAddresses` is where a contact goes."""

    ToAddresses: Annotated[list[Mailbox], Field(min_length=1)]
    CcAddresses: list[Mailbox] | None = None
    BccAddresses: list[Mailbox] | None = None

    @model_validator(mode="after")
    def few(self) -> Self:
        """SES takes so many, and no more."""
        if sum(len(each or ()) for each in (self.ToAddresses, self.CcAddresses, self.BccAddresses)) > MOST_RECIPIENTS:
            raise fields.lacks("", f"at most {MOST_RECIPIENTS} recipients")
        return self


class Subscription(fields.Arguments):
    """The contact list, kept by SES, whose members may unsubscribe."""

    ContactListName: fields.Text
    TopicName: fields.Text | None = None


class Tag(fields.Arguments):
    """What events tell again."""

    Name: TagWord
    Value: TagWord

    @model_validator(mode="after")
    def foreign(self) -> Self:
        """Ours are set by us."""
        if self.Name.startswith(OUR_TAGS):
            raise fields.lacks("", f"names of tags must not begin with {OUR_TAGS}")
        return self


TagList = Annotated[list[Tag], Field(max_length=48)]
"""Ours make it the fifty that SES takes."""
