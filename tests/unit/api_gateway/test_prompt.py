"""A store that is away is said to be away at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from api_gateway.prompt import PromptStore
from dapi_common.clock import ManualClock
from dapi_common.store.memory import MemoryStore
from dapi_common.store.port import Document, StoreRefused, StoreUnavailable, Upsert


class Hanging(MemoryStore):
    """A store that is away without a word: calls end when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.hung: list[asyncio.Future[None]] = []
        self.hangs: set[str] = set()

    async def get(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        if collection in self.hangs:
            self.hung.append(asyncio.get_running_loop().create_future())
            await self.hung[-1]
        return await super().get(collection, ids)

    def time_out(self) -> None:
        """All calls under way end without an answer."""
        hung, self.hung = self.hung, []
        for call in hung:
            call.set_exception(StoreUnavailable("no answer in time"))


@pytest.fixture
def store() -> Hanging:
    return Hanging()


@pytest.fixture
async def prompt(store: Hanging) -> AsyncIterator[PromptStore]:
    prompt = PromptStore(store, ManualClock())
    await prompt.write([Upsert("things", "1", constant={"a": 1})])
    yield prompt
    await prompt.close()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_once_a_read_got_no_answer_the_others_are_not_kept_waiting(store: Hanging, prompt: PromptStore) -> None:
    store.hangs = {"things", "positions"}
    first = asyncio.create_task(prompt.get("things", ["1"]))
    await settled()
    store.time_out()
    with pytest.raises(StoreUnavailable):
        await first
    await settled()
    for _ in range(100):
        with pytest.raises(StoreUnavailable):
            await prompt.get("things", ["1"])
        with pytest.raises(StoreUnavailable):
            await prompt.find("things", {})
    assert len(store.hung) == 1, "the look of its own, and nothing else"


async def test_as_soon_as_it_answers_reads_go_on(store: Hanging, prompt: PromptStore) -> None:
    store.hangs = {"things", "positions"}
    first = asyncio.create_task(prompt.get("things", ["1"]))
    await settled()
    store.time_out()
    await settled()
    store.hangs = set()
    store.hung[0].set_result(None)
    await settled()
    assert (await prompt.get("things", ["1"]))["1"]["a"] == 1
    assert isinstance(first.exception(), StoreUnavailable)


async def test_a_slow_question_does_not_make_a_store_that_answers_others_be_away(
    store: Hanging, prompt: PromptStore
) -> None:
    store.hangs = {"slow"}
    slow = asyncio.create_task(prompt.get("slow", ["1"]))
    await settled()
    await prompt.get("things", ["1"])
    store.time_out()
    with pytest.raises(StoreUnavailable):
        await slow
    assert (await prompt.get("things", ["1"]))["1"]["a"] == 1


async def test_a_slow_question_that_was_alone_is_made_up_for_by_the_first_look(
    store: Hanging, prompt: PromptStore
) -> None:
    store.hangs = {"slow"}
    slow = asyncio.create_task(prompt.get("slow", ["1"]))
    await settled()
    store.time_out()
    with pytest.raises(StoreUnavailable):
        await slow
    await settled()
    assert (await prompt.get("things", ["1"]))["1"]["a"] == 1


async def test_a_refusal_is_an_answer(store: Hanging, prompt: PromptStore) -> None:
    store.hangs = {"things", "positions"}
    first = asyncio.create_task(prompt.get("things", ["1"]))
    await settled()
    store.time_out()
    await settled()
    store.hangs = set()
    store.hung[0].set_exception(StoreRefused("no"))
    await settled()
    assert (await prompt.get("things", ["1"]))["1"]["a"] == 1
    assert isinstance(first.exception(), StoreUnavailable)
