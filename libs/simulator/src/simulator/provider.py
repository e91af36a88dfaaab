"""What a provider's module implements. Each is a file or a few, and one line in `app.py`.

A provider answers (`read`, `accept`, `refuse`, …), and it makes requests of its own: `receipts` and `inbound` build
them, signed as the vendor signs, and `courier.py` makes them. How a receipt comes about: a step of a script (or the
settings, for every message) holds `ReceiptPlan`s; the stage hands them over with the message `Taken`; when one is due
`receipts(taken, plan, number, at)` is called, once whatever its `repeat`, and gives its requests: usually one, one a
part or recipient where the vendor reports them apart, none when nobody has told the vendor a URL. So timestamps and
nonces are those of `at`, and a provider that keeps messages for its look-ups notes there what has become of them. It
may be a generator: it goes on once the request before was answered (`Post.on_answer` has seen it).
`forged` is a wrong signature on an otherwise true receipt; `unknown_message` a right one on an id that was never given.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from aiohttp import web

from simulator.accounts import Account
from simulator.posts import Post, Redelivery
from simulator.receipts import InboundPlan, ReceiptPlan
from simulator.wire import Incoming, Reply

Channel = Literal["sms", "voice", "email", "push"]


@dataclass(frozen=True, slots=True)
class Submission:
    """A message that passed the provider's checks; `fields` are its parameters by their native names. `plans`: the
    receipts that such a recipient always brings about (SES's own test addresses), unless the step has its own; they
    come before those of the settings."""

    account: str
    to: str
    sender: str
    client_ref: str
    fields: dict[str, str]
    channel: Channel = "sms"
    plans: tuple[ReceiptPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """The provider's answer to what it does not take, and as much of the message as could be read."""

    reply: Reply
    throttled: bool = False
    to: str = ""
    sender: str = ""
    client_ref: str = ""
    channel: Channel = "sms"


@dataclass(frozen=True, slots=True)
class Acceptance:
    id: str
    reply: Reply


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the provider took. `id` is what `accept` gave it, `seq` and `at` what `accept` was given."""

    submission: Submission
    id: str
    seq: int
    at: float


class Provider(Protocol):
    name: str
    redelivery: Redelivery

    def sends(self, path: str) -> bool:
        """Whether a POST to this path submits a message."""

    def read(self, request: Incoming) -> Submission | Refusal:
        """Checks credentials, signature and shape, in the provider's own order."""

    def accept(self, submission: Submission, seq: int, at: float) -> Acceptance:
        """Takes the message. The id follows from `seq` alone."""

    def refuse(self, code: str) -> Refusal:
        """The answer of one row of the provider's error table."""

    def throttle(self) -> Reply:
        """The body of an HTTP 429."""

    def failure(self, status: int) -> Reply:
        """The body of an HTTP 5xx."""

    def receipts(self, taken: Taken, plan: ReceiptPlan, number: int, at: float) -> Iterable[Post]:
        """The requests of one receipt that is due at `at`. `number` is its place in the message's plans, from 0."""

    def inbound(self, account: Account, plan: InboundPlan, number: int, at: float) -> Iterable[Post]:
        """The requests by which the vendor hands over what somebody sent. `number` is never the same again."""

    def lookups(self) -> Sequence[web.RouteDef]:
        """Routes that tell what became of messages, and whatever else the vendor serves (certificates)."""

    def clear(self) -> None:
        """Forgets the messages taken."""
