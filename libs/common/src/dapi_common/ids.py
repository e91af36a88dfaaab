"""Identifiers. Every id that is derived is a function of what caused it, so that a replay writes the same rows."""

from typing import NewType

AccountId = NewType("AccountId", str)
ListId = NewType("ListId", str)
ContactId = NewType("ContactId", str)
InvokeId = NewType("InvokeId", str)
MessageId = NewType("MessageId", str)


def invoke_message_id(invoke: InvokeId, contact: ContactId) -> MessageId:
    """The message that an invoke sends to one contact of its list."""
    return MessageId(f"{invoke}-{contact}")
