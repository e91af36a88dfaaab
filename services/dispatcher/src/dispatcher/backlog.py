"""Sends that wait: in the order in which they came, or in the order in which they may be tried again.

All but the first sends of a long backlog are packed (some 60 bytes a message instead of 3,000), so that one account
with a million due fits in memory and nobody's controls have to wait unread behind it."""

from __future__ import annotations

import zlib
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import inf
from typing import NamedTuple, Protocol

from dapi_common.events.sends import SendRequested

HEAD = 512
"""How many sends of a backlog are kept ready; a block of packed ones holds as many."""


@dataclass(slots=True)
class Queued:
    """A send and where it was read."""

    offset: int
    request: SendRequested


class Waiting(Protocol):
    """Sends of one lane."""

    def __len__(self) -> int: ...

    @property
    def head(self) -> Queued:
        """The next to go. There must be one."""
        ...

    @property
    def deadline(self) -> float:
        """The earliest deadline, or before it (inf: nothing waits)."""
        ...

    def append(self, queued: Queued, raw: bytes) -> None:
        """`raw` is the request as it was read."""
        ...

    def popleft(self) -> Queued:
        """Takes the head."""
        ...

    def take_expired(self, now: float) -> Sequence[Queued]:
        """Takes all those whose deadline has passed, wherever they stand."""
        ...

    def drain(self) -> Iterator[Queued]:
        """Takes one after the other, the head first."""
        ...


class _Drained:
    """What both kinds share."""

    def drain(self: Waiting) -> Iterator[Queued]:
        while len(self):
            yield self.popleft()


@dataclass(slots=True)
class _Block:
    """Packed sends."""

    offsets: array[int]
    sizes: array[int]
    data: bytes
    deadline: float


_Raw = tuple[int, float, bytes]


def _pack(raws: Sequence[_Raw]) -> _Block:
    return _Block(
        array("q", [offset for offset, _, _ in raws]),
        array("L", [len(raw) for _, _, raw in raws]),
        zlib.compress(b"".join([raw for _, _, raw in raws]), 1),
        min(deadline for _, deadline, _ in raws),
    )


def _unpack(block: _Block) -> Iterator[tuple[bytes, Queued]]:
    data, at = zlib.decompress(block.data), 0
    for offset, size in zip(block.offsets, block.sizes, strict=True):
        raw = data[at : at + size]
        yield raw, Queued(offset, SendRequested.decode(raw))
        at += size


class Fifo(_Drained):
    """First come, first served."""

    __slots__ = ("_blocks", "_count", "_head", "_tail", "_tail_deadline")

    def __init__(self) -> None:
        self._head: deque[Queued] = deque()
        self._blocks: deque[_Block] = deque()
        self._tail: list[_Raw] = []
        self._tail_deadline = inf
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def head(self) -> Queued:
        return self._head[0]

    @property
    def deadline(self) -> float:
        ready = min((queued.request.deadline for queued in self._head), default=inf)
        return min(ready, self._tail_deadline, min((block.deadline for block in self._blocks), default=inf))

    def append(self, queued: Queued, raw: bytes) -> None:
        self._count += 1
        if len(self._head) < HEAD and not self._tail and not self._blocks:
            self._head.append(queued)
            return
        self._tail.append((queued.offset, queued.request.deadline, raw))
        self._tail_deadline = min(self._tail_deadline, queued.request.deadline)
        if len(self._tail) >= HEAD:
            self._close_block()

    def popleft(self) -> Queued:
        queued = self._head.popleft()
        self._count -= 1
        if not self._head:
            self._refill()
        return queued

    def take_expired(self, now: float) -> Sequence[Queued]:
        kept, expired = _split(self._head, now)
        self._head = deque(kept)
        if self._tail and self._tail_deadline <= now:
            self._close_block()
        blocks, self._blocks = self._blocks, deque()
        for block in blocks:
            expired += self._sift(block, now)
        self._count -= len(expired)
        if not self._head:
            self._refill()
        return expired

    def _sift(self, block: _Block, now: float) -> list[Queued]:
        """Puts back what has not expired of a block."""
        if block.deadline > now:
            self._blocks.append(block)
            return []
        sends = list(_unpack(block))
        kept = [(q.offset, q.request.deadline, raw) for raw, q in sends if q.request.deadline > now]
        if kept:
            self._blocks.append(_pack(kept))
        return [queued for _, queued in sends if queued.request.deadline <= now]

    def _close_block(self) -> None:
        self._blocks.append(_pack(self._tail))
        self._tail, self._tail_deadline = [], inf

    def _refill(self) -> None:
        if self._tail and not self._blocks:
            self._close_block()
        if self._blocks:
            self._head.extend(queued for _, queued in _unpack(self._blocks.popleft()))


class _Again(NamedTuple):
    """One that comes again, as it was read. `held`: it was put back untried."""

    at: float
    offset: int
    deadline: float
    held: bool
    raw: bytes

    def queued(self) -> Queued:
        request = SendRequested.decode(self.raw)
        early = request.not_before > self.at
        return Queued(self.offset, request.model_copy(update={"not_before": self.at}) if early else request)


class Retries(_Drained):
    """The one that may be tried again first goes first. All but that one are kept as they were read: a provider that is
    down for hours makes a million of them."""

    __slots__ = ("_head", "_heap")

    def __init__(self) -> None:
        self._heap: list[_Again] = []
        self._head: Queued | None = None

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def head(self) -> Queued:
        if self._head is None:
            self._head = self._heap[0].queued()
        return self._head

    @property
    def deadline(self) -> float:
        return min((again.deadline for again in self._heap), default=inf)

    def append(self, queued: Queued, raw: bytes) -> None:
        request = queued.request
        heappush(self._heap, _Again(request.not_before, queued.offset, request.deadline, request.held, raw))
        if self._heap[0].offset == queued.offset:
            self._head = queued

    def popleft(self) -> Queued:
        queued, self._head = self.head, None
        heappop(self._heap)
        return queued

    def take_expired(self, now: float) -> Sequence[Queued]:
        expired = [again.queued() for again in self._heap if again.deadline <= now]
        self._heap = [again for again in self._heap if again.deadline > now]
        heapify(self._heap)
        self._head = None
        return expired

    def hurry(self) -> bool:
        """Those that were put back untried may go at once. Whether there are any."""
        if not any(again.held for again in self._heap):
            return False
        self._heap = [again._replace(at=0.0) if again.held else again for again in self._heap]
        heapify(self._heap)
        self._head = None
        return True


def _split(sends: Sequence[Queued], now: float) -> tuple[list[Queued], list[Queued]]:
    """(still in time, expired)"""
    kept = [queued for queued in sends if queued.request.deadline > now]
    expired = [queued for queued in sends if queued.request.deadline <= now]
    return kept, expired
