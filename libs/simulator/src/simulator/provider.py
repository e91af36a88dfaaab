"""What a provider's module implements. Each is one file, and one line in `app.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from simulator.wire import Incoming, Reply


@dataclass(frozen=True, slots=True)
class Submission:
    """A message that passed the provider's checks; `fields` are its parameters by their native names."""

    account: str
    to: str
    sender: str
    client_ref: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The provider's answer to what it does not take, and as much of the message as could be read."""

    reply: Reply
    throttled: bool = False
    to: str = ""
    sender: str = ""
    client_ref: str = ""


@dataclass(frozen=True, slots=True)
class Acceptance:
    id: str
    reply: Reply


class Provider(Protocol):
    name: str

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

    def lookups(self) -> Sequence[web.RouteDef]:
        """Routes that tell what became of messages."""

    def clear(self) -> None:
        """Forgets the messages taken."""
