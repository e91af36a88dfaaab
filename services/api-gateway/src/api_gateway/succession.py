"""One generation of read models after the other: the projector's side of a switch, and the rebuild's. What is written
down meanwhile, and why nobody reads something old, is in `dapi_common.store.generations`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic, time
from typing import Final
from uuid import uuid4

from dapi_common.store.generations import (
    CACHE_SECONDS,
    GENERATIONS,
    LEASE_SECONDS,
    REBUILD,
    STANDING,
    Standing,
    is_rebuilding,
    move,
    standing,
    stands,
)
from dapi_common.store.port import Store

LOOK_SECONDS: Final = 0.1
"""Between two looks of a projector at whether somebody asks for its seat."""
ANSWER_SECONDS: Final = 15.0
"""For which a rebuild waits for the projector to hold."""
_STEP: Final = 0.02
_MARGIN: Final = 0.1
Pause = Callable[[float], Awaitable[None]]


class Seat:
    """Where a projector sits, until a rebuild asks for it. Every call may be repeated after StoreUnavailable."""

    def __init__(self, store: Store, pause: Pause = asyncio.sleep) -> None:
        self._store, self._pause = store, pause
        self._sat = Standing()
        self._looked_at = 0.0
        self._since: tuple[Standing, float] = Standing(), 0.0
        """What was found first at which time, of what does not last."""
        self.is_compared = False
        """Whether a rebuild compares what is folded here with what it folds."""

    async def taken(self) -> int:
        """The generation that is to be folded into, from when it may be."""
        while True:
            found = await standing(self._store)
            if found.phase == "serving":
                self._sat = found
                return found.number
            await self._on(found)

    async def is_asked_for(self) -> bool:
        """Whether to stop folding and ask for `taken` again. Looks now and then."""
        if monotonic() - self._looked_at < LOOK_SECONDS:
            return False
        documents = await self._store.get(GENERATIONS, [STANDING, REBUILD])
        self._looked_at = monotonic()
        self.is_compared = is_rebuilding(documents, time())
        return stands(documents) != self._sat

    async def _on(self, found: Standing) -> None:
        """Waits or moves on, as it is the projector's turn."""
        if found != self._since[0]:
            self._since = found, monotonic()
        waited = monotonic() - self._since[1]
        if found.phase == "holding":
            await move(self._store, found, replace(found, phase="held"))
        elif found.phase == "held" and waited > LEASE_SECONDS:
            await move(self._store, found, replace(found, phase="serving", ticket=f"{found.ticket} lapsed"))
        elif found.phase == "switched" and waited > CACHE_SECONDS + _MARGIN:
            await move(self._store, found, replace(found, phase="serving"))
        else:
            await self._pause(_STEP)


class Unheld(RuntimeError):
    """The projector did not hold, or not for long enough."""


class Hold:
    """The projector folds nothing, unless that took too long: then neither of these takes place."""

    def __init__(self, store: Store, held: Standing) -> None:
        self._store, self._held, self.over = store, held, False

    async def release(self) -> None:
        """It goes on as before. Raises Unheld."""
        await self._end(replace(self._held, phase="serving", ticket=f"{self._held.ticket} released"))

    async def hand_over(self, number: int) -> None:
        """It goes on in this generation, which is served from now on. Raises Unheld."""
        await self._end(replace(self._held, phase="switched", number=number))

    async def _end(self, after: Standing) -> None:
        self.over = True
        if not await move(self._store, self._held, after):
            raise Unheld("the projector went on before the comparison was done")


@asynccontextmanager
async def held(store: Store, number: int) -> AsyncIterator[Hold]:
    """The projector of generation `number` holds, all that it has read folded. Raises Unheld when it does not."""
    before = await standing(store)
    asked = replace(before, phase="holding", ticket=uuid4().hex)
    if before.phase != "serving" or before.number != number or not await move(store, before, asked):
        raise Unheld("another rebuild is switching")
    hold = Hold(store, replace(asked, phase="held"))
    try:
        await _answered(store, asked)
        yield hold
    finally:
        if not hold.over:
            for phase in ("holding", "held"):
                await move(store, replace(asked, phase=phase), before)


async def _answered(store: Store, asked: Standing) -> None:
    until = monotonic() + ANSWER_SECONDS
    while (await standing(store)) == asked:
        if monotonic() > until:
            raise Unheld("no projector answers: is it running?")
        await asyncio.sleep(_STEP)


async def seated(store: Store, number: int) -> None:
    """Returns once a projector folds into this generation, which every reader knows by then. Raises Unheld when none
    does."""
    until = monotonic() + ANSWER_SECONDS
    while (found := await standing(store)).phase != "serving" or found.number != number:
        if monotonic() > until:
            raise Unheld("no projector goes on in the new generation: is it running?")
        await asyncio.sleep(_STEP)
