"""Whom an invoke that is over did not reach, as the read models have it: beside the plans (contacts.py) the third thing
that the planner reads from them. The projector writes it; tested from both sides."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pydantic import TypeAdapter

from dapi_common.contacts import PLAN_CHUNK, chunk
from dapi_common.events.shapes import Channel, Offer, OnUnknown, Ordering, Pace, PlannedContact
from dapi_common.ids import AccountId, InvokeId, ListId
from dapi_common.ranges import RangeSet
from dapi_common.store.port import Document, Range, Store

INVOKES = "invokes"
"""One document an invoke, by `invoke_document`."""
MESSAGES = "messages"
"""One document a message. Its `outcome.place` is an `outcome_place`."""
_SCAN = 10_000
_OVER = ("completed", "stopped")
_OFFERS = TypeAdapter(list[Offer])
_THROUGHPUT = TypeAdapter(dict[Channel, Pace])
_CHANNELS = TypeAdapter(dict[Channel, int])


@dataclass(frozen=True, slots=True)
class Unreached:
    """The contacts at the indexes `picked` of an invoke's plan failed or were stopped, so many on each of `channels`;
    the rest is how the invoke went about it, its last throughput included."""

    list_id: ListId
    offers: list[Offer]
    throughput: dict[Channel, Pace]
    ordering: Ordering
    on_unknown: OnUnknown
    picked: RangeSet
    channels: dict[Channel, int]


_UNREACHED = TypeAdapter(Unreached)


def invoke_document(account: str, invoke: str) -> str:
    """`_id` of an invoke."""
    return f"{account}/{invoke}"


def outcome_place(account: str, status: str, n: int) -> str:
    """The indexed field of MESSAGES that sorts an account's messages of one status by their numbers."""
    return f"{account}/{status}/{n:018}"


async def unreached(store: Store, account: AccountId, invoke: InvokeId) -> Unreached | None:
    """None while the projector has not folded the end of the invoke. It must have passed every delivery of it."""
    found = (await store.get(INVOKES, [invoke_document(account, invoke)])).values()
    document = next(iter(found), None)
    if document is None or not _is_over(document):
        return None
    picked = await _picked(store, account, document)
    channels = await _channels(store, account, invoke, document, picked)
    return None if channels is None else _unreached(document, picked, channels)


async def planned(
    store: Store, account: AccountId, invoke: InvokeId, indexes: Sequence[int]
) -> list[PlannedContact] | None:
    """The contacts at these indexes (ascending) of a plan, or None while the projector has not folded all of them."""
    contacts: list[PlannedContact] = []
    for number, places in _by_chunk(indexes):
        entries = await chunk(store, account, invoke, number)
        if entries is None:
            return None
        contacts += [entries[place] for place in places]
    return contacts


def _is_over(document: Document) -> bool:
    """The last contact is `settled` when everything else that the events say of them is folded."""
    return _part(document, "stand").get("status") in _OVER and document.get("settled") == document.get("total")


async def _picked(store: Store, account: AccountId, document: Document) -> RangeSet:
    first, total, released = _int(document, "first_n"), _int(document, "total"), _released(document)
    picked = RangeSet()
    for low in range(first, first + released, _SCAN):
        high = min(low + _SCAN, first + released)
        places = Range(outcome_place(account, "failed", low - 1), outcome_place(account, "failed", high - 1))
        failed = await store.find(MESSAGES, {"outcome.place": places}, fields=("outcome",))
        for n in sorted(int(str(_part(one, "outcome")["place"]).rpartition("/")[2]) for one in failed):
            picked.add(n - first)
    picked.add_range(released, total)
    return picked


def _released(document: Document) -> int:
    """What a stopped invoke never released has no message."""
    stand = _part(document, "stand")
    return _int(stand, "released") if stand["status"] == "stopped" else _int(document, "total")


async def _channels(
    store: Store, account: AccountId, invoke: InvokeId, document: Document, picked: RangeSet
) -> dict[Channel, int] | None:
    """How many of the picked are of each channel: only a plan of several has to be read for that."""
    channels = _CHANNELS.validate_python(document["channels"])
    if len(channels) == 1:
        return dict.fromkeys(channels, picked.count)
    counts: Counter[Channel] = Counter()
    for number, places in _by_chunk([index for start, end in picked for index in range(start, end)]):
        entries = await chunk(store, account, invoke, number)
        if entries is None:
            return None
        counts.update(entries[place].channel for place in places)
    return dict(counts)


def _by_chunk(indexes: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    for number, group in groupby(indexes, lambda index: index // PLAN_CHUNK):
        yield number, [index % PLAN_CHUNK for index in group]


def _unreached(document: Document, picked: RangeSet, channels: dict[Channel, int]) -> Unreached:
    repaced = _part(document, "repaced").get("throughput", document["throughput"])
    return _UNREACHED.validate_python(
        {
            "list_id": document["list_id"],
            "offers": _OFFERS.validate_json(str(document["offers"])),
            "throughput": _THROUGHPUT.validate_json(str(repaced)),
            "ordering": document["ordering"],
            "on_unknown": document["on_unknown"],
            "picked": picked,
            "channels": channels,
        }
    )


def _part(document: Document, field: str) -> Document:
    value = document.get(field, {})
    assert isinstance(value, dict)
    return value


def _int(document: Document, field: str) -> int:
    value = document[field]
    assert isinstance(value, int)
    return value
