"""Work: one send to one contact, and the controls that overtake sends."""

from typing import ClassVar

from pydantic import Field

from dapi_common.events.envelope import Payload
from dapi_common.events.shapes import Channel, JsonObject, OnUnknown, Pace
from dapi_common.ids import ContactId, InvokeId, MessageId


class SendRequested(Payload):
    """One message is to be handed to one provider. The same message comes again, with a higher `attempt` and a
    `not_before`, when a try was deferred. Times are seconds since the epoch; `slot` is given by the dispatcher: no
    call starts earlier. `credentials` is ciphertext. What comes again keeps `at`: it tells what was asked for before a
    ProviderWithdrawn. `held`: it was put back untried, because the vendor refuses the account (ProviderPaused). `late`:
    it was put back untried, because it came too late for its `slot`, which nobody used. With the slot the dispatcher
    says how many seconds a call must come after that of the send that had the slot before through the same provider:
    `room`, of any of the account's, and `pace_room`, of its invoke and channel; and whether the account sends through
    other providers, too (`shared`)."""

    TYPE: ClassVar[str] = "send.requested"
    message_id: MessageId
    n: int
    invoke_id: InvokeId | None = None
    index: int | None = None
    contact_id: ContactId | None = None
    address: str | None = None
    provider: str
    channel: Channel
    arguments: JsonObject
    credentials: str
    account_mps: int
    pace: Pace = Field(default_factory=Pace)
    deadline: float
    on_unknown: OnUnknown = "fail"
    attempt: int = 1
    not_before: float = 0.0
    slot: float = 0.0
    room: float = 0.0
    pace_room: float = 0.0
    shared: bool = False
    held: bool = False
    late: bool = False
    at: float

    @property
    def comes_again(self) -> bool:
        """Whether it was in the log before, for an earlier try or none."""
        return self.not_before > 0.0 or self.late

    def once_more(self, **changes: object) -> "SendRequested":
        """The same for the dispatcher, without what it gave before."""
        given = {"slot": 0.0, "room": 0.0, "pace_room": 0.0, "shared": False, "late": False}
        return self.model_copy(update={**given, **changes})


class SendsStopped(Payload):
    """No send of this invoke may start any more."""

    TYPE: ClassVar[str] = "sends.stopped"
    invoke_id: InvokeId
    at: float


class SendsPaused(Payload):
    """No send of this invoke may be released until it is resumed. What its adapters have goes."""

    TYPE: ClassVar[str] = "sends.paused"
    invoke_id: InvokeId
    at: float


class SendsResumed(Payload):
    """Sends of this invoke may be released again."""

    TYPE: ClassVar[str] = "sends.resumed"
    invoke_id: InvokeId
    at: float


class SendsRepaced(Payload):
    """The ceilings of this invoke are these now, whatever sends that were requested before say (and their retries)."""

    TYPE: ClassVar[str] = "sends.repaced"
    invoke_id: InvokeId
    throughput: dict[Channel, Pace]
    at: float


class ProviderWithdrawn(Payload):
    """No queued send through this provider may start any more: they fail with provider-not-found."""

    TYPE: ClassVar[str] = "sends.provider-withdrawn"
    provider: str
    at: float


class ProviderRenewed(Payload):
    """The vendor takes the account's messages again, or may: sends that were put back because it did not (`held`) need
    not wait any longer."""

    TYPE: ClassVar[str] = "sends.provider-renewed"
    provider: str
    at: float
