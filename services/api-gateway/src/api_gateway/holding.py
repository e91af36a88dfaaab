"""Sends of invokes wait a moment before they are folded, so that a message and what became of it are written once.

    sends ─→ held ─┬─ something was said of it, or of a later one of its partition ─→ folded, with what was said
                   └─ nobody said anything for `seconds` ──────────────────────────→ folded: it is shown as pending

A partition's sends are folded in their order, whatever they wait for: what its position has passed is in the store,
and what it has not is not."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import inf

from api_gateway.projection import Decoded, Fact
from dapi_common import topics
from dapi_common.bus.port import Record
from dapi_common.events.deliveries import DeliveryFact
from dapi_common.events.sends import SendRequested
from dapi_common.ids import AccountId, MessageId

HOLD_SECONDS = 1.0
MOST, MOST_BYTES = 2000, 4 * 1024 * 1024
"""Records that are held at a time, and what they are in all."""
REMEMBERED = 10_000
"""Messages of which something was said lately: a send that is read after that is not held."""
Name = tuple[AccountId, MessageId]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record of the sends, read at `since`, with what it says, if that can be read."""

    record: Record
    fact: Fact | None
    since: float

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.record.value or b"")

    @property
    def name(self) -> Name | None:
        """The message that is to be sent."""
        said = self.fact[0] if self.fact else None
        return (said.account, said.message_id) if isinstance(said, SendRequested) else None


class Held:
    """The sends that were read and are not folded, each partition's in their order; and what was heard of lately."""

    def __init__(self) -> None:
        self._waiting: defaultdict[int, deque[Waiting]] = defaultdict(deque)
        self._places: dict[Name, tuple[int, int]] = {}
        """Of those that wait: partition and offset."""
        self._heard: dict[Name, None] = {}
        self._bytes = 0

    @property
    def records(self) -> list[Record]:
        """What has to be read again if nobody folds it."""
        return [one.record for queue in self._waiting.values() for one in queue]

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return any(self._waiting.values())

    def sifted(self, decoded: Decoded, now: float, seconds: float) -> list[Fact]:
        """The facts to be folded now. What is kept is kept for `seconds` at the longest; `now` is monotonic."""
        facts = [fact for fact in decoded.facts if fact[1].topic != topics.SENDS.name]
        last = self._hear(facts)
        for one in _sends(decoded, now):
            self._waiting[one.record.partition].append(one)
            self._bytes += one.size
            if (name := one.name) in self._heard:
                last[one.record.partition] = one.record.offset
            elif name is not None:
                self._places[name] = one.record.partition, one.record.offset
        too_much = sum(map(len, self._waiting.values())) > MOST or self._bytes > MOST_BYTES
        due = self._due(last, inf if too_much else now - seconds)
        return [*(one.fact for one in due if one.fact), *facts]

    def folded(self, records: Iterable[Record]) -> Iterator[Record]:
        """Those of the records, in their order, that are not held, nor behind one that is."""
        first = {partition: queue[0].record.offset for partition, queue in self._waiting.items() if queue}
        for record in records:
            if record.topic != topics.SENDS.name or record.offset < first.get(record.partition, inf):
                yield record

    def _hear(self, facts: Iterable[Fact]) -> dict[int, int]:
        """The last offset of each partition of whose sends these say something."""
        last: dict[int, int] = {}
        for said, _ in facts:
            if isinstance(said, DeliveryFact):
                name = said.account, said.message_id
                self._heard[name] = None
                if place := self._places.get(name):
                    last[place[0]] = max(place[1], last.get(place[0], -1))
        for name in list(islice(self._heard, max(0, len(self._heard) - REMEMBERED))):
            del self._heard[name]
        return last

    def _due(self, last: Mapping[int, int], since: float) -> Iterator[Waiting]:
        """Takes out each partition's sends up to this offset, and those that came then or earlier."""
        for partition, queue in self._waiting.items():
            upto = last.get(partition, -1)
            while queue and (queue[0].record.offset <= upto or queue[0].since <= since):
                one = queue.popleft()
                self._bytes -= one.size
                if (name := one.name) is not None:
                    self._places.pop(name, None)
                yield one


def _sends(decoded: Decoded, now: float) -> list[Waiting]:
    """Each partition's in their order."""
    found = [Waiting(fact[1], fact, now) for fact in decoded.facts if fact[1].topic == topics.SENDS.name]
    found += [Waiting(record, None, now) for record, _ in decoded.unreadable if record.topic == topics.SENDS.name]
    return sorted(found, key=lambda one: one.record.offset)
