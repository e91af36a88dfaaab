"""Facts about lists and contacts. Contacts of one addition have consecutive ids from `first_id`."""

from typing import ClassVar

from dapi_common.events.envelope import Payload
from dapi_common.events.shapes import Contact, JsonObject
from dapi_common.ids import ContactId, ListId


class ListCreated(Payload):
    """An empty list exists."""

    TYPE: ClassVar[str] = "list.created"
    list_id: ListId
    metadata: JsonObject
    at: float


class ListUpdated(Payload):
    """The list's metadata was replaced."""

    TYPE: ClassVar[str] = "list.updated"
    list_id: ListId
    metadata: JsonObject
    at: float


class ListDeleted(Payload):
    """The list and its contacts are gone; running invokes keep their own plan."""

    TYPE: ClassVar[str] = "list.deleted"
    list_id: ListId
    at: float


class ContactsAdded(Payload):
    """All of them were added, with the ids first_id, first_id + 1, …"""

    TYPE: ClassVar[str] = "list.contacts-added"
    list_id: ListId
    first_id: int
    contacts: list[Contact]
    at: float


class ContactUpdated(Payload):
    """The contact was replaced; its id stays."""

    TYPE: ClassVar[str] = "list.contact-updated"
    list_id: ListId
    contact_id: ContactId
    contact: Contact
    at: float


class ContactRemoved(Payload):
    """The contact is gone; its id is never given again."""

    TYPE: ClassVar[str] = "list.contact-removed"
    list_id: ListId
    contact_id: ContactId
    at: float
