"""The calls of one process: how many at once, when exactly, and what becomes of a defect."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter

from dapi_common.bus.port import Job
from dapi_common.clock import Clock
from dapi_common.events.sends import SendRequested
from dapi_common.provider.adapter import Accepted, Adapter, Deferred, Message, Outcome, Refused, Unclear
from dapi_common.provider.http import Http
from dapi_common.provider.lookups import Lookups
from dapi_common.provider.signals import NullSignals, Signals
from dapi_common.provider.waiting import Due
from dapi_common.runtime import metrics
from dapi_common.runtime.logs import LogEvent, log

MISSED = 1.0
"""Seconds after its time from which on a call is not made: this process stood still, and what was meant to happen then
may have been stopped meanwhile."""
_SHORTEST_SLEEP = 0.001
_FADES = 0.98


@dataclass(frozen=True, slots=True)
class Arrival:
    """The outcome of one call with these credentials (ciphertext), known at `at`. `is_call`: False for one of an
    earlier process, that was only looked up."""

    offset: int
    send: SendRequested
    outcome: Outcome
    at: float
    credentials: str
    is_call: bool = True


@dataclass(frozen=True, slots=True)
class Missed:
    """A call that was not made: its time was over."""

    offset: int
    send: SendRequested


class Calls:
    """Makes calls to one provider, at most `limit` at a time, for all tasks of the process."""

    def __init__(
        self,
        adapter: Adapter,
        http: Http,
        clock: Clock,
        limit: int = 256,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        lookups: Lookups | None = None,
        signals: Signals | None = None,
    ) -> None:
        """`lookups`: asks the vendor about unclear sends; None: nobody is asked."""
        self.adapter, self.limit, self.lookups = adapter, limit, lookups
        self._http, self._clock, self._sleep = http, clock, sleep
        self._signals = signals or NullSignals()
        self._running = 0
        self.lag = 0.0
        """Seconds from the step that begins a call until the call may be made, at the longest of late: a commit."""
        self._seconds = metrics.PROVIDER_SECONDS.labels(adapter.name)
        self._outcomes = {
            kind: metrics.PROVIDER_CALLS.labels(adapter.name, kind.__name__.lower())
            for kind in (Accepted, Refused, Deferred, Unclear)
        }

    @property
    def free(self) -> int:
        """How many more may begin."""
        return self.limit - self._running

    def note_lag(self, seconds: float) -> None:
        """It was so long just now."""
        self.lag = max(seconds, self.lag * _FADES)

    def prepare(self, due: Due, message: Message, credentials: str, begun_at: float) -> Job:
        """A job that makes the call when its time has come; `begun_at` is when the step began. It takes its place at
        once and gives it back when the call ends; what is unclear then is looked up. A call may miss its time once."""
        self._running += 1

        async def job() -> Arrival | Missed:
            try:
                self.note_lag(self._clock.now() - begun_at)
                while (wait := due.wait(self._clock.now())) > 0:
                    await self._sleep(max(wait, _SHORTEST_SLEEP))
                started = self._clock.now()
                if started > due.start + MISSED and not due.send.late:
                    return Missed(due.offset, due.send)
                outcome = await self._call(message, due.send)
            finally:
                self._running -= 1
            if self.lookups is not None:
                outcome = await self.lookups.settled(message, outcome, started)
            return Arrival(due.offset, due.send, outcome, self._clock.now(), credentials)

        return job

    def look_up(self, offset: int, send: SendRequested, message: Message, outcome: Unclear, credentials: str) -> Job:
        """A job that asks the vendor about a call of an earlier process. There must be `lookups`."""
        lookups = self.lookups
        assert lookups is not None

        async def job() -> Arrival:
            found = await lookups.settled(message, outcome, send.slot)
            return Arrival(offset, send, found, self._clock.now(), credentials, is_call=False)

        return job

    async def _call(self, message: Message, send: SendRequested) -> Outcome:
        started = perf_counter()
        outcome = await self._outcome(message)
        seconds = perf_counter() - started
        self._seconds.observe(seconds)
        self._outcomes[type(outcome)].inc()
        self._signals.attempt(send.account, send.channel, outcome, seconds, self._clock.now())
        return outcome

    async def _outcome(self, message: Message) -> Outcome:
        try:
            return await self.adapter.send(message, self._http.at(self.adapter.url(message.credentials)))
        except Exception as error:  # noqa: BLE001  # a defect: what became of the message is not known
            log.error(LogEvent.JOB_FAILED, provider=self.adapter.name, message_id=message.id, exc_info=error)
            return Unclear("adapter-defect", "the adapter failed; what became of the message is not known")
