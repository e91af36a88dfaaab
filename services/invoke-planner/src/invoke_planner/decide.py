"""The account's decisions: `decide(account, purse, command)` is events, or why not. Pure; knows no Kafka.

Suppressions have a state and decisions of their own (`suppressing`)."""

from typing import Any

from dapi_common.events import account as facts
from dapi_common.events import commands, inbound, invokes, lists
from dapi_common.events.shapes import Channel
from dapi_common.ids import ListId, MessageId
from invoke_planner import credits, invoking
from invoke_planner.account import Account, Event, ListState, Purse
from invoke_planner.decision import Decision, Rejected, insufficient, not_found


def decide(account: Account, purse: Purse, command: Any, is_suppressed: bool = False) -> Decision:
    """The events that `command` (any of events.commands but OpenAccount, RetryInvoke and those about suppressions)
    causes, or why none. `is_suppressed`: it is a message to somebody to whom nothing is sent."""
    match command:
        case commands.RegenerateSecret() | commands.ChangeLimits() | commands.TopUp():
            return _settings(account, purse, command)
        case commands.PutProvider() | commands.RemoveProvider():
            return _provider(account, command)
        case commands.CreateMessage():
            return _message(account, purse, command, is_suppressed)
        case commands.CreateList() | commands.UpdateList() | commands.DeleteList():
            return _list(account, command)
        case commands.AddContacts() | commands.UpdateContact() | commands.RemoveContact():
            return _contacts(account, command)
        case commands.CreateInvoke():
            return invoking.create(account, purse, command)
        case _ if isinstance(command, invoking.Change):
            return invoking.change(account, command)
        case _:
            raise TypeError(f"no decision for {type(command).__name__}")


def _settings(
    account: Account, purse: Purse, command: commands.RegenerateSecret | commands.ChangeLimits | commands.TopUp
) -> Decision:
    match command:
        case commands.RegenerateSecret():
            return [facts.SecretRegenerated(account=account.id, secret_hash=command.secret_hash)]
        case commands.ChangeLimits():
            return [facts.LimitsChanged(account=account.id, limits=command.limits)]
        case commands.TopUp() if not 0 < command.amount < credits.MOST - purse.balance:
            description = f"The amount must be positive, and the balance stays below {credits.MOST}."
            return Rejected("credits-invalid", description, "/amount")
        case commands.TopUp():
            return [credits.topped_up(account, purse, command.amount, command.command_id, command.at)]


def open_account(command: commands.OpenAccount) -> Decision:
    """A new account, with the credits that it starts with."""
    if not 0 <= command.credits < credits.MOST:
        return Rejected("credits-invalid", f"The credits must be 0 to {credits.MOST}.", "/credits")
    if any(fee < 0 for fee in command.fees.values()):
        return Rejected("account-invalid", "A fee must not be negative.", "/fees")
    opened = facts.AccountOpened(
        account=command.account, secret_hash=command.secret_hash, limits=command.limits, fees=command.fees
    )
    start = facts.CreditsMoved(
        account=command.account,
        kind="topped-up",
        amount=command.credits,
        balance=command.credits,
        reference=command.command_id,
        at=command.at,
    )
    return [opened, start] if command.credits else [opened]


def _provider(account: Account, command: commands.PutProvider | commands.RemoveProvider) -> Decision:
    known = command.name in account.providers
    match command:
        case commands.PutProvider(must_exist=True) if not known:
            return not_found("provider")
        case commands.PutProvider():
            put = facts.ProviderPut(
                account=account.id, name=command.name, credentials=command.credentials, at=command.at
            )
            return [put]
        case commands.RemoveProvider():
            removed = facts.ProviderRemoved(account=account.id, name=command.name, at=command.at)
            return [removed] if known else not_found("provider")


def _message(account: Account, purse: Purse, command: commands.CreateMessage, is_suppressed: bool) -> Decision:
    if command.provider not in account.providers:
        return Rejected(
            "message-invalid-provider", "Add the provider with PUT /v1/providers/{name} first.", "/provider"
        )
    message_id = MessageId(str(purse.next_message))
    paid_for: dict[Channel, int] = {} if is_suppressed else {command.channel: 1}
    reserved = credits.reserved(account, purse, paid_for, message_id, command.at)
    if isinstance(reserved, credits.Insufficient):
        return insufficient(reserved)
    accepted = invokes.MessageAccepted(
        account=account.id,
        message_id=message_id,
        n=purse.next_n,
        provider=command.provider,
        channel=command.channel,
        arguments=command.arguments,
        deadline=command.at + command.ttl,
        on_unknown=command.on_unknown,
        skipped="suppressed" if is_suppressed else None,
        at=command.at,
    )
    return [*reserved, accepted]


def _list(account: Account, command: commands.CreateList | commands.UpdateList | commands.DeleteList) -> Decision:
    if isinstance(command, commands.CreateList):
        if len(account.lists) >= account.limits.lists:
            return Rejected("list-limit-reached", f"The account may have {account.limits.lists} lists: delete one.")
        list_id = ListId(str(account.next_list))
        return [lists.ListCreated(account=account.id, list_id=list_id, metadata=command.metadata, at=command.at)]
    if command.list_id not in account.lists:
        return not_found("list")
    if isinstance(command, commands.UpdateList):
        update = lists.ListUpdated(
            account=account.id, list_id=command.list_id, metadata=command.metadata, at=command.at
        )
        return [update]
    return [lists.ListDeleted(account=account.id, list_id=command.list_id, at=command.at)]


def _contacts(
    account: Account, command: commands.AddContacts | commands.UpdateContact | commands.RemoveContact
) -> Decision:
    state = account.lists.get(command.list_id)
    if state is None:
        return not_found("list")
    if isinstance(command, commands.AddContacts):
        return _add_contacts(account, state, command)
    if state.channel_of(command.contact_id) is None:
        return not_found("contact")
    where: dict[str, Any] = {
        "account": account.id,
        "list_id": command.list_id,
        "contact_id": command.contact_id,
        "at": command.at,
    }
    if isinstance(command, commands.UpdateContact):
        return [lists.ContactUpdated(contact=command.contact, **where)]
    return [lists.ContactRemoved(**where)]


def _add_contacts(account: Account, state: ListState, command: commands.AddContacts) -> Decision:
    most = account.limits.contacts_per_list
    if state.count + len(command.contacts) > most:
        description = f"A list may have {most} contacts; this one has {state.count}: use another list."
        return Rejected("list-contacts-limit-reached", description, "/contacts")
    added = lists.ContactsAdded(
        account=account.id,
        list_id=command.list_id,
        first_id=state.next_id,
        contacts=command.contacts,
        at=command.at,
    )
    return [added]


def ids_of(events: list[Event]) -> tuple[str, ...]:
    """What an accepted command made or touched, as its answer names it."""
    return next((ids for event in reversed(events) if (ids := _named(event))), ())


def _named(event: Event) -> tuple[str, ...]:
    match event:
        case lists.ContactsAdded():
            return tuple(str(event.first_id + i) for i in range(len(event.contacts)))
        case lists.ContactUpdated() | lists.ContactRemoved():
            return (event.contact_id,)
        case lists.ListCreated() | lists.ListUpdated() | lists.ListDeleted():
            return (event.list_id,)
        case _ if isinstance(event, invoking.Decided):
            return (event.invoke_id,)
        case invokes.MessageAccepted():
            return (event.message_id,)
        case facts.ProviderPut() | facts.ProviderRemoved():
            return (event.name,)
        case inbound.ContactSuppressed() | inbound.SuppressionLifted():
            return (event.suppression_id,)
    return ()
