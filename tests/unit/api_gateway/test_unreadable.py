"""What a gateway's tables cannot read is parked, whatever the log does meanwhile."""

import asyncio

import pytest

from api_gateway import unreadable
from api_gateway.unreadable import Unreadable
from dapi_common.bus.port import Record
from dapi_common.events.envelope import Undecodable

GOOD, BAD = (Record("dapi.accounts", 0, n, b"alice", value, (), 0.0) for n, value in enumerate((b"good", b"bad")))


class Parking:
    """Is away for the first `away` tries."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.parked: list[tuple[Record, str]] = []

    async def park(self, record: Record, reason: str, timeout: float) -> None:
        if self.away:
            self.away -= 1
            raise TimeoutError
        self.parked.append((record, reason))


def read(record: Record) -> None:
    if record is BAD:
        raise Undecodable("no JSON")


async def parked_by(parking: Parking) -> list[tuple[Record, str]]:
    table = Unreadable(parking)
    apply = table.caught(read)
    parks = asyncio.create_task(table.park())
    for record in (BAD, GOOD):
        apply(record)
    async with asyncio.timeout(5):
        while not parking.parked:
            await asyncio.sleep(0.001)
    parks.cancel()
    return parking.parked


async def test_what_raises_is_parked_with_its_reason_and_nothing_else_is() -> None:
    assert await parked_by(Parking()) == [(BAD, "no JSON")]


async def test_it_waits_for_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unreadable, "_AGAIN_SECONDS", 0.001)
    assert await parked_by(Parking(away=3)) == [(BAD, "no JSON")]
