"""What a push through SNS looks like, and the form that Publish wants.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlencode

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from dapi_common.events.shapes import JsonObject
from dapi_common.provider import fields

LARGEST: Final = 262_144
"""Bytes of a message, its attributes included."""
_PLATFORMS: Final = "GCM|APNS|APNS_SANDBOX|APNS_VOIP|APNS_VOIP_SANDBOX|MACOS|MACOS_SANDBOX|ADM|BAIDU|WNS|MPNS"
_ENDPOINT: Final = (
    r"arn:aws(?:-cn|-us-gov)?:sns:([a-z0-9-]+):[0-9]{12}"
    rf":endpoint/(?:{_PLATFORMS})/[A-Za-z0-9_.-]{{1,256}}/[0-9a-fA-F-]{{36}}"
)


def _base64(text: str) -> str:
    try:
        b64decode(text, validate=True)
    except ValueError:
        raise fields.lacks("", "BinaryValue must be base64") from None
    return text


Endpoint = Annotated[str, StringConstraints(max_length=512, pattern=rf"^{_ENDPOINT}$")]
AttributeName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,256}$")]
Value = Annotated[str, StringConstraints(min_length=1)]


class Attribute(fields.Arguments):
    """A value, of the one kind or the other."""

    DataType: Annotated[str, StringConstraints(pattern=r"^(?:String|Number|Binary)(?:\.[A-Za-z0-9_.-]{1,249})?$")]
    StringValue: Value | None = None
    BinaryValue: Annotated[Value, AfterValidator(_base64)] | None = None

    @model_validator(mode="after")
    def one(self) -> Self:
        """A Binary has a BinaryValue, anything else a StringValue."""
        is_binary = self.DataType.startswith("Binary")
        if (self.BinaryValue is None) is is_binary or (self.StringValue is None) is not is_binary:
            raise fields.lacks("", "BinaryValue is for the DataType Binary, StringValue for all others")
        return self

    def size(self) -> int:
        """In bytes, as SNS counts."""
        value = b64decode(self.BinaryValue) if self.BinaryValue else (self.StringValue or "").encode()
        return len(self.DataType) + len(value)


class Push(fields.Arguments):
    """To one endpoint: topics and phones are not offered. With MessageStructure `json`, Message is a JSON object in a
    text: `default`, and for a platform (`GCM`, `APNS`, …) its own payload, as JSON in a text again."""

    TargetArn: Endpoint
    Message: Value
    MessageStructure: Literal["json"] | None = None
    Subject: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,99}$")] | None = None
    MessageAttributes: Annotated[dict[AttributeName, Attribute], Field(max_length=100)] | None = None

    @model_validator(mode="after")
    def fitting(self) -> Self:
        """What SNS would otherwise refuse after it was accepted here."""
        sizes = (len(name) + value.size() for name, value in (self.MessageAttributes or {}).items())
        if len(self.Message.encode()) + sum(sizes) > LARGEST:
            raise fields.lacks("Message", f"Message with its attributes must not exceed {LARGEST} bytes")
        if self.MessageStructure and not _has_default(self.Message):
            raise fields.lacks("Message", "Message must be a JSON object in a text, with a text as default")
        return self


def body_of(arguments: JsonObject) -> bytes:
    """The form of Publish."""
    push = Push.model_validate(arguments)
    parameters = push.model_dump(exclude={"MessageAttributes"}, exclude_none=True)
    form = {"Action": "Publish", "Version": "2010-03-31", **parameters, **dict(_entries(push))}
    return urlencode(form).encode()


def region_of(target: object) -> str | None:
    """The region of an endpoint; None for what is none (a contact may be any token)."""
    found = re.fullmatch(_ENDPOINT, str(target))
    return found[1] if found else None


def _entries(push: Push) -> Iterator[tuple[str, str]]:
    """A map, as Amazon's query protocol writes it."""
    for number, (name, attribute) in enumerate((push.MessageAttributes or {}).items(), start=1):
        entry = f"MessageAttributes.entry.{number}"
        yield f"{entry}.Name", name
        for key, value in attribute.model_dump(exclude_none=True).items():
            yield f"{entry}.Value.{key}", value


def _has_default(text: str) -> bool:
    """SNS refuses a name that comes twice."""
    try:
        value = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and isinstance(value.get("default"), str)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found
