"""Decisions about invokes: who may be contacted, at which pace, and what may be done with a running one."""

from collections.abc import Mapping, Sequence
from typing import Any

from dapi_common.events import commands, invokes
from dapi_common.events.shapes import Channel, Offer, Pace
from dapi_common.ids import InvokeId, number_of
from dapi_common.unreached import Unreached
from invoke_planner import credits
from invoke_planner.account import Account, Event, Purse
from invoke_planner.decision import Decision, Rejected, insufficient, not_found

MPM_PER_MPS = 60
MOST_RANGES = 400_000
"""So many runs of contacts an acceptance can name: it must fit in a record."""

Change = (
    commands.StopInvoke | commands.DeleteInvoke | commands.PauseInvoke | commands.ResumeInvoke | commands.RepaceInvoke
)
Decided = (
    invokes.InvokeAccepted
    | invokes.InvokeStopped
    | invokes.InvokeDeleted
    | invokes.InvokePaused
    | invokes.InvokeResumed
    | invokes.InvokeRepaced
)


def create(account: Account, purse: Purse, command: commands.CreateInvoke) -> Decision:
    """Contacts a whole list."""
    state = account.lists.get(command.list_id)
    if state is None or not state.count:
        return Rejected("invoke-invalid-list", "The list must exist and have contacts.", "/list_id")
    if problem := _problem(account, command.offers, command.throughput):
        return problem
    asked = {
        "list_id": command.list_id,
        "total": state.count,
        "channels": {channel: ids.count for channel, ids in state.members.items() if ids.count},
        "last_contact": state.next_id - 1,
        "offers": command.offers,
        "throughput": command.throughput,
        "ordering": command.ordering,
        "on_unknown": command.on_unknown,
    }
    return _begin(account, purse, command, asked)


def retriable(account: Account, command: commands.RetryInvoke) -> Rejected | None:
    """Why the invoke cannot be retried, whomever it reached."""
    number = number_of(command.retry_of)
    if command.retry_of in account.running:
        return Rejected("invoke-invalid-status", "Only an invoke that is over can be retried.", "/retry_of")
    if number not in account.ended or number in account.deleted:
        return not_found("invoke")
    return _problem(account, command.offers or [], command.throughput or {})


def retry(account: Account, purse: Purse, command: commands.RetryInvoke, found: Unreached) -> Decision:
    """Contacts those whom an invoke did not reach. Only where `retriable` has nothing against it."""
    if not found.picked.count:
        return Rejected("invoke-invalid-list", "Nobody in the invoke failed or was stopped.", "/retry_of")
    if len(found.picked) > MOST_RANGES:
        return Rejected("invoke-invalid-list", "They are too many, too far apart: use a list.", "/retry_of")
    offers = found.offers if command.offers is None else command.offers
    throughput = found.throughput if command.throughput is None else command.throughput
    if problem := _problem(account, offers, throughput):
        return Rejected(problem.code, f"{problem.description} Or give others than the invoke had.", "/retry_of")
    asked = {
        "list_id": found.list_id,
        "total": found.picked.count,
        "channels": found.channels,
        "last_contact": 0,
        "offers": offers,
        "throughput": throughput,
        "ordering": command.ordering or found.ordering,
        "on_unknown": command.on_unknown or found.on_unknown,
        "retry_of": command.retry_of,
        "retried": found.picked,
    }
    return _begin(account, purse, command, asked)


def change(account: Account, command: Change) -> Decision:
    """Stops, deletes, pauses, resumes or re-paces one."""
    number = number_of(command.invoke_id)
    running = command.invoke_id in account.running
    if not running and (number not in account.ended or number in account.deleted):
        return not_found("invoke")
    about: dict[str, Any] = {"account": account.id, "invoke_id": command.invoke_id, "at": command.at}
    if isinstance(command, commands.DeleteInvoke):
        refused = Rejected("invoke-running", "Stop the invoke before you delete it.")
        return refused if running else [invokes.InvokeDeleted(**about)]
    if isinstance(command, commands.RepaceInvoke):
        return _repace(account, command, about, running)
    return _hold(command, about, running, number in account.paused)


def _repace(account: Account, command: commands.RepaceInvoke, about: Mapping[str, Any], running: bool) -> Decision:
    if not running:
        return Rejected("invoke-invalid-status", "Only a running or paused invoke has a throughput.", "/throughput")
    if problem := _throughput_problem(account, command.throughput):
        return problem
    return [invokes.InvokeRepaced(throughput=command.throughput, **about)]


def _hold(
    command: commands.StopInvoke | commands.PauseInvoke | commands.ResumeInvoke,
    about: Mapping[str, Any],
    running: bool,
    paused: bool,
) -> Decision:
    match command:
        case commands.StopInvoke() if running:
            return [invokes.InvokeStopped(released=0, **about)]
        case commands.StopInvoke():
            return Rejected("invoke-invalid-status", "Only a running invoke can be stopped.", "/status")
        case commands.PauseInvoke() if running and not paused:
            return [invokes.InvokePaused(**about)]
        case commands.PauseInvoke():
            return Rejected("invoke-invalid-status", "Only a running invoke can be paused.", "/status")
        case commands.ResumeInvoke() if paused:
            return [invokes.InvokeResumed(**about)]
        case commands.ResumeInvoke():
            return Rejected("invoke-invalid-status", "Only a paused invoke can be resumed.", "/status")


def _begin(
    account: Account, purse: Purse, command: commands.CreateInvoke | commands.RetryInvoke, asked: Mapping[str, Any]
) -> Decision:
    invoke_id = InvokeId(str(account.next_invoke))
    reserved = credits.reserved(account, purse, asked["channels"], f"invoke/{invoke_id}", command.at)
    if isinstance(reserved, credits.Insufficient):
        return insufficient(reserved)
    accepted = invokes.InvokeAccepted(
        account=account.id,
        invoke_id=invoke_id,
        first_n=purse.next_n,
        deadline=command.at + command.ttl,
        at=command.at,
        **asked,
    )
    events: list[Event] = [*reserved, accepted]
    return events


def _problem(account: Account, offers: Sequence[Offer], throughput: Mapping[Channel, Pace]) -> Rejected | None:
    if problem := _throughput_problem(account, throughput):
        return problem
    for place, offer in enumerate(offers):
        if offer.provider not in account.providers:
            return Rejected(
                "message-invalid-provider",
                "Add the provider with PUT /v1/providers/{name} first.",
                f"/providers/{place}/provider",
            )
    return None


def _throughput_problem(account: Account, throughput: Mapping[Channel, Pace]) -> Rejected | None:
    most = account.limits.mps
    for channel, pace in throughput.items():
        if pace.mps is not None and pace.mps > most:
            return Rejected(
                "invoke-invalid-throughput", f"mps is at most {most} for this account.", f"/throughput/{channel}/mps"
            )
        if pace.mpm is not None and pace.mpm > most * MPM_PER_MPS:
            return Rejected(
                "invoke-invalid-throughput",
                f"mpm is at most {most * MPM_PER_MPS} for this account.",
                f"/throughput/{channel}/mpm",
            )
    return None
