"""The accounts of a partition that have work or had some within the hour, and their ceilings in the changelog."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import get_args

from dapi_common.events.sends import SendRequested, SendsPaused, SendsRepaced, SendsResumed
from dapi_common.events.shapes import Channel, Pace
from dapi_common.ids import AccountId, InvokeId
from dispatcher.holds import Hold, Holds
from dispatcher.lanes import Account, Group, Lane
from dispatcher.throttle import AccountClock, PaceCeiling

FORGOTTEN = 3600.0
"""A ceiling that was not used for so many seconds holds nothing back (rates are above one an hour)."""
_AT_ONCE = 16
_CHANNELS: Mapping[str, Channel] = {channel: channel for channel in get_args(Channel)}


class Accounts:
    """Every change of a ceiling is in `changes` once, however many sends caused it."""

    def __init__(self, rates: Mapping[str, float], holds: Holds) -> None:
        """`rates`: starts a second of one account's credential, by provider. `holds` is only read here."""
        self._rates, self._holds = dict(rates), holds
        self._accounts: dict[AccountId, Account] = {}
        self._groups: OrderedDict[Group, None] = OrderedDict()
        self._dirty: set[Account] = set()
        self._dirty_paces: set[tuple[Group, Channel]] = set()

    def restore_account(self, account: str, value: bytes) -> None:
        """What the key `account/<account>` held."""
        known = self._account(AccountId(account), 1)
        known.clock = AccountClock.load(value, self._rates)
        self._group(known, None, 0.0)

    def restore_pace(self, channel: str, invoke: str, account: str, value: bytes) -> None:
        """What the key `pace/<channel>/<invoke>/<account>` held."""
        group = self._group(self._account(AccountId(account), 1), InvokeId(invoke) if invoke else None, 0.0)
        group.paces[_CHANNELS[channel]] = PaceCeiling.load(value)

    def resume(self, now: float) -> None:
        """All is restored: whatever it was, it is remembered for an hour from now."""
        for account in self._accounts.values():
            account.clock.take_over(now)
        for group in self._groups:
            group.used = now
            for pace in group.paces.values():
                pace.take_over(now)
            group.paused = self._holds.is_paused(group.account.id, group.invoke_id)

    def find(self, account: AccountId) -> Account | None:
        """An account that has, or recently had, work."""
        return self._accounts.get(account)

    def lane(self, request: SendRequested, offset: int, now: float) -> tuple[Lane, bool]:
        """Where the request belongs, and whether the ceilings that it names are new."""
        mps = max(1, request.account_mps)
        account = self._account(request.account, mps)
        group = self._group(account, request.invoke_id, now)
        news = account.clock.tell(mps, offset)
        if news:
            self._dirty.add(account)
        pace, told = self._holds.pace(request, offset)
        news |= self._repace(group, request.channel, pace, told)
        return group.lane(request), (request.late and self._give_back(group, request, offset)) or news

    def obey(self, control: Hold, offset: int) -> Account | None:
        """The account whose next send that may change. Only after `holds` took it."""
        account = self._accounts.get(control.account)
        group = account.groups.get(control.invoke_id) if account else None
        if account is None or group is None:
            return None
        match control:
            case SendsPaused():
                account.pause(group)
            case SendsResumed():
                account.resume(group)
            case SendsRepaced(throughput=paces):
                for channel in {*group.paces, *paces}:
                    self._repace(group, channel, paces.get(channel, Pace()), offset)
        return account

    def _repace(self, group: Group, channel: Channel, pace: Pace, offset: int) -> bool:
        ceiling = group.paces.get(channel)
        if ceiling is None:
            if pace.mps is None and pace.mpm is None:
                return False
            ceiling = group.paces[channel] = PaceCeiling()
        news = ceiling.repace(pace, offset)
        if news:
            group.account.reconsider()
            self._dirty_paces.add((group, channel))
        return news

    def _give_back(self, group: Group, late: SendRequested, offset: int) -> bool:
        ceiling = group.paces.get(late.channel)
        if ceiling is None:
            return False
        self._dirty_paces.add((group, late.channel))
        news = ceiling.give_back(late.slot, offset)
        if news:
            group.account.reconsider()
        return news

    def started(self, lane: Lane, now: float) -> None:
        """A send of the lane starts: its ceilings have moved."""
        group = lane.group
        self._dirty.add(group.account)
        if lane.channel in group.paces:
            self._dirty_paces.add((group, lane.channel))
        group.used = now
        self._groups.move_to_end(group)

    def changes(self, now: float) -> Iterator[tuple[str, bytes | None]]:
        """Entries of the changelog since the last call, and those that are no longer needed (None)."""
        for account in self._dirty:
            yield f"account/{account.id}", account.clock.dump()
        for group, channel in self._dirty_paces:
            yield _pace_key(group, channel), group.paces[channel].dump()
        self._dirty.clear()
        self._dirty_paces.clear()
        for _ in range(_AT_ONCE):
            oldest = next(iter(self._groups), None)
            if oldest is None or oldest.used > now - FORGOTTEN:
                return
            yield from self._forget(oldest, now)

    def _forget(self, group: Group, now: float) -> Iterator[tuple[str, None]]:
        if not group.idle:
            group.used = now
            self._groups.move_to_end(group)
            return
        account = group.account
        del self._groups[group], account.groups[group.invoke_id]
        for channel in group.paces:
            yield _pace_key(group, channel), None
        if not account.groups:
            del self._accounts[account.id]
            yield f"account/{account.id}", None

    def _account(self, account: AccountId, mps: int) -> Account:
        known = self._accounts.get(account)
        if known is None:
            known = self._accounts[account] = Account(account, AccountClock.fresh(mps, -1, self._rates))
        return known

    def _group(self, account: Account, invoke: InvokeId | None, now: float) -> Group:
        group = account.group(invoke, now)
        if group not in self._groups:
            self._groups[group] = None
            group.paused = self._holds.is_paused(account.id, invoke)
        return group


def _pace_key(group: Group, channel: Channel) -> str:
    return f"pace/{channel}/{group.invoke_id or ''}/{group.account.id}"
