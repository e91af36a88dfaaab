"""The accounts of one partition: folds events into them and knows which of them the changelog has not seen yet."""

from collections.abc import Iterator
from typing import Literal, get_args

from dapi_common.events import account as facts
from dapi_common.events import invokes
from dapi_common.ids import ListId
from invoke_planner import inbox, suppressions
from invoke_planner.account import Account, Event, ListState, Purse, evolve, evolve_purse, open_account
from invoke_planner.inbox import Inbox
from invoke_planner.marks import Marks
from invoke_planner.suppressions import Suppressions

Kind = Literal["account", "purse", "list", "settled"]
KINDS = frozenset(get_args(Kind)) | inbox.KINDS | suppressions.KINDS


class Accounts:
    """Accounts and their purses, by account id. State keys: `account/<id>`, `purse/<id>`, `list/<id>/<list>`, and
    `settled/<id>/<chunk>` for the single messages that have their final outcome. What people sent back and who is
    suppressed have keys of their own."""

    def __init__(self) -> None:
        self.inbox, self.suppressions = Inbox(), Suppressions()
        self._accounts: dict[str, Account] = {}
        self._purses: dict[str, Purse] = {}
        self._settled: dict[str, Marks] = {}
        self._lists: dict[str, dict[ListId, ListState]] = {}
        self._changed: dict[tuple[Kind, str, str], None] = {}

    def restore(self, key: str, value: bytes) -> None:
        """One entry of the changelog. After the last one comes `resume`."""
        kind, account, *rest = key.split("/")
        match kind:
            case "account":
                self._accounts[account] = Account.model_validate_json(value)
            case "purse":
                self._purses[account] = Purse.model_validate_json(value)
            case "list":
                self._lists.setdefault(account, {})[ListId(rest[0])] = ListState.model_validate_json(value)
            case "settled":
                self._settled.setdefault(account, Marks()).restore(int(rest[0]), value)
            case _:
                known = self.inbox if kind in inbox.KINDS else self.suppressions
                known.restore(key, value)

    def resume(self) -> None:
        """All is restored."""
        for name, lists in self._lists.items():
            in_order = dict(sorted(lists.items(), key=lambda item: int(item[0])))
            self._accounts[name] = self._accounts[name].model_copy(update={"lists": in_order})
        self._lists.clear()
        for settled in self._settled.values():
            settled.resume()
        self.inbox.resume()

    def get(self, account: str) -> Account | None:
        """The account, if there is one."""
        return self._accounts.get(account)

    def __getitem__(self, account: str) -> Account:
        return self._accounts[account]

    def purse(self, account: str) -> Purse:
        """The purse of an account that exists."""
        return self._purses[account]

    def fold(self, event: Event) -> None:
        """Takes an event in."""
        name = event.account
        if isinstance(event, facts.AccountOpened):
            self._set_account(name, open_account(event))
            self._set_purse(name, Purse())
            return
        self.inbox.fold(event)
        self.suppressions.fold(event)
        if isinstance(event, invokes.MessageAccepted) and event.skipped:
            self.settle(name, int(event.message_id))
        account, purse = evolve(self._accounts[name], event), evolve_purse(self._purses[name], event)
        if account.lists is not self._accounts[name].lists:
            self._changed["list", name, getattr(event, "list_id")] = None  # noqa: B009  # who changes lists names one
        if account is not self._accounts[name]:
            self._set_account(name, account)
        if purse is not self._purses[name]:
            self._set_purse(name, purse)

    def settle(self, account: str, message: int) -> bool:
        """Takes note that a single message has its final outcome; False when that is known."""
        if account not in self._settled:
            self._settled[account] = Marks()
            self._settled[account].add(0)
        self._changed["settled", account, ""] = None
        return self._settled[account].add(message)

    def changes(self, now: float) -> dict[str, bytes | None]:
        """What changed since the last call, as changelog entries."""
        changed = dict(entry for key in self._changed for entry in self._entries(*key))
        self._changed.clear()
        return {**changed, **self.inbox.changes(now), **self.suppressions.changes()}

    def _entries(self, kind: Kind, account: str, which: str) -> Iterator[tuple[str, bytes | None]]:
        match kind:
            case "account":
                yield f"account/{account}", self._accounts[account].model_dump_json(exclude={"lists"}).encode()
            case "purse":
                yield f"purse/{account}", self._purses[account].model_dump_json().encode()
            case "list":
                state = self._accounts[account].lists.get(ListId(which))
                yield f"list/{account}/{which}", state.model_dump_json().encode() if state else None
            case "settled":
                for chunk, bitmap in self._settled[account].changes():
                    yield f"settled/{account}/{chunk}", bitmap

    def _set_account(self, name: str, account: Account) -> None:
        self._accounts[name] = account
        self._changed["account", name, ""] = None

    def _set_purse(self, name: str, purse: Purse) -> None:
        self._purses[name] = purse
        self._changed["purse", name, ""] = None
