"""What a provider implements: a `send` whose expected outcomes are values (style.md rule 5), and what it may add."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel

from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.ids import MessageId
from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.hooks import NO_HOOKS, Hooks
from dapi_common.provider.http import Http


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent: `arguments` by the provider's own names, recipient included; `credentials` in clear, for
    this call only; `hooks` say where the vendor reaches us about it."""

    id: MessageId
    channel: Channel
    arguments: JsonObject
    credentials: Mapping[str, str]
    hooks: Hooks = NO_HOOKS


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it. `ref` is its own id (of several parts: theirs, with commas); `reply` its answer as it
    came."""

    ref: str
    reply: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """This message can never succeed as it is. With `auth` no message of this account can; with `suppress` none to
    this recipient."""

    code: str
    description: str
    reply: JsonObject = field(default_factory=dict)
    auth: bool = False
    suppress: bool = False


@dataclass(frozen=True, slots=True)
class Deferred:
    """Surely not processed: to be sent again, not before `retry_after` seconds where the provider says so."""

    code: str
    description: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """The request left, and what became of it is not known."""

    code: str
    description: str


Outcome = Accepted | Refused | Deferred | Unclear


class Adapter(Protocol):
    """One provider. Sleeps, retries, logs and measures nothing: the worker around it does."""

    name: ClassVar[str]
    recipient: ClassVar[Mapping[Channel, str]]
    """The channels that it serves, each with the argument that holds the recipient: a name, a path of names with
    dots, `[]` at its end where the vendor wants a list (`Destination.ToAddresses[]`)."""
    arguments: ClassVar[Mapping[Channel, type[BaseModel]]]
    """What `arguments` must look like, by channel; unknown names are refused."""
    credentials: ClassVar[type[BaseModel]]
    """The credential keys, required and optional; unknown keys are refused."""

    @staticmethod
    def url(credentials: Mapping[str, str]) -> str:
        """The vendor's base URL for an account with these credentials: scheme and host, no path."""
        ...

    async def send(self, message: Message, http: Http) -> Outcome:
        """One call to the provider, one truthful answer. `http` is at `url`. Raises only defects."""
        ...


class Copies(Adapter, Protocol):
    """An adapter whose arguments name others beside the recipient."""

    copies: ClassVar[Mapping[Channel, Sequence[str]]]
    """Where, by channel: paths as in `recipient`. Nobody of them may be one to whom the account sends nothing."""


@runtime_checkable
class LooksUp(Adapter, Protocol):
    """An adapter whose vendor can be asked what became of a send that is unclear."""

    async def lookup(self, message: Message, since: float, http: Http) -> Sequence[Accepted]:
        """What the vendor has that may be this message: to the same recipient, with the same content, and not older
        than `since` (seconds since the epoch); oldest first. [] when there is none, or no answer."""
        ...


@runtime_checkable
class Receives(Adapter, Protocol):
    """An adapter whose vendor calls us: receipts, and what people send back."""

    async def receive(self, callback: Callback, http: Http) -> Received | Rejected:
        """Checks that the vendor sent it, and says what it means. `http` is at `url`. Raises only defects."""
        ...
