"""What the log is told when a vendor refuses an account, and when it takes it again."""

from collections.abc import Iterator

from dapi_common import topics
from dapi_common.bus.port import Output
from dapi_common.events.receipts import ProviderPaused, ProviderResumed
from dapi_common.events.sends import ProviderRenewed
from dapi_common.ids import AccountId
from dapi_common.provider.adapter import Refused
from dapi_common.provider.breaker import Breaker
from dapi_common.provider.calls import Arrival
from dapi_common.provider.directory import Directory
from dapi_common.runtime.logs import LogEvent, log


class Pauses:
    """The breaker of one task, and its words."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._breaker = Breaker()

    def __bool__(self) -> bool:
        """Whether any account is paused."""
        return bool(self._breaker)

    def put_off(self, account: AccountId, now: float) -> float | None:
        """Until when a send of the account must wait; None: it goes."""
        return self._breaker.put_off(account, now) if self._breaker else None

    def judge(self, arrival: Arrival) -> Iterator[Output]:
        """What follows from an outcome."""
        account, outcome = arrival.send.account, arrival.outcome
        match self._breaker.judge(arrival.send, outcome, arrival.credentials, arrival.at):
            case "paused":
                assert isinstance(outcome, Refused)
                yield self._paused(account, outcome, arrival.at)
            case "resumed":
                yield from self._resumed(account, arrival.at)

    def renewed(self, directory: Directory, now: float) -> Iterator[Output]:
        """What follows from new credentials."""
        for account in self._breaker.accounts():
            if self._breaker.renewed(account, directory.find(account)):
                yield from self._resumed(account, now)

    def _paused(self, account: AccountId, outcome: Refused, at: float) -> Output:
        log.warning(LogEvent.BREAKER_OPENED, provider=self._provider, account=account, code=outcome.code)
        paused = ProviderPaused(
            account=account,
            provider=self._provider,
            code=outcome.code,
            description=outcome.description,
            probe_at=self._breaker.probe_at(account),
            since=self._breaker.since(account),
            at=at,
        )
        return Output(topics.DELIVERIES, paused)

    def _resumed(self, account: AccountId, at: float) -> Iterator[Output]:
        log.info(LogEvent.BREAKER_CLOSED, provider=self._provider, account=account)
        yield Output(topics.DELIVERIES, ProviderResumed(account=account, provider=self._provider, at=at))
        yield Output(topics.SENDS, ProviderRenewed(account=account, provider=self._provider, at=at))
