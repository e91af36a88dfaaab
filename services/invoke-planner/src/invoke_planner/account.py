"""The account aggregate: what is known of an account, and how each event changes it. Pure; knows no Kafka."""

from decimal import Decimal
from typing import Self, assert_never

from pydantic import BaseModel, ConfigDict, Field

from dapi_common.events import account as facts
from dapi_common.events import inbound, invokes, lists
from dapi_common.events.shapes import Channel, Limits
from dapi_common.ids import AccountId, ContactId, InvokeId, ListId, number_of
from dapi_common.ranges import RangeSet

Event = (
    facts.AccountOpened
    | facts.SecretRegenerated
    | facts.LimitsChanged
    | facts.CreditsMoved
    | facts.ProviderPut
    | facts.ProviderRemoved
    | lists.ListCreated
    | lists.ListUpdated
    | lists.ListDeleted
    | lists.ContactsAdded
    | lists.ContactUpdated
    | lists.ContactRemoved
    | invokes.MessageAccepted
    | invokes.MessageSkipped
    | invokes.InvokeAccepted
    | invokes.InvokePlanned
    | invokes.InvokeProgressed
    | invokes.InvokeCompleted
    | invokes.InvokeStopped
    | invokes.InvokeDeleted
    | invokes.InvokePaused
    | invokes.InvokeResumed
    | invokes.InvokeRepaced
    | inbound.InboundRecorded
    | inbound.ContactSuppressed
    | inbound.SuppressionLifted
)


class State(BaseModel):
    """A part of the planner's state, as the changelog keeps it."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ListState(State):
    """Which contact ids a list has, by channel. `next_id` is the id that the next contact gets."""

    next_id: int = 1
    members: dict[Channel, RangeSet] = Field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many contacts the list has."""
        return sum(ids.count for ids in self.members.values())

    def channel_of(self, contact: ContactId) -> Channel | None:
        """The channel of a contact; None when there is no such contact."""
        number = number_of(contact)
        return next((channel for channel, ids in self.members.items() if number in ids), None)

    def adding(self, contacts: list[Channel], first_id: int) -> Self:
        """With contacts of these channels from `first_id` on."""
        members = {channel: RangeSet(ids) for channel, ids in self.members.items()}
        for contact, channel in enumerate(contacts, first_id):
            members.setdefault(channel, RangeSet()).add(contact)
        next_id = max(self.next_id, first_id + len(contacts))
        return self.model_copy(update={"members": members, "next_id": next_id})

    def without(self, contact: ContactId) -> Self:
        """Without one contact."""
        members = {channel: ids.excluding(int(contact)) for channel, ids in self.members.items()}
        return self.model_copy(update={"members": members})


class Account(State):
    """All that decisions about an account need. Sequences hold the next number to give. The changelog keeps each list
    apart, so that a change of one rewrites no other."""

    id: AccountId
    secret_hash: str
    limits: Limits
    fees: dict[Channel, Decimal]
    providers: dict[str, str] = Field(default_factory=dict)
    lists: dict[ListId, ListState] = Field(default_factory=dict)
    running: dict[InvokeId, ListId] = Field(default_factory=dict)
    paused: RangeSet = Field(default_factory=RangeSet)
    ended: RangeSet = Field(default_factory=RangeSet)
    deleted: RangeSet = Field(default_factory=RangeSet)
    next_list: int = 1
    next_invoke: int = 1


class Purse(State):
    """What changes with every message: kept apart from the account, so that a message rewrites little."""

    balance: Decimal = Decimal(0)
    next_message: int = 1
    next_n: int = 1


def open_account(event: facts.AccountOpened) -> Account:
    """The account as it begins."""
    return Account(id=event.account, secret_hash=event.secret_hash, limits=event.limits, fees=event.fees)


