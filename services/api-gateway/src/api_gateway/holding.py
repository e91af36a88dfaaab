"""Sends of invokes wait a moment before they are folded, so that a message and what became of it are written once.

    sends ─→ held ─┬─ something was said of it ────────────→ folded, with what was said
                   └─ nobody said anything for `seconds` ──→ folded: it is shown as pending

What is folded is kept until all before it in its partition is: a position passes nothing that is not in the store. Who
begins there folds some of it again, with the same result. While a rebuild is under way nothing is held: it compares
what was folded up to the same positions."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import inf

from api_gateway.projection import Decoded, Fact
from dapi_common import topics
from dapi_common.bus.port import Record
from dapi_common.events.deliveries import DeliveryFact
from dapi_common.events.sends import SendRequested
from dapi_common.ids import AccountId, MessageId

HOLD_SECONDS = 2.0
MOST, MOST_BYTES = 4000, 8 * 1024 * 1024
"""Sends that are not folded at a time, and what all are that cannot be passed."""
REMEMBERED = 10_000
"""Messages of which something was said lately: a send that is read after that is not held."""
Name = tuple[AccountId, MessageId]


@dataclass(slots=True)
class Waiting:
    """A record of the sends, read at `since`, with what it says, if that can be read."""

    record: Record
    fact: Fact | None
    since: float
    folded: bool = False

    def told(self) -> Iterator[Fact]:
        """What it says, which is folded now."""
        if self.fact is not None:
            yield self.fact
        self.fact, self.folded = None, True

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
    """The sends that were read and cannot be passed, each partition's in their order; and what was heard of lately."""

    def __init__(self) -> None:
        self._waiting: defaultdict[int, deque[Waiting]] = defaultdict(deque)
        self._places: dict[Name, Waiting] = {}
        """Of those that are not folded."""
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
        due = [*self._hear(facts), *self._taken_in(_sends(decoded, now))]
        too_much = len(self._places) > MOST or self._bytes > MOST_BYTES
        return [*due, *self._passed(inf if too_much else now - seconds), *facts]

    def folded(self, records: Iterable[Record]) -> Iterator[Record]:
        """Those of the records, in their order, that are not held, nor behind one that is."""
        first = {partition: queue[0].record.offset for partition, queue in self._waiting.items() if queue}
        for record in records:
            if record.topic != topics.SENDS.name or record.offset < first.get(record.partition, inf):
                yield record

    def _hear(self, facts: Iterable[Fact]) -> Iterator[Fact]:
        """The sends of which these say something."""
        for said, _ in facts:
            if isinstance(said, DeliveryFact):
                name = said.account, said.message_id
                self._heard[name] = None
                if (one := self._places.pop(name, None)) is not None:
                    yield from one.told()
        for name in list(islice(self._heard, max(0, len(self._heard) - REMEMBERED))):
            del self._heard[name]

    def _taken_in(self, sends: Iterable[Waiting]) -> Iterator[Fact]:
        """Those of them for which there is nothing to wait."""
        for one in sends:
            self._waiting[one.record.partition].append(one)
            self._bytes += one.size
            name = one.name
            if name is None or name in self._heard:
                yield from one.told()
                continue
            if (before := self._places.get(name)) is not None:  # put back untried: this one says the same
                before.fact, before.folded = None, True
            self._places[name] = one

    def _passed(self, since: float) -> Iterator[Fact]:
        """Takes out what has no other before it; what came then or earlier has waited long enough."""
        for queue in self._waiting.values():
            while queue and (queue[0].folded or queue[0].since <= since):
                one = queue.popleft()
                self._bytes -= one.size
                if (name := one.name) is not None and self._places.get(name) is one:
                    del self._places[name]
                yield from one.told()


def _sends(decoded: Decoded, now: float) -> list[Waiting]:
    """Each partition's in their order."""
    found = [Waiting(fact[1], fact, now) for fact in decoded.facts if fact[1].topic == topics.SENDS.name]
    found += [Waiting(record, None, now) for record, _ in decoded.unreadable if record.topic == topics.SENDS.name]
    return sorted(found, key=lambda one: one.record.offset)
