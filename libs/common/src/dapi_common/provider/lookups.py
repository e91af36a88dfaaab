"""Asking the vendor what became of sends that are unclear. What it has settles them; that it has nothing proves nothing
(it may be late), so such a send stays unclear."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from dapi_common.provider.adapter import Accepted, LooksUp, Message, Outcome, Unclear
from dapi_common.provider.http import Http
from dapi_common.runtime import metrics
from dapi_common.runtime.logs import LogEvent, log

AFTER: Final = (1.0, 3.0, 6.0)
"""Seconds before the first look, and between the looks: a vendor shows what it took after a moment. Together they are
shorter than a task's drain."""
AT_ONCE: Final = 16
MARGIN: Final = 2.0
"""Seconds that the vendor's clock may be behind ours."""
_REMEMBERED: Final = 50_000


class Lookups:
    """For one adapter's process. Knows which of the vendor's ids belong to other messages, so that of two messages
    with the same content to the same recipient the one that did not arrive is not taken for the other."""

    def __init__(
        self,
        adapter: LooksUp,
        http: Http,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._adapter, self._http, self._sleep = adapter, http, sleep
        self._places = asyncio.Semaphore(AT_ONCE)
        self._taken: dict[str, None] = {}

    async def settled(self, message: Message, outcome: Outcome, since: float) -> Outcome:
        """The outcome, or a better one where it is unclear and the vendor knows more. `since` is when the call began,
        or before (seconds since the epoch)."""
        if isinstance(outcome, Unclear):
            for seconds in AFTER:
                await self._sleep(seconds)
                if found := await self._look(message, since - MARGIN):
                    outcome = found
                    break
        if isinstance(outcome, Accepted):
            self._take(outcome.ref)
        return outcome

    async def _look(self, message: Message, since: float) -> Accepted | None:
        async with self._places:
            candidates = await self._candidates(message, since)
            found = next((each for each in candidates if each.ref not in self._taken), None)
            if found:
                self._take(found.ref)
        return found

    async def _candidates(self, message: Message, since: float) -> list[Accepted]:
        try:
            http = self._http.at(self._adapter.url(message.credentials))
            candidates = list(await self._adapter.lookup(message, since, http))
        except Exception as error:  # noqa: BLE001  # a defect: the send stays unclear
            log.error(LogEvent.JOB_FAILED, provider=self._adapter.name, message_id=message.id, exc_info=error)
            return []
        metrics.LOOKUPS.labels(self._adapter.name, "found" if candidates else "nothing").inc()
        return candidates

    def _take(self, ref: str) -> None:
        self._taken[ref] = None
        if len(self._taken) > _REMEMBERED:
            del self._taken[next(iter(self._taken))]
