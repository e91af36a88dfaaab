"""Identifiers. Every id that is derived is a function of what caused it, so that a replay writes the same rows."""

from typing import NewType

AccountId = NewType("AccountId", str)
ListId = NewType("ListId", str)
ContactId = NewType("ContactId", str)
InvokeId = NewType("InvokeId", str)
MessageId = NewType("MessageId", str)
SuppressionId = NewType("SuppressionId", str)


def invoke_message_id(invoke: InvokeId, contact: ContactId) -> MessageId:
    """The message that an invoke sends to one contact of its list."""
    return MessageId(f"{invoke}-{contact}")


def number_of(sequence_id: str) -> int:
    """The number that an id of a sequence ("1", "2", …) stands for; -1 for what no sequence gives."""
    plain = sequence_id.isascii() and sequence_id.isdigit() and len(sequence_id) <= 18 and sequence_id[0] != "0"
    return int(sequence_id) if plain else -1
