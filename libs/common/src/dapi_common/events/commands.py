"""What clients asked for. Every command names the gateway instance that waits for its outcome."""

from typing import ClassVar

from dapi_common.events.envelope import Payload
from dapi_common.events.shapes import (
    Channel,
    Contact,
    JsonObject,
    Limits,
    Money,
    Offer,
    OnUnknown,
    Ordering,
    Pace,
    Shape,
)
from dapi_common.ids import ContactId, InvokeId, ListId, SuppressionId


class Idempotency(Shape):
    """A client's Idempotency-Key, and the SHA-256 (hex) of the request that it came with."""

    key: str
    digest: str


class Command(Payload):
    """`command_id` is unique; `reply_to` is the key of the outcome; `at` is when the gateway took it. A repetition
    with the same `idempotency` gets the first answer again and changes nothing."""

    command_id: str
    reply_to: str
    at: float
    idempotency: Idempotency | None = None


class OpenAccount(Command):
    """Opens an account with a secret of which only the hash is known here."""

    TYPE: ClassVar[str] = "account.open"
    secret_hash: str
    limits: Limits
    fees: dict[Channel, Money]
    credits: Money


class RegenerateSecret(Command):
    """Replaces the account's secret."""

    TYPE: ClassVar[str] = "account.regenerate-secret"
    secret_hash: str


class ChangeLimits(Command):
    """Sets the account's limits."""

    TYPE: ClassVar[str] = "account.change-limits"
    limits: Limits


class TopUp(Command):
    """Adds a positive amount to the account's balance."""

    TYPE: ClassVar[str] = "account.top-up"
    amount: Money


class PutProvider(Command):
    """Adds the provider or replaces its credentials (ciphertext). With `must_exist` only the latter."""

    TYPE: ClassVar[str] = "provider.put-credentials"
    name: str
    credentials: str
    must_exist: bool = False


class RemoveProvider(Command):
    """Removes the provider."""

    TYPE: ClassVar[str] = "provider.remove"
    name: str


class CreateMessage(Command):
    """Sends one message within `ttl` seconds. Its arguments have been checked against the provider's rules."""

    TYPE: ClassVar[str] = "message.create"
    provider: str
    channel: Channel
    arguments: JsonObject
    ttl: float
    on_unknown: OnUnknown = "fail"


class CreateList(Command):
    """Creates an empty list."""

    TYPE: ClassVar[str] = "list.create"
    metadata: JsonObject


class UpdateList(Command):
    """Replaces the list's metadata."""

    TYPE: ClassVar[str] = "list.update"
    list_id: ListId
    metadata: JsonObject


class DeleteList(Command):
    """Deletes the list and its contacts."""

    TYPE: ClassVar[str] = "list.delete"
    list_id: ListId


class AddContacts(Command):
    """Adds all of the contacts or none."""

    TYPE: ClassVar[str] = "list.add-contacts"
    list_id: ListId
    contacts: list[Contact]


class UpdateContact(Command):
    """Replaces one contact."""

    TYPE: ClassVar[str] = "list.update-contact"
    list_id: ListId
    contact_id: ContactId
    contact: Contact


class RemoveContact(Command):
    """Removes one contact."""

    TYPE: ClassVar[str] = "list.remove-contact"
    list_id: ListId
    contact_id: ContactId


class CreateInvoke(Command):
    """Contacts the whole list as it stands when this is accepted."""

    TYPE: ClassVar[str] = "invoke.create"
    list_id: ListId
    offers: list[Offer]
    throughput: dict[Channel, Pace]
    ordering: Ordering = "first-attempt"
    on_unknown: OnUnknown = "fail"
    ttl: float


class StopInvoke(Command):
    """Stops a running invoke."""

    TYPE: ClassVar[str] = "invoke.stop"
    invoke_id: InvokeId


class PauseInvoke(Command):
    """Holds a running invoke."""

    TYPE: ClassVar[str] = "invoke.pause"
    invoke_id: InvokeId


class ResumeInvoke(Command):
    """Lets a paused invoke go on."""

    TYPE: ClassVar[str] = "invoke.resume"
    invoke_id: InvokeId


class RepaceInvoke(Command):
    """Replaces the ceilings of an invoke that runs or is paused."""

    TYPE: ClassVar[str] = "invoke.repace"
    invoke_id: InvokeId
    throughput: dict[Channel, Pace]


class RetryInvoke(Command):
    """Contacts those whom an invoke that is over did not reach: they failed or were stopped. What is not given is as
    it was in that invoke."""

    TYPE: ClassVar[str] = "invoke.retry"
    retry_of: InvokeId
    offers: list[Offer] | None = None
    throughput: dict[Channel, Pace] | None = None
    ordering: Ordering | None = None
    on_unknown: OnUnknown | None = None
    ttl: float


class DeleteInvoke(Command):
    """Deletes an invoke that is not running."""

    TYPE: ClassVar[str] = "invoke.delete"
    invoke_id: InvokeId


class SuppressContact(Command):
    """Sends nothing to the contact any more. One that is suppressed already stays as it is."""

    TYPE: ClassVar[str] = "contact.suppress"
    channel: Channel
    address: str


class LiftSuppression(Command):
    """Sends to the contact again, whoever had it suppressed."""

    TYPE: ClassVar[str] = "suppression.lift"
    suppression_id: SuppressionId
