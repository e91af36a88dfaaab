"""Answers to gateways, and what gateways must know of an account to authenticate."""

from typing import ClassVar

from pydantic import Field

from dapi_common.events.envelope import Payload
from dapi_common.events.shapes import Limits


class CommandOutcome(Payload):
    """The answer to one command. Accepted: `ids` name what it made or touched, and (partition, offset) is the last
    event that it caused on dapi.events (absent when it changed nothing). Rejected: `error` is the code of the API,
    `field` a JSON pointer to what is to blame. `replayed`: it is the answer to an earlier command with the same
    idempotency key."""

    TYPE: ClassVar[str] = "command.outcome"
    command_id: str
    ids: tuple[str, ...] = ()
    error: str | None = None
    description: str = ""
    field: str | None = None
    partition: int | None = None
    offset: int | None = None
    replayed: bool = False


class AccountSnapshot(Payload):
    """The last word on an account: its secret's hash, its limits, and its providers' credentials as ciphertext. `at`
    is the planner's own time, by which sends are ordered, too."""

    TYPE: ClassVar[str] = "account.snapshot"
    secret_hash: str
    limits: Limits
    providers: dict[str, str] = Field(default_factory=dict)
    at: float = 0.0
