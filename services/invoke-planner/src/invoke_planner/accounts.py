"""The accounts of one partition: folds events into them and knows which of them the changelog has not seen yet."""

from dapi_common.events import account as facts
from invoke_planner.account import Account, Event, Purse, evolve, evolve_purse, open_account


class Accounts:
    """Accounts and their purses, by account id. State keys are `account/<id>` and `purse/<id>`."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._purses: dict[str, Purse] = {}
        self._changed: set[tuple[str, str]] = set()

    def restore(self, kind: str, account: str, value: bytes) -> None:
        """One entry of the changelog."""
        if kind == "account":
            self._accounts[account] = Account.model_validate_json(value)
        else:
            self._purses[account] = Purse.model_validate_json(value)

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
        account, purse = evolve(self._accounts[name], event), evolve_purse(self._purses[name], event)
        if account is not self._accounts[name]:
            self._set_account(name, account)
        if purse is not self._purses[name]:
            self._set_purse(name, purse)

    def settle(self, account: str, message: int) -> bool:
        """Takes note that a single message has its final outcome; False when that is known."""
        self._changed.add(("purse", account))
        return self._purses[account].settled.add(message)

    def changes(self) -> dict[str, bytes]:
        """What changed since the last call, as changelog entries."""
        changed = {f"{kind}/{account}": self._encoded(kind, account) for kind, account in self._changed}
        self._changed.clear()
        return changed

    def _encoded(self, kind: str, account: str) -> bytes:
        state = self._accounts[account] if kind == "account" else self._purses[account]
        return state.model_dump_json().encode()

    def _set_account(self, name: str, account: Account) -> None:
        self._accounts[name] = account
        self._changed.add(("account", name))

    def _set_purse(self, name: str, purse: Purse) -> None:
        self._purses[name] = purse
        self._changed.add(("purse", name))
