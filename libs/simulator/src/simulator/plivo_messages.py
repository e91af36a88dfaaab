"""The messages Plivo took, and what its look-ups say of them.

https://www.plivo.com/docs/messaging/api/message/list-all-messages
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from simulator import gsm

MOST_LISTED = 20
FINAL = frozenset({"delivered", "undelivered", "failed", "rejected", "read"})
RATE = 0.005
_BOUNDS = ("message_time", "message_time__gte", "message_time__gt", "message_time__lte", "message_time__lt")


@dataclass(slots=True)
class Message:
    """One recipient's. `state` and `code` change as its events come: a message that nothing has been said of is
    `sent`."""

    uuid: str
    account: str
    to: str
    sender: str
    units: int
    kind: str
    at: float
    state: str = "sent"
    code: str = ""

    def note(self, state: str, code: str) -> None:
        """What has become of it, unless that is settled already."""
        if self.state not in FINAL:
            self.state, self.code = state, code

    @property
    def amount(self) -> str:
        return f"{self.units * RATE:.5f}"


def units_of(text: str) -> int:
    return gsm.parts(text, unicode=not gsm.fits_gsm(text))


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def resource(message: Message) -> dict[str, object]:
    at = stamp(message.at) + "+00:00"
    return {
        "message_uuid": message.uuid,
        "message_state": message.state,
        "message_direction": "outbound",
        "message_type": message.kind,
        "message_time": at,
        "message_sent_time": at,
        "message_updated_time": at,
        "from_number": message.sender,
        "to_number": message.to,
        "units": message.units,
        "total_rate": f"{RATE:.5f}",
        "total_amount": message.amount,
        "error_code": message.code or "000",
        "error_message": None,
        "powerpack_id": None,
        "requester_ip": "127.0.0.1",
        "resource_uri": f"/v1/Account/{message.account}/Message/{message.uuid}/",
    }


class Messages:
    def __init__(self) -> None:
        self._by_uuid: dict[str, Message] = {}
        self._by_to: dict[str, list[Message]] = {}

    def add(self, message: Message) -> None:
        self._by_uuid[message.uuid] = message
        self._by_to.setdefault(message.to, []).append(message)

    def find(self, account: str, uuid: str) -> Message | None:
        message = self._by_uuid.get(uuid)
        return message if message and message.account == account else None

    def page(self, account: str, query: Mapping[str, str]) -> dict[str, object]:
        """Newest first; ValueError for a bad number or time."""
        limit, offset = int(query.get("limit", MOST_LISTED)), int(query.get("offset", 0))
        if not 1 <= limit <= MOST_LISTED or offset < 0:
            raise ValueError("a page has 1 to 20 messages")
        found = list(islice(self._matching(account, query), offset, offset + limit))
        meta = {"limit": limit, "offset": offset, "next": None, "previous": None, "total_count": offset + len(found)}
        return {"meta": meta, "objects": [resource(message) for message in found]}

    def _matching(self, account: str, query: Mapping[str, str]) -> Iterator[Message]:
        bounds = {name.rpartition("_")[2]: _time(query[name]) for name in _BOUNDS if name in query}
        to = query.get("to_number")
        candidates = self._by_uuid.values() if to is None else self._by_to.get(to, [])
        for message in reversed(candidates):
            if message.account == account and _fits(message, query) and _is_within(message.at, bounds):
                yield message


def _fits(message: Message, query: Mapping[str, str]) -> bool:
    known = {
        "from_number": message.sender,
        "message_state": message.state,
        "message_type": message.kind,
        "message_direction": "outbound",
        "error_code": message.code or "000",
    }
    return all(query.get(name, value) == value for name, value in known.items())


def _is_within(at: float, bounds: Mapping[str, float]) -> bool:
    """`message_time` alone is a moment: whatever was in its second."""
    return (
        bounds.get("gte", at) <= at <= bounds.get("lte", at)
        and bounds.get("gt", at - 1) < at < bounds.get("lt", at + 1)
        and bounds.get("time", at) <= at < bounds.get("time", at) + 1
    )


def _time(text: str) -> float:
    """YYYY-MM-DD HH:MM[:SS[.ffffff]], UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
