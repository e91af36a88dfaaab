"""What people sent back, each once: vendors pass the same on again until they are answered."""

from typing import Final

from dapi_common.events.inbound import InboundReceived, InboundRecorded
from invoke_planner.account import Event, State

KEPT_SECONDS: Final = 8 * 24 * 3600
"""Longer than any vendor goes on repeating itself."""
_ENTRY, _SEQUENCE = "inbound", "inbox"
KINDS: Final = frozenset({_ENTRY, _SEQUENCE})


class Seen(State):
    """When it came."""

    at: float


class Sequence(State):
    """The number that the next one of the account gets."""

    next: int


class Inbox:
    """By account. State keys: `inbound/<account>/<id>` for what came lately, oldest first, and `inbox/<account>` for
    the next number."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._next: dict[str, int] = {}
        self._changes: dict[str, bytes | None] = {}

    def restore(self, key: str, value: bytes) -> None:
        """One entry of the changelog. After the last one comes `resume`."""
        kind, account, *_ = key.split("/", 2)
        if kind == _SEQUENCE:
            self._next[account] = Sequence.model_validate_json(value).next
        else:
            self._seen[key] = Seen.model_validate_json(value).at

    def resume(self) -> None:
        """All is restored."""
        self._seen = dict(sorted(self._seen.items(), key=lambda item: item[1]))

    def next(self, account: str) -> int:
        """The number that the next one of the account gets."""
        return self._next.get(account, 1)

    def recorded(self, received: InboundReceived) -> InboundRecorded | None:
        """What the log gets of it; None when the log has it."""
        if _key(received) in self._seen:
            return None
        fields = {name: getattr(received, name) for name in InboundRecorded.model_fields if name != "n"}
        return InboundRecorded(n=self.next(received.account), **fields)

    def fold(self, event: Event) -> None:
        """Takes an event in, whatever it is about."""
        if not isinstance(event, InboundRecorded):
            return
        self._seen[_key(event)] = event.at
        self._next[event.account] = event.n + 1
        self._changes[_key(event)] = Seen(at=event.at).model_dump_json().encode()
        self._changes[f"{_SEQUENCE}/{event.account}"] = Sequence(next=event.n + 1).model_dump_json().encode()

    def changes(self, now: float) -> dict[str, bytes | None]:
        """What changed since the last call, as changelog entries; what is too old is forgotten."""
        while self._seen:
            key, at = next(iter(self._seen.items()))
            if at > now - KEPT_SECONDS:
                break
            del self._seen[key]
            self._changes[key] = None
        changes, self._changes = self._changes, {}
        return changes


def _key(about: InboundReceived | InboundRecorded) -> str:
    return f"{_ENTRY}/{about.account}/{about.inbound_id}"
