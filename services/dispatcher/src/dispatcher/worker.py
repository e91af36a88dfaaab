"""The account's clock: it decides when a send may go, and writes it to its provider's queue shortly before.

    sends → lanes (who is next) → ceilings (when) → provider queue, with a slot before which no call starts

Offsets are dealt with in any order; the commit is the low-water mark, the changelog holds the rest (released.py), the
ceilings' last starts (throttle.py) and what was called back (recalls.py). So whoever takes over neither bursts nor
repeats. Why each send is dealt with exactly once: its offset is marked in the transaction that writes its outcome."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import assert_never

from dapi_common import events, topics
from dapi_common.bus.decode import decode
from dapi_common.bus.port import Committed, Effects, Output, Record
from dapi_common.events import sends as controls
from dapi_common.events.deliveries import FailureReason
from dapi_common.events.sends import ProviderWithdrawn, SendRequested, SendsStopped
from dapi_common.events.shapes import Pace
from dapi_common.provider.facts import dropped
from dapi_common.topics import Topic
from dispatcher.accounts import Accounts
from dispatcher.agenda import Agenda
from dispatcher.backlog import Queued
from dispatcher.expiries import Expiries
from dispatcher.holds import Hold, Holds
from dispatcher.lanes import Account, Lane, Turn
from dispatcher.recalls import Recalls
from dispatcher.released import Released

RELEASES = 1000
"""Sends that one step releases at most; the rest follows at once, in the next step."""
DROPS = 2000
"""Sends that one step drops at most."""
APPETITE = 2000
MOST_QUEUED = 1_000_000
"""Beyond, nothing more is read. Packed (backlog.py), so many take some 100 MB: the last resort, because a control
behind them stays unread until some have gone."""

Control = SendsStopped | ProviderWithdrawn | controls.ProviderRenewed | Hold
_SLASHES = {"pace": 3, "stopped": 2, "withdrawn": 2, "paused": 2, "repaced": 2}
"""In a key of the state; any more belong to the account, which comes last."""


class DispatcherTask:
    """Partition `i` of the sends."""

    def __init__(self, rates: Mapping[str, float], providers: Sequence[str] = ()) -> None:
        """`rates`: starts a second of one account's credential, by provider (absent: no ceiling). `providers`: all
        that have a queue; others are learnt from their sends."""
        self._queues: dict[str, Topic] = {name: topics.provider_topic(name) for name in providers}
        self._holds = Holds()
        self._accounts = Accounts(rates, self._holds)
        self._agenda, self._expiries = Agenda(), Expiries()
        self._recalls, self._released = Recalls(), Released()
        self._doomed: deque[tuple[Iterator[Queued], FailureReason]] = deque()
        self._touched: dict[Account, None] = {}
        self._queued = 0
        self._effects = Effects()

    def restore(self, key: str, value: bytes) -> None:
        """See Task."""
        match key.split("/", _SLASHES.get(key.partition("/")[0], 1)):
            case "released", chunk:
                self._released.restore(int(chunk), value)
            case "account", account:
                self._accounts.restore_account(account, value)
            case "pace", channel, invoke, account:
                self._accounts.restore_pace(channel, invoke, account, value)
            case ("stopped" | "withdrawn") as kind, name, account:
                self._recalls.restore(kind, name, account, value)
            case ("paused" | "repaced") as kind, invoke, account:
                self._holds.restore(kind, invoke, account, value)
            case "provider", name:
                self._queues[name] = topics.provider_topic(name)

    def resume(self, committed: Mapping[str, Committed], now: float) -> None:
        """See Task."""
        self._holds.resume()
        self._accounts.resume(now)
        if sends := committed.get(topics.SENDS.name):
            self._released.resume(sends.offset)

    def appetite(self) -> int:
        """See Task."""
        return APPETITE if self._queued < MOST_QUEUED else 0

    def drain(self) -> None:
        """See Task. A step without arrivals is not run any more, and this task has no jobs."""

    def step(self, records: Sequence[Record], arrivals: Sequence[object], now: float) -> Effects:
        """See Task."""
        self._effects = effects = Effects()
        for record in records:
            if self._released.seen(record.offset):
                self._take(record, now)
        self._expire(now)
        self._drop_doomed(now)
        more = self._release(now)
        self._save(now, bool(records))
        effects.wake_at = now if more or self._doomed else self._wake_at()
        return effects

    def _take(self, record: Record, now: float) -> None:
        payload: SendRequested | Control | None = decode(events.SENDS, record, self._effects)
        match payload:
            case SendRequested():
                self._request(Queued(record.offset, payload), record.value or b"", now)
                return
            case SendsStopped():
                self._stop(payload)
            case ProviderWithdrawn():
                self._withdraw(payload, record.offset)
            case controls.ProviderRenewed():
                self._renew(payload)
            case controls.SendsPaused() | controls.SendsResumed() | controls.SendsRepaced():
                self._hold(payload, record.offset)
            case None:
                pass
            case _:
                assert_never(payload)
        self._released.add(record.offset)

    def _request(self, queued: Queued, raw: bytes, now: float) -> None:
        request = queued.request
        self._queued += 1
        reason = self._recalls.reason(request, queued.offset)
        if reason or request.deadline <= now:
            self._drop(queued, reason or "expired", now)
            return
        self._learn_queue(request.provider)
        lane, repaced = self._accounts.lane(request, queued.offset, now)
        account = lane.group.account
        if account.add(lane, queued, raw) or repaced:
            self._touched[account] = None
        self._expiries.watch(lane, request.deadline)

    def _learn_queue(self, provider: str) -> None:
        if provider not in self._queues:
            self._queues[provider] = topics.provider_topic(provider)
            self._effects.state[f"provider/{provider}"] = b"1"

    def _stop(self, control: SendsStopped) -> None:
        """What waits of the invoke is dropped; what its adapters hold is theirs to drop. It may have used any."""
        self._remember(self._recalls.stop(control))
        self._effects.outputs += [Output(queue, control) for queue in self._queues.values()]
        account = self._accounts.find(control.account)
        group = account.groups.get(control.invoke_id) if account else None
        for lane in group.lanes.values() if group else ():
            self._doom(lane, "stopped")

    def _withdraw(self, control: ProviderWithdrawn, offset: int) -> None:
        """A provider that has no queue here has had no send either: accounts may add providers that nothing sends
        through yet, and writing to a topic that is not there would end the process."""
        self._remember(self._recalls.withdraw(control, offset))
        if queue := self._queues.get(control.provider):
            self._effects.outputs.append(Output(queue, control))
        account = self._accounts.find(control.account)
        for lane in account.lanes(control.provider) if account else ():
            self._doom(lane, "provider-not-found")

    def _renew(self, control: controls.ProviderRenewed) -> None:
        account = self._accounts.find(control.account)
        for lane in account.lanes(control.provider) if account else ():
            if lane.hurry():
                lane.group.account.enter(lane)
                self._touched[lane.group.account] = None

    def _hold(self, control: Hold, offset: int) -> None:
        """It concerns what waits here; what its adapters hold are a moment's sends, which go."""
        self._remember(self._holds.take(control, offset))
        if account := self._accounts.obey(control, offset):
            self._touched[account] = None

    def _remember(self, entry: tuple[str, bytes | None]) -> None:
        key, value = entry
        self._effects.state[key] = value

    def _doom(self, lane: Lane, reason: FailureReason) -> None:
        self._doomed.append((lane.take_all(), reason))
        self._touched[lane.group.account] = None

    def _expire(self, now: float) -> None:
        for lane in self._expiries.due(now):
            if expired := lane.queue.take_expired(now):
                self._doomed.append((iter(expired), "expired"))
                lane.group.account.reconsider()
                self._touched[lane.group.account] = None

    def _drop_doomed(self, now: float) -> None:
        budget = DROPS
        while self._doomed and budget:
            sends, reason = self._doomed[0]
            queued = next(sends, None)
            if queued is None:
                self._doomed.popleft()
                continue
            self._drop(queued, reason, now)
            budget -= 1

    def _drop(self, queued: Queued, reason: FailureReason, now: float) -> None:
        self._effects.outputs.append(dropped(queued.request, reason, queued.request.attempt, now))
        self._done(queued)

    def _done(self, queued: Queued) -> None:
        self._released.add(queued.offset)
        self._queued -= 1

    def _release(self, now: float) -> bool:
        """Releases what is due. True: there may be more."""
        for account in self._touched:
            self._agenda.put(account, now)
        self._touched.clear()
        for _ in range(RELEASES):
            due = self._agenda.due(now)
            if due is None:
                return False
            account, turn = due
            if turn.lane.queue.head.request.deadline <= turn.slot:
                self._drop(account.skip(turn), "expired", now)
            else:
                self._accounts.started(turn.lane, now)
                self._send(turn, *account.start(turn))
            self._agenda.settle(account, now)
        return True

    def _send(self, turn: Turn, queued: Queued, room: float, pace_room: float) -> None:
        """With the ceilings of now."""
        ceiling = turn.lane.group.paces.get(turn.lane.channel)
        given = {"slot": turn.slot, "room": room, "pace_room": pace_room, "pace": ceiling.pace if ceiling else Pace()}
        due = queued.request.model_copy(update={**given, "shared": turn.lane.group.account.clock.is_shared})
        self._effects.outputs.append(Output(self._queues[due.provider], due))
        self._done(queued)

    def _save(self, now: float, read: bool) -> None:
        state = self._effects.state
        state.update((f"released/{chunk}", bitmap) for chunk, bitmap in self._released.changes())
        state.update(self._accounts.changes(now))
        state.update(self._recalls.forget(now))
        state.update(self._holds.forget(now))
        if read or self._effects:
            self._effects.offsets[topics.SENDS.name] = Committed(self._released.low)

    def _wake_at(self) -> float | None:
        """Exact, so that nobody wakes in vain: a send's slot less the look-ahead, or a deadline."""
        at = min(self._agenda.wake_at, self._expiries.wake_at)
        return at if at < inf else None
