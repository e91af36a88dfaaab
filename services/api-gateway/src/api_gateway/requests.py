"""What clients may ask about messages, lists, contacts and suppressions: each body's shape, checked as far as that
needs no state, and the command that it becomes."""

import asyncio
from typing import Final

from pydantic import Field
from pydantic_core import to_json

from api_gateway import checks
from api_gateway.commands import Stamp
from api_gateway.errors import Problem, pointer
from api_gateway.shapes import DAY, Body, Order, Seconds, shaped
from dapi_common.events.commands import (
    AddContacts,
    CreateList,
    CreateMessage,
    SuppressContact,
    UpdateContact,
    UpdateList,
)
from dapi_common.events.shapes import Channel, Contact, JsonObject, OnUnknown
from dapi_common.ids import ContactId, ListId

MAX_CONTACTS: Final = 10_000
MAX_METADATA: Final = 64 * 1024
_BREATH: Final = 200
"""So many contacts are checked before other requests get their turn."""


class MessageBody(Body):
    """PUT /v1/messages."""

    type: Channel
    provider: str
    arguments: JsonObject
    ttl: Seconds = DAY
    on_unknown: OnUnknown = Field(default="fail", alias="on-unknown")


class ListBody(Body):
    """PUT /v1/lists and POST /v1/lists/{id}."""

    metadata: JsonObject = Field(default_factory=dict)


class ContactBody(Body):
    """One contact of a list."""

    type: Channel
    provider: str
    order: Order
    contact: str


class ContactsBody(Body):
    """PUT /v1/lists/{id}/contacts."""

    contacts: list[ContactBody] = Field(min_length=1, max_length=MAX_CONTACTS)


class SuppressionBody(Body):
    """PUT /v1/suppressions."""

    type: Channel
    contact: str


def message(value: JsonObject, stamp: Stamp) -> CreateMessage:
    """Raises Problem."""
    codes = {"type": "message-invalid-type", "provider": "message-invalid-provider"}
    body = shaped(MessageBody, value, "message-invalid-arguments", codes)
    checks.route(body.provider, body.type)
    checks.arguments(body.provider, body.type, body.arguments)
    return CreateMessage(
        **stamp,
        provider=body.provider,
        channel=body.type,
        arguments=body.arguments,
        ttl=body.ttl,
        on_unknown=body.on_unknown,
    )


def new_list(value: JsonObject, stamp: Stamp) -> CreateList:
    """Raises Problem."""
    return CreateList(**stamp, metadata=_metadata(value))


def list_update(value: JsonObject, stamp: Stamp, list_id: ListId) -> UpdateList:
    """Raises Problem."""
    return UpdateList(**stamp, list_id=list_id, metadata=_metadata(value))


def _metadata(value: JsonObject) -> JsonObject:
    metadata = shaped(ListBody, value, "json-invalid").metadata
    if len(to_json(metadata)) > MAX_METADATA:
        raise Problem("list-metadata-size", field=pointer("metadata"))
    return metadata


async def contacts(value: JsonObject, stamp: Stamp, list_id: ListId) -> AddContacts:
    """Raises Problem for the first bad contact."""
    body = shaped(ContactsBody, value, "list-invalid-contact")
    checked: list[Contact] = []
    for index, entry in enumerate(body.contacts):
        checked.append(_contact(entry, "contacts", index))
        if index % _BREATH == _BREATH - 1:
            await asyncio.sleep(0)
    return AddContacts(**stamp, list_id=list_id, contacts=checked)


def contact(value: JsonObject, stamp: Stamp, list_id: ListId, contact_id: ContactId) -> UpdateContact:
    """Raises Problem."""
    entry = _contact(shaped(ContactBody, value, "list-invalid-contact"))
    return UpdateContact(**stamp, list_id=list_id, contact_id=contact_id, contact=entry)


def _contact(body: ContactBody, *path: str | int) -> Contact:
    checks.contact(body.provider, body.type, body.contact, *path)
    return Contact(channel=body.type, provider=body.provider, order=body.order, address=body.contact)


def suppression(value: JsonObject, stamp: Stamp) -> SuppressContact:
    """Raises Problem."""
    body = shaped(SuppressionBody, value, "suppression-invalid")
    checks.suppressed(body.type, body.contact)
    return SuppressContact(**stamp, channel=body.type, address=body.contact)
