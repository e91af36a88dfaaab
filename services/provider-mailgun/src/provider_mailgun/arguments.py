"""What a mail is, by the names of https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages

Options are named by prefixes: `o:` how it is sent, `h:` a MIME header, `v:` a variable that comes back in events, `t:`
of a template. Where no type is given below, the prefix and the form of the value are checked."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Annotated, Final, Literal, Self

import orjson
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from dapi_common.events.shapes import JsonObject
from dapi_common.provider import fields
from dapi_common.provider.catalog import check_contact
from provider_mailgun.addresses import bare, entries

ID_VARIABLE: Final = "v:dapi_id"
REFERENCE_VARIABLE: Final = "v:dapi_ref"
MOST_RECIPIENTS: Final = 1000
LARGEST_MAIL: Final = 25_000_000
LARGEST_OPTIONS: Final = 16_000 - 256
"""Bytes of names and values together, without the two variables that are ours."""
_LONGEST_ENTRY: Final = 512
_OPTION: Final = re.compile(r"[oht]:[!-9;-~]{1,126}|v:[A-Za-z0-9_.-]{1,126}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_OURS: Final = {ID_VARIABLE, REFERENCE_VARIABLE}
_FILES: Final = {"attachment", "inline"}


def form(arguments: JsonObject) -> list[tuple[str, str]]:
    """The arguments as form fields; what Mailgun wants as JSON is a JSON text."""
    flat = {name: _json(value) if isinstance(value, dict) else value for name, value in arguments.items()}
    return fields.parameters(flat)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _malformed(text: str) -> PydanticCustomError:
    return PydanticCustomError("string_pattern_mismatch", "{text}", {"text": text})


def _split(given: object) -> object:
    """One text or several, as a list of entries that are addresses."""
    found = [entries(text) if isinstance(text, str) else [] for text in (given if isinstance(given, list) else [given])]
    everybody = [entry for group in found for entry in group]
    if not all(found) or not all(_is_address(entry) for entry in everybody):
        raise _malformed("must be e-mail addresses")
    return everybody


def _is_address(entry: str) -> bool:
    return len(entry) <= _LONGEST_ENTRY and not _CONTROL.search(entry) and not check_contact("email", bare(entry))


def _spelled(given: object) -> object:
    return str(given).lower() if isinstance(given, bool) else given


def _is_date(text: str) -> str:
    try:
        parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        raise _malformed("must be a date as in RFC 2822") from None
    return text


def _is_object(given: object) -> object:
    """A JSON object, or the text of one."""
    try:
        value = orjson.loads(given) if isinstance(given, str) else given
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise _malformed("must be a JSON object")
    return value


Addresses = Annotated[list[str], BeforeValidator(_split), Field(min_length=1, max_length=MOST_RECIPIENTS)]
Sender = Annotated[list[str], BeforeValidator(_split), Field(min_length=1, max_length=1)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=998, pattern=r"^[^\r\n]*$")]
Body = Annotated[str, StringConstraints(min_length=1)]
YesNo = Annotated[Literal["yes", "no", "true", "false"], BeforeValidator(_spelled)]
Clicks = Annotated[Literal["yes", "no", "true", "false", "htmlonly"], BeforeValidator(_spelled)]
Date = Annotated[str, AfterValidator(_is_date)]
Object = Annotated[JsonObject, BeforeValidator(_is_object)]
Tags = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=128)]],
    BeforeValidator(lambda given: [given] if isinstance(given, str) else given),
]


class Email(fields.Arguments):
    """Attachments are missing on purpose: arguments are JSON, and files are not."""

    model_config = ConfigDict(extra="allow")

    sender: Sender = Field(alias="from")
    to: Addresses
    cc: Addresses | None = None
    bcc: Addresses | None = None
    subject: Line
    text: Body | None = None
    html: Body | None = None
    amp_html: Body | None = Field(None, alias="amp-html")
    template: fields.Text | None = None
    recipient_variables: Object | None = Field(None, alias="recipient-variables")
    tag: Tags | None = Field(None, alias="o:tag")
    testmode: YesNo | None = Field(None, alias="o:testmode")
    deliverytime: Date | None = Field(None, alias="o:deliverytime")
    tracking: YesNo | None = Field(None, alias="o:tracking")
    tracking_clicks: Clicks | None = Field(None, alias="o:tracking-clicks")
    tracking_opens: YesNo | None = Field(None, alias="o:tracking-opens")
    dkim: YesNo | None = Field(None, alias="o:dkim")
    require_tls: YesNo | None = Field(None, alias="o:require-tls")
    skip_verification: YesNo | None = Field(None, alias="o:skip-verification")
    version: fields.Text | None = Field(None, alias="t:version")
    as_text: YesNo | None = Field(None, alias="t:text")
    variables: Object | None = Field(None, alias="t:variables")

    @model_validator(mode="before")
    @classmethod
    def options(cls, given: JsonObject) -> JsonObject:
        """Names are known, or options that fit; all options together are not too large."""
        known = {field.alias or name for name, field in cls.model_fields.items()}
        for name in given.keys() - known:
            _check_option(name, given[name])
        if _size({name: value for name, value in given.items() if name[1:2] == ":"}) > LARGEST_OPTIONS:
            raise fields.lacks("", "the options o:, h:, v: and t: are too large together")
        return given

    @model_validator(mode="after")
    def complete(self) -> Self:
        """Something to say, to not too many, and not too much of it."""
        bodies = (self.text, self.html, self.amp_html)
        if not (any(bodies) or self.template):
            raise fields.lacks("text", "text, html, amp-html or template is required")
        if self.html and self.template:
            raise fields.lacks("template", "either html or template, not both")
        if len(self.to) + len(self.cc or ()) + len(self.bcc or ()) > MOST_RECIPIENTS:
            raise fields.lacks("to", f"to, cc and bcc have more than {MOST_RECIPIENTS} addresses together")
        if sum(len(body.encode()) for body in bodies if body) > LARGEST_MAIL:
            raise fields.lacks("text", "the mail is larger than 25 MB")
        return self


def _check_option(name: str, value: object) -> None:
    """Raises what the model's validator raises."""
    if name in _FILES:
        raise fields.lacks(name, f"{name} is not supported: files cannot be given as JSON")
    if name in _OURS:
        raise fields.lacks(name, f"{name} is ours to set")
    if not _OPTION.fullmatch(name):
        raise fields.lacks(name, f"{name[:64]} is not known")
    if not _fits(name, value):
        raise fields.lacks(name, f"{name} is malformed")


def _fits(name: str, value: object) -> bool:
    match value:
        case None | bool() | int() | float():
            return True
        case str():
            return not _CONTROL.search(value) if name.startswith("h:") else True
        case list():
            return name.startswith("o:") and all(isinstance(item, str) for item in value)
        case dict():
            return name.startswith(("v:", "t:"))
        case _:
            return False


def _size(options: Mapping[str, object]) -> int:
    return sum(len(name.encode()) + len(value.encode()) for name, value in form(dict(options)))
