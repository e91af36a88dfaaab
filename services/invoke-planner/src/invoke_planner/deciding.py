"""A command's decision, from all that a task knows: the account, its money and its suppressions, and what runs."""

from typing import Any

from dapi_common.events import commands
from dapi_common.events.outcomes import CommandOutcome
from dapi_common.unreached import Unreached
from invoke_planner import invoking, suppressing
from invoke_planner.account import Account
from invoke_planner.accounts import Accounts
from invoke_planner.decide import decide, ids_of, open_account
from invoke_planner.decision import Decision, Rejected, Unchanged
from invoke_planner.running import Running


def decided(
    accounts: Accounts, running: Running, command: commands.Command, found: Unreached | None
) -> Decision | Unchanged | None:
    """None: a retry, and whom it is about has to be `found` first."""
    account = accounts.get(command.account)
    if isinstance(command, commands.OpenAccount):
        exists = Rejected("account-exists", "There is an account with this id: use another.")
        return exists if account else open_account(command)
    if account is None:
        return Rejected("not-found", "There is no such account.")
    if isinstance(command, commands.RetryInvoke):
        return _retry(account, accounts, running, command, found)
    if isinstance(command, commands.DeleteInvoke) and running.is_source((account.id, command.invoke_id)):
        return Rejected("invoke-running", "It is being retried: try again when that invoke shows its contacts.")
    if isinstance(command, suppressing.Asked):
        return suppressing.decide(accounts.suppressions, command)
    is_suppressed = suppressing.concerns(accounts.suppressions, command)
    return decide(account, accounts.purse(account.id), command, is_suppressed)


def outcome(command: commands.Command, decision: Decision | Unchanged) -> CommandOutcome:
    """What whoever asked is answered."""
    answer: dict[str, Any] = {"account": command.account, "command_id": command.command_id}
    match decision:
        case Rejected(code, description, field):
            return CommandOutcome(**answer, error=code, description=description, field=field)
        case Unchanged(ids):
            return CommandOutcome(**answer, ids=ids)
        case events:
            return CommandOutcome(**answer, ids=ids_of(events))


def _retry(
    account: Account, accounts: Accounts, running: Running, command: commands.RetryInvoke, found: Unreached | None
) -> Decision | None:
    """None: it depends on whom the invoke reached."""
    if refused := invoking.retriable(account, command):
        return refused
    if running.get((account.id, command.retry_of)):
        return Rejected("invoke-invalid-status", "Some of its messages are still under way.", "/retry_of")
    return invoking.retry(account, accounts.purse(account.id), command, found) if found else None
