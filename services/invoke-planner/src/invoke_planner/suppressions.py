"""Whom accounts send nothing to. Folds events; `suppressing` decides them.

An entry is a digest of the channel and the address: no address stands in the changelog, and a million of an account's
fit into memory, however long they are."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from dapi_common.events.inbound import ContactSuppressed, SuppressionLifted
from dapi_common.events.shapes import Channel
from dapi_common.ids import SuppressionId, number_of
from dapi_common.spelling import spelled
from invoke_planner.account import Event, State

_ENTRY, _SEQUENCE = "suppressed", "suppressions"
KINDS: Final = frozenset({_ENTRY, _SEQUENCE})


class Entry(State):
    """One contact. `asked`: the account itself named it, so that only the account lifts it."""

    number: int
    asked: bool = False


class Sequence(State):
    """The number that the account's next suppression gets."""

    next: int


@dataclass(slots=True)
class _Listed:
    """One account's, both ways."""

    next: int = 1
    numbers: dict[bytes, int] = field(default_factory=dict)
    digests: dict[int, bytes] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)

    def add(self, digest: bytes, entry: Entry) -> None:
        self.numbers[digest] = entry.number
        self.digests[entry.number] = digest
        if entry.asked:
            self.asked.add(entry.number)


class Suppressions:
    """By account. State keys: `suppressed/<account>/<digest>`, and `suppressions/<account>` for the next number."""

    def __init__(self) -> None:
        self._of: dict[str, _Listed] = {}
        self._changes: dict[str, bytes | None] = {}

    def restore(self, key: str, value: bytes) -> None:
        """One entry of the changelog, in any order."""
        kind, account, *digest = key.split("/")
        listed = self._of.setdefault(account, _Listed())
        if kind == _SEQUENCE:
            listed.next = Sequence.model_validate_json(value).next
        else:
            listed.add(bytes.fromhex(digest[0]), Entry.model_validate_json(value))

    def next(self, account: str) -> int:
        """The number that the account's next suppression gets."""
        return self._of[account].next if account in self._of else 1

    def find(self, account: str, channel: Channel, address: str) -> SuppressionId | None:
        """The suppression of an address, which is in its one spelling."""
        if (listed := self._of.get(account)) is None:
            return None
        number = listed.numbers.get(_digest(channel, address))
        return SuppressionId(str(number)) if number else None

    def has(self, account: str, suppression: SuppressionId) -> bool:
        """Whether there is one with this id, not lifted."""
        return account in self._of and number_of(suppression) in self._of[account].digests

    def is_asked_for(self, account: str, suppression: SuppressionId) -> bool:
        """Whether the account itself asked for this one."""
        return number_of(suppression) in self._of[account].asked

    def any_of(self, account: str, channel: Channel, recipients: Iterable[str]) -> bool:
        """Whether nothing may be sent to one of them, as a message's arguments name them."""
        if not (listed := self._of.get(account)) or not listed.numbers:
            return False
        addresses = (address for text in recipients for address in spelled(channel, text))
        return any(_digest(channel, address) in listed.numbers for address in addresses)

    def fold(self, event: Event) -> None:
        """Takes an event in, whatever it is about."""
        match event:
            case ContactSuppressed():
                self._add(event)
            case SuppressionLifted():
                self._remove(event)

    def _add(self, event: ContactSuppressed) -> None:
        digest = _digest(event.channel, event.address)
        entry = Entry(number=int(event.suppression_id), asked=event.reason == "asked")
        listed = self._of.setdefault(event.account, _Listed())
        listed.add(digest, entry)
        listed.next = entry.number + 1
        self._changes[_key(event.account, digest)] = entry.model_dump_json(exclude_defaults=True).encode()
        self._changes[f"{_SEQUENCE}/{event.account}"] = Sequence(next=listed.next).model_dump_json().encode()

    def _remove(self, event: SuppressionLifted) -> None:
        number, listed = int(event.suppression_id), self._of[event.account]
        digest = listed.digests.pop(number)
        del listed.numbers[digest]
        listed.asked.discard(number)
        self._changes[_key(event.account, digest)] = None

    def changes(self) -> dict[str, bytes | None]:
        """What changed since the last call, as changelog entries."""
        changes, self._changes = self._changes, {}
        return changes


def _digest(channel: Channel, address: str) -> bytes:
    return blake2b(f"{channel}/{address}".encode(), digest_size=16).digest()


def _key(account: str, digest: bytes) -> str:
    return f"{_ENTRY}/{account}/{digest.hex()}"
