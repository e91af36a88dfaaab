"""What was called back: stopped invokes, withdrawn providers. Kept for as long as a send of theirs may still come."""

from collections.abc import Iterator

import orjson

from dapi_common.events.deliveries import FailureReason
from dapi_common.events.sends import ProviderWithdrawn, SendRequested, SendsStopped
from dapi_common.ids import AccountId, InvokeId

REMEMBERED = 8 * 24 * 3600.0
"""Longer than `dapi.sends` keeps a record."""


class Recalls:
    """Every change is an entry of the changelog: (key, value or None)."""

    def __init__(self) -> None:
        self._stopped: dict[tuple[InvokeId, AccountId], float] = {}
        self._withdrawn: dict[tuple[str, AccountId], tuple[float, int]] = {}

    def restore(self, kind: str, name: str, account: str, value: bytes) -> None:
        """One entry, as an earlier process left it."""
        if kind == "stopped":
            self._stopped[InvokeId(name), AccountId(account)] = orjson.loads(value)
        else:
            at, offset = orjson.loads(value)
            self._withdrawn[name, AccountId(account)] = at, offset

    def stop(self, control: SendsStopped) -> tuple[str, bytes]:
        """Nothing of the invoke starts any more."""
        self._stopped[control.invoke_id, control.account] = control.at
        return f"stopped/{control.invoke_id}/{control.account}", orjson.dumps(control.at)

    def withdraw(self, control: ProviderWithdrawn, offset: int) -> tuple[str, bytes]:
        """Nothing that was asked for before starts any more through the account's provider."""
        key = control.provider, control.account
        self._withdrawn.pop(key, None)
        self._withdrawn[key] = control.at, offset
        return f"withdrawn/{control.provider}/{control.account}", orjson.dumps([control.at, offset])

    def reason(self, request: SendRequested, offset: int) -> FailureReason | None:
        """Why this send, read at `offset`, must not start; None when it may."""
        if self._stopped and (request.invoke_id, request.account) in self._stopped:
            return "stopped"
        if self._withdrawn and (gone := self._withdrawn.get((request.provider, request.account))):
            at, control = gone
            if offset < control or (request.comes_again and request.at <= at):
                return "provider-not-found"
        return None

    def forget(self, now: float) -> Iterator[tuple[str, None]]:
        """What nobody can ask for any more."""
        while self._stopped and next(iter(self._stopped.values())) < now - REMEMBERED:
            invoke, account = next(iter(self._stopped))
            del self._stopped[invoke, account]
            yield f"stopped/{invoke}/{account}", None
        while self._withdrawn and next(iter(self._withdrawn.values()))[0] < now - REMEMBERED:
            provider, account = next(iter(self._withdrawn))
            del self._withdrawn[provider, account]
            yield f"withdrawn/{provider}/{account}", None
