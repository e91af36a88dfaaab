"""What a push notification is, by the names of IBM's REST API and of its server SDKs
(github.com/ibm-bluemix-mobile-services/bms-pushnotifications-serversdk-nodejs): what is said, to whom, and how each
platform shows it."""

from typing import Annotated, Literal, Self

import orjson
from pydantic import Field, StringConstraints, model_validator

from dapi_common.events.shapes import JsonObject
from dapi_common.provider import fields

LARGEST: int = 4096
"""Bytes of `message` and `settings` together."""
Platform = Literal["A", "G", "WEB_CHROME", "WEB_FIREFOX", "WEB_SAFARI", "APPEXT_CHROME"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
Names = Annotated[list[Name], Field(max_length=1000)]
Seconds = Annotated[int, Field(ge=0, le=2_419_200)]


class Message(fields.Arguments):
    """What is said."""

    alert: Annotated[str, StringConstraints(min_length=1, max_length=LARGEST)]
    url: fields.Url | None = None


class Target(fields.Arguments):
    """To whom: one kind. None at all would be everybody who has the app: refused."""

    deviceIds: Names | None = None
    userIds: Names | None = None
    tagNames: Names | None = None
    platforms: Annotated[list[Platform], Field(max_length=6)] | None = None

    @model_validator(mode="after")
    def one_kind(self) -> Self:
        """Exactly one of the four is given and not empty."""
        if sum(bool(kind) for kind in (self.deviceIds, self.userIds, self.tagNames, self.platforms)) != 1:
            raise fields.lacks("target", "target needs exactly one of deviceIds, userIds, tagNames and platforms")
        return self


class Apns(fields.Arguments):
    """iOS."""

    type: Literal["DEFAULT", "MIXED", "SILENT"] | None = None
    badge: Annotated[int, Field(ge=0)] | None = None
    sound: fields.Text | None = None
    title: fields.Text | None = None
    subtitle: fields.Text | None = None
    payload: JsonObject | None = None
    attachmentUrl: fields.Url | None = None
    interactiveCategory: fields.Text | None = None
    iosActionKey: fields.Text | None = None
    titleLocKey: fields.Text | None = None
    titleLocArgs: list[str] | None = None
    locKey: fields.Text | None = None
    locArgs: list[str] | None = None
    launchImage: fields.Text | None = None
    apnsCollapseId: fields.Text | None = None
    apnsThreadId: fields.Text | None = None
    apnsGroupSummaryArg: fields.Text | None = None
    apnsGroupSummaryArgCount: int | None = None


class Gcm(fields.Arguments):
    """Android. The key is `gcm`, whatever Google calls it by now."""

    type: Literal["DEFAULT", "SILENT"] | None = None
    priority: Literal["DEFAULT", "MIN", "LOW", "HIGH", "MAX"] | None = None
    visibility: fields.Text | None = None
    timeToLive: Seconds | None = None
    collapseKey: fields.Text | None = None
    delayWhileIdle: bool | None = None
    sync: bool | None = None
    sound: fields.Text | None = None
    icon: fields.Text | None = None
    androidTitle: fields.Text | None = None
    groupId: fields.Text | None = None
    interactiveCategory: fields.Text | None = None
    payload: JsonObject | None = None
    style: JsonObject | None = None
    lights: JsonObject | None = None


class Web(fields.Arguments):
    """Chrome and Firefox."""

    title: fields.Text | None = None
    iconUrl: fields.Url | None = None
    timeToLive: Seconds | None = None
    payload: JsonObject | None = None


class ChromeAppExt(Web):
    """Chrome's apps and extensions."""

    collapseKey: fields.Text | None = None
    delayWhileIdle: bool | None = None


class SafariWeb(fields.Arguments):
    """Safari."""

    title: fields.Text | None = None
    urlArgs: list[str] | None = None
    action: fields.Text | None = None


class Settings(fields.Arguments):
    """How each platform shows it."""

    apns: Apns | None = None
    gcm: Gcm | None = None
    chromeWeb: Web | None = None
    firefoxWeb: Web | None = None
    safariWeb: SafariWeb | None = None
    chromeAppExt: ChromeAppExt | None = None


class Push(fields.Arguments):
    """The body of a send."""

    message: Message
    target: Target
    settings: Settings | None = None

    @model_validator(mode="after")
    def small(self) -> Self:
        """As much as a notification may hold."""
        if len(orjson.dumps(self.model_dump(include={"message", "settings"}, exclude_none=True))) > LARGEST:
            raise fields.lacks("message", "message and settings are larger than 4 KB together")
        return self


def without_nulls(value: object) -> object:
    """IBM accepts no null, anywhere."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value if item is not None]
    return value
