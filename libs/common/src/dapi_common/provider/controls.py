"""What must not start any more: stopped invokes, and what was requested of a provider before it was withdrawn."""

from dapi_common.events.deliveries import FailureReason
from dapi_common.events.sends import ProviderWithdrawn, SendRequested, SendsStopped
from dapi_common.ids import AccountId, InvokeId

_KEPT = 10_000


class Controls:
    """The last word of each kind. The oldest are forgotten: by then the dispatcher lets nothing of theirs through."""

    def __init__(self) -> None:
        self._stopped: dict[tuple[AccountId, InvokeId], None] = {}
        self._withdrawn: dict[AccountId, float] = {}

    def stop(self, control: SendsStopped) -> None:
        """No send of the invoke starts."""
        self._stopped[control.account, control.invoke_id] = None
        if len(self._stopped) > _KEPT:
            del self._stopped[next(iter(self._stopped))]

    def withdraw(self, control: ProviderWithdrawn) -> None:
        """Nothing that comes again and was requested before starts. What comes for the first time comes in the log's
        order: those that wait here were requested before, those to come, after."""
        self._withdrawn[control.account] = control.at
        if len(self._withdrawn) > _KEPT:
            del self._withdrawn[next(iter(self._withdrawn))]

    def gone(self, send: SendRequested, attempt: int) -> FailureReason | None:
        """Why that try must not start, if it must not."""
        if send.invoke_id is not None and (send.account, send.invoke_id) in self._stopped:
            return "stopped"
        if (attempt > 1 or send.comes_again) and send.at <= self._withdrawn.get(send.account, -1.0):
            return "provider-not-found"
        return None
