import asyncio
from collections.abc import Sequence

import pytest

from dapi_common.store import generations
from dapi_common.store.generations import CACHE_SECONDS, CurrentStore
from dapi_common.store.memory import MemoryStore
from dapi_common.store.port import Document


class Slow(MemoryStore):
    """Its first answers take so long that nobody who asks later may rely on them any more."""

    def __init__(self, slow: int = 1) -> None:
        super().__init__()
        self.slow = slow
        self.now = 0.0
        self.answers = 0

    async def get(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        self.answers += 1
        await asyncio.sleep(0)
        if self.answers <= self.slow:
            self.now += 2 * CACHE_SECONDS
        return await super().get(collection, ids)


async def test_of_many_that_ask_while_the_store_is_slow_each_gets_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Slow()
    monkeypatch.setattr(generations, "monotonic", lambda: store.now)
    current = CurrentStore(store)
    assert await asyncio.gather(*(current.get("things", ["a"]) for _ in range(3))) == [{}, {}, {}]
    assert store.answers == 2 + 3


async def test_a_store_that_is_always_slow_is_not_looked_at_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Slow(slow=100)
    monkeypatch.setattr(generations, "monotonic", lambda: store.now)
    current = CurrentStore(store)
    for _ in range(3):
        assert await current.get("things", ["a"]) == {}
    assert store.answers == 3 * 2
