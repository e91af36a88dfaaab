"""What of a plan is not needed soon is read at leisure: a chunk at a time, with pauses."""

import asyncio
from collections.abc import Callable
from time import monotonic

import pytest

from dapi_common import contacts
from dapi_common.bus.port import Job
from dapi_common.events.invokes import InvokeAccepted
from dapi_common.events.shapes import PlannedContact
from dapi_common.store.memory import MemoryStore
from invoke_planner.planning import Planning
from tests.unit.invoke_planner.test_progress import INVOKE

Asked = Callable[[], bool]
TAKES = 0.05
SNAPSHOT = [(1, 1, 1)]


def no() -> bool:
    return False


class Reads:
    """Of the store: each takes TAKES. The list with the id "bad" cannot be read."""

    def __init__(self) -> None:
        self.began: list[float] = []
        self.ended: list[float] = []

    async def __call__(self, store: object, account: str, list_id: str, keys: object) -> list[PlannedContact]:
        if list_id == "bad":
            raise LookupError(list_id)
        self.began.append(monotonic())
        await asyncio.sleep(TAKES)
        self.ended.append(monotonic())
        return []


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    reads = Reads()
    monkeypatch.setattr(contacts, "details", reads)
    return reads


@pytest.fixture
def planning() -> Planning:
    return Planning(MemoryStore())


def yes() -> bool:
    return True


def chunk(planning: Planning, soon: Asked, list_id: str = "1", wanted: Asked = yes) -> Job:
    accepted = InvokeAccepted.model_validate({**INVOKE, "list_id": list_id})
    return planning.details(accepted, 0, SNAPSHOT, wanted, soon)


async def test_chunks_that_are_not_needed_soon_are_read_one_after_the_other_with_longer_pauses(
    planning: Planning, reads: Reads
) -> None:
    await asyncio.gather(*(chunk(planning, no)() for _ in range(3)))
    pauses = [began - ended for began, ended in zip(reads.began[1:], reads.ended[:-1], strict=True)]
    assert min(pauses) > 2 * TAKES


async def test_one_that_comes_to_be_needed_soon_does_not_wait_for_its_turn(planning: Planning, reads: Reads) -> None:
    needed = asyncio.Event()
    others = [asyncio.ensure_future(chunk(planning, no)()) for _ in range(20)]
    mine = asyncio.ensure_future(chunk(planning, needed.is_set)())
    await asyncio.sleep(3 * TAKES)
    needed.set()
    asked = monotonic()
    await mine
    assert monotonic() - asked < 20 * TAKES
    assert sum(other.done() for other in others) < 10
    planning.close()
    await asyncio.gather(*others)


async def test_one_that_cannot_be_read_stands_in_nobodys_way(planning: Planning, reads: Reads) -> None:
    wanted = asyncio.Event()
    wanted.set()
    bad = asyncio.ensure_future(chunk(planning, no, "bad", wanted.is_set)())
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        assert await chunk(planning, no)() is not None
    wanted.clear()
    assert await bad is None


async def test_who_gives_the_task_up_waits_for_no_turn(planning: Planning, reads: Reads) -> None:
    jobs = [asyncio.ensure_future(chunk(planning, no)()) for _ in range(20)]
    await jobs[0]
    planning.close()
    async with asyncio.timeout(10 * TAKES):
        await asyncio.gather(*jobs[1:])
