"""The live world for tests that are not coroutines: Hypothesis calls them one by one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, TypeVar

from .live import Live

T = TypeVar("T")


class Talk:
    """A running world and the loop that it runs in, which moves only during `wait`."""

    def __init__(self, live: Live, loop: asyncio.AbstractEventLoop) -> None:
        self.live, self._loop = live, loop

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine answers."""
        return self._loop.run_until_complete(work)


@asynccontextmanager
async def _live() -> AsyncIterator[Live]:
    async with Live().running() as live:
        yield live


@contextmanager
def talking(opened: Callable[[], AbstractAsyncContextManager[Live]] = _live) -> Iterator[Talk]:
    """Ends all that it starts."""
    loop = asyncio.new_event_loop()
    running = opened()
    try:
        talk = Talk(loop.run_until_complete(running.__aenter__()), loop)
        try:
            yield talk
        finally:
            loop.run_until_complete(running.__aexit__(None, None, None))
            loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
