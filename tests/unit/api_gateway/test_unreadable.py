"""What a gateway's tables cannot read is parked, whatever the log does meanwhile."""

import asyncio
from dataclasses import replace

import pytest

from api_gateway import unreadable
from api_gateway.unreadable import Unreadable
from dapi_common.bus.port import Record
from dapi_common.events.envelope import Undecodable

GOOD, BAD = (Record("dapi.accounts", 0, n, b"alice", value, (), 0.0) for n, value in enumerate((b"good", b"bad")))


class Parking:
    """Is away for the first `away` tries; refuses the first record after that where it is `strict`."""

    def __init__(self, away: int = 0, *, strict: bool = False) -> None:
        self.away, self.strict = away, strict
        self.parked: list[tuple[Record, str]] = []

    async def park(self, record: Record, reason: str, timeout: float) -> None:
        if self.away:
            self.away -= 1
            raise TimeoutError
        if self.strict:
            self.strict = False
            raise ValueError("too large")
        self.parked.append((record, reason))


def read(record: Record) -> None:
    if record.value == b"bad":
        raise Undecodable("no JSON")


async def parked_by(parking: Parking, *records: Record) -> list[tuple[Record, str]]:
    table = Unreadable(parking)
    apply = table.caught(read)
    for record in records:
        apply(record)
    parks = asyncio.create_task(table.park())
    async with asyncio.timeout(5):
        while not parking.parked:
            await asyncio.sleep(0.001)
    await asyncio.sleep(0)
    parks.cancel()
    return parking.parked


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unreadable, "_AGAIN_SECONDS", 0.001)


async def test_what_raises_is_parked_with_its_reason_and_nothing_else_is() -> None:
    assert await parked_by(Parking(), BAD, GOOD) == [(BAD, "no JSON")]


async def test_it_waits_for_the_log() -> None:
    assert await parked_by(Parking(away=3), BAD) == [(BAD, "no JSON")]


async def test_a_record_that_the_log_does_not_take_holds_up_no_other_one() -> None:
    assert await parked_by(Parking(strict=True), replace(BAD, offset=7), BAD) == [(BAD, "no JSON")]


async def test_a_reader_that_can_read_nothing_fills_neither_memory_nor_parking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unreadable, "MOST", 2)
    assert len(await parked_by(Parking(), *[BAD] * 5)) <= 2
