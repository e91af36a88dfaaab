"""E-mail as SES's API v2 wants it, made of arguments in the names of v2 or v1."""

from collections.abc import Mapping
from typing import Final, Self

from pydantic import model_validator

from dapi_common.events.shapes import JsonObject
from dapi_common.provider import fields
from dapi_common.provider.adapter import Message
from provider_amazon_ses.arguments import (
    Arn,
    EmailContent,
    Mailbox,
    PlainMessage,
    Recipients,
    SetName,
    Subscription,
    TagList,
)

_V2: Final = {
    "Source": "FromEmailAddress",
    "SourceArn": "FromEmailAddressIdentityArn",
    "ReturnPath": "FeedbackForwardingEmailAddress",
    "ReturnPathArn": "FeedbackForwardingEmailAddressIdentityArn",
    "Message": "Content",
    "Tags": "EmailTags",
}
"""v1's names in v2."""


class Email(fields.Arguments):
    """Each in one of its two names. A Raw message may say itself whom it is from."""

    Destination: Recipients
    FromEmailAddress: Mailbox | None = None
    Source: Mailbox | None = None
    FromEmailAddressIdentityArn: Arn | None = None
    SourceArn: Arn | None = None
    FeedbackForwardingEmailAddress: Mailbox | None = None
    ReturnPath: Mailbox | None = None
    FeedbackForwardingEmailAddressIdentityArn: Arn | None = None
    ReturnPathArn: Arn | None = None
    Content: EmailContent | None = None
    Message: PlainMessage | None = None
    EmailTags: TagList | None = None
    Tags: TagList | None = None
    ReplyToAddresses: list[Mailbox] | None = None
    ConfigurationSetName: SetName | None = None
    ListManagementOptions: Subscription | None = None
    TenantName: fields.Text | None = None

    @model_validator(mode="after")
    def complete(self) -> Self:
        """A sender, a content, and no two names for one thing."""
        for old, new in _V2.items():
            if getattr(self, old) is not None and getattr(self, new) is not None:
                raise fields.lacks(old, f"either {new} or {old}, not both")
        if self.Content is None and self.Message is None:
            raise fields.lacks("Content", "Content or Message is required")
        is_raw = self.Content is not None and self.Content.Raw is not None
        if not (is_raw or self.FromEmailAddress or self.Source):
            raise fields.lacks("FromEmailAddress", "FromEmailAddress or Source is required")
        return self


def body_of(message: Message) -> JsonObject:
    """The body of SendEmail. The message's id and reference travel as tags, which events tell again."""
    given = Email.model_validate(message.arguments).model_dump(exclude_none=True)
    if "Message" in given:
        given["Message"] = {"Simple": given["Message"]}
    body = {_V2.get(name, name): value for name, value in given.items()}
    body["EmailTags"] = [*_our_tags(message), *body.get("EmailTags", [])]
    configured = message.credentials.get("CONFIGURATION_SET")
    return {"ConfigurationSetName": configured, **body} if configured else body


def _our_tags(message: Message) -> list[Mapping[str, str]]:
    tags = {"dapi_id": message.id, "dapi_ref": message.hooks.reference}
    return [{"Name": name, "Value": value} for name, value in tags.items() if value]