def evolve(account: Account, event: Event) -> Account:
    """The account after `event`."""
    match event:
        case facts.SecretRegenerated() | facts.LimitsChanged() | facts.ProviderPut() | facts.ProviderRemoved():
            return _evolve_settings(account, event)
        case lists.ListCreated() | lists.ListDeleted() | lists.ListUpdated():
            return _evolve_lists(account, event)
        case lists.ContactsAdded() | lists.ContactUpdated() | lists.ContactRemoved():
            return _evolve_contacts(account, event)
        case invokes.InvokeAccepted() | invokes.InvokeCompleted() | invokes.InvokeStopped() | invokes.InvokeDeleted():
            return _evolve_invokes(account, event)
        case invokes.InvokePaused() | invokes.InvokeResumed():
            return _evolve_paused(account, event)
        case facts.AccountOpened() | facts.CreditsMoved() | invokes.MessageAccepted() | invokes.MessageSkipped():
            return account
        case (
            invokes.InvokePlanned()
            | invokes.InvokeProgressed()
            | invokes.InvokeRepaced()
            | inbound.InboundRecorded()
            | inbound.ContactSuppressed()
            | inbound.SuppressionLifted()
        ):
            return account
        case _:
            assert_never(event)


def _evolve_settings(
    account: Account,
    event: facts.SecretRegenerated | facts.LimitsChanged | facts.ProviderPut | facts.ProviderRemoved,
) -> Account:
    match event:
        case facts.SecretRegenerated():
            return account.model_copy(update={"secret_hash": event.secret_hash})
        case facts.LimitsChanged():
            return account.model_copy(update={"limits": event.limits})
        case facts.ProviderPut():
            return account.model_copy(update={"providers": {**account.providers, event.name: event.credentials}})
        case facts.ProviderRemoved():
            kept = {name: sealed for name, sealed in account.providers.items() if name != event.name}
            return account.model_copy(update={"providers": kept})


def evolve_purse(purse: Purse, event: Event) -> Purse:
    """The purse after `event`."""
    match event:
        case facts.CreditsMoved():
            return purse.model_copy(update={"balance": event.balance})
        case invokes.MessageAccepted():
            changed = {"next_message": int(event.message_id) + 1, "next_n": event.n + 1}
            return purse.model_copy(update=changed)
        case invokes.InvokeAccepted():
            return purse.model_copy(update={"next_n": event.first_n + event.total})
        case _:
            return purse


def _evolve_lists(account: Account, event: lists.ListCreated | lists.ListDeleted | lists.ListUpdated) -> Account:
    match event:
        case lists.ListCreated():
            changed = {**account.lists, event.list_id: ListState()}
            return account.model_copy(update={"lists": changed, "next_list": int(event.list_id) + 1})
        case lists.ListDeleted():
            kept = {name: state for name, state in account.lists.items() if name != event.list_id}
            return account.model_copy(update={"lists": kept})
        case _:
            return account


def _evolve_contacts(
    account: Account, event: lists.ContactsAdded | lists.ContactUpdated | lists.ContactRemoved
) -> Account:
    state = account.lists[event.list_id]
    match event:
        case lists.ContactsAdded():
            state = state.adding([contact.channel for contact in event.contacts], event.first_id)
        case lists.ContactUpdated():
            state = state.without(event.contact_id).adding([event.contact.channel], int(event.contact_id))
        case lists.ContactRemoved():
            state = state.without(event.contact_id)
    return account.model_copy(update={"lists": {**account.lists, event.list_id: state}})


def _evolve_invokes(
    account: Account,
    event: invokes.InvokeAccepted | invokes.InvokeCompleted | invokes.InvokeStopped | invokes.InvokeDeleted,
) -> Account:
    number = int(event.invoke_id)
    match event:
        case invokes.InvokeAccepted():
            running = {**account.running, event.invoke_id: event.list_id}
            return account.model_copy(update={"running": running, "next_invoke": number + 1})
        case invokes.InvokeDeleted():
            return account.model_copy(update={"deleted": account.deleted.including(number, number + 1)})
        case _:
            running = {name: of for name, of in account.running.items() if name != event.invoke_id}
            ended, paused = account.ended.including(number, number + 1), account.paused.excluding(number)
            return account.model_copy(update={"running": running, "paused": paused, "ended": ended})


def _evolve_paused(account: Account, event: invokes.InvokePaused | invokes.InvokeResumed) -> Account:
    number = int(event.invoke_id)
    paused = isinstance(event, invokes.InvokePaused)
    changed = account.paused.including(number, number + 1) if paused else account.paused.excluding(number)
    return account.model_copy(update={"paused": changed})
