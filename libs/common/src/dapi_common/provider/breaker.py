"""When a vendor refuses an account itself (bad credentials, suspended, no credit), every message of it would fail: its
sends are put back until the credentials are updated or a probe passes. A probe is one real send at a time."""

from dataclasses import dataclass, replace
from typing import Literal

from dapi_common.events.sends import SendRequested
from dapi_common.ids import AccountId
from dapi_common.provider.adapter import Accepted, Outcome, Refused

FIRST_PROBE = 30.0
LONGEST = 300.0
"""Seconds from a refusal to the next probe: twice as long each time, up to this."""
PROBE_SECONDS = 1.0
"""What comes while a probe is under way comes again so much later."""

_REMEMBERED = 10_000
Change = Literal["paused", "resumed"]


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is sent before `probe_at`; then one at a time. `credentials` (ciphertext) are those that were refused."""

    credentials: str
    probe_at: float
    wait: float
    since: float
    probing: bool = False


class Breaker:
    """The pauses of one partition's accounts. In memory: after a restart the vendor is asked again, and what was put
    back before tells of the pause."""

    def __init__(self) -> None:
        self._pauses: dict[AccountId, Pause] = {}
        self._passed: dict[AccountId, None] = {}
        """Accounts whose pause is known to be over: what was held in it tells nothing new."""

    def __bool__(self) -> bool:
        """Whether any account is paused."""
        return bool(self._pauses)

    def accounts(self) -> list[AccountId]:
        """Those that are paused."""
        return list(self._pauses)

    def put_off(self, account: AccountId, now: float) -> float | None:
        """Until when a send must wait; None when it may go (and then it is the probe, if there is a pause)."""
        pause = self._pauses.get(account)
        if pause is None:
            return None
        if pause.probing:
            return max(pause.probe_at, now + PROBE_SECONDS)
        if now < pause.probe_at:
            return pause.probe_at
        self._pauses[account] = replace(pause, probing=True)
        return None

    def judge(self, send: SendRequested, outcome: Outcome, credentials: str, now: float) -> Change | None:
        """What the outcome of a call with these credentials changes: the account is paused (anew, or for longer), or
        its pause is over."""
        account = send.account
        pause = self._pauses.get(account)
        if isinstance(outcome, Refused) and outcome.auth:
            return self._refused(account, pause, credentials, now)
        if pause is None:
            passes = send.held and account not in self._passed and isinstance(outcome, Accepted | Refused)
            return self._over(account) if passes else None
        if isinstance(outcome, Accepted | Refused) and (pause.probing or credentials != pause.credentials):
            return self._over(account)
        if pause.probing:
            self._pauses[account] = replace(pause, probing=False, probe_at=now + pause.wait)
        return None

    def probe_at(self, account: AccountId) -> float:
        """When the next probe may go. Raises KeyError when there is no pause."""
        return self._pauses[account].probe_at

    def since(self, account: AccountId) -> float:
        """When the pause began. Raises KeyError when there is none."""
        return self._pauses[account].since

    def renewed(self, account: AccountId, credentials: str | None) -> bool:
        """Whether the pause is over because the account has other credentials now (None: none that are known)."""
        pause = self._pauses.get(account)
        if pause is None or credentials is None or credentials == pause.credentials:
            return False
        self._over(account)
        return True

    def _over(self, account: AccountId) -> Change:
        self._pauses.pop(account, None)
        self._passed[account] = None
        if len(self._passed) > _REMEMBERED:
            del self._passed[next(iter(self._passed))]
        return "resumed"

    def _refused(self, account: AccountId, pause: Pause | None, credentials: str, now: float) -> Change | None:
        if pause is not None and not pause.probing:
            return None
        self._passed.pop(account, None)
        wait = min(LONGEST, 2 * pause.wait) if pause else FIRST_PROBE
        self._pauses[account] = Pause(credentials, now + wait, wait, pause.since if pause else now)
        return "paused"
