"""What a provider implements: a `send` whose expected outcomes are values (style.md rule 5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from pydantic import BaseModel

from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.ids import MessageId
from dapi_common.provider.http import Http


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent: `arguments` by the provider's own names, recipient included; `credentials` in clear, for
    this call only."""

    id: MessageId
    channel: Channel
    arguments: JsonObject
    credentials: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it. `ref` is its own id; `reply` its answer as it came."""

    ref: str
    reply: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """This message can never succeed as it is. With `auth` no message of this account can."""

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
    url: ClassVar[str]
    """The vendor's base URL."""
    recipient: ClassVar[Mapping[Channel, str]]
    """The channels that it serves, each with the argument that holds the recipient."""
    arguments: ClassVar[Mapping[Channel, type[BaseModel]]]
    """What `arguments` must look like, by channel; unknown names are refused."""
    credentials: ClassVar[type[BaseModel]]
    """The credential keys, required and optional; unknown keys are refused."""

    async def send(self, message: Message, http: Http) -> Outcome:
        """One call to the provider, one truthful answer. Raises only defects."""
        ...
