"""The ask: publish a command, wait for its outcome, then for the read models to have passed it."""

import asyncio
from typing import Protocol, TypedDict
from uuid import uuid4

from api_gateway.errors import rejected, try_later
from dapi_common import topics
from dapi_common.bus.port import Output, Publisher, Record
from dapi_common.clock import Clock
from dapi_common.events import OUTCOMES
from dapi_common.events.commands import Command
from dapi_common.events.outcomes import CommandOutcome
from dapi_common.ids import AccountId


class Passing(Protocol):
    """Knows how far the read models are."""

    async def wait(self, topic: str, partition: int, offset: int, timeout: float) -> bool:
        """Whether they passed this record within `timeout` seconds."""
        ...


class Stamp(TypedDict):
    """What every command of this gateway carries."""

    account: AccountId
    command_id: str
    reply_to: str
    at: float


class Asks:
    """The commands that wait for an outcome. `instance` is unique to this start of the process, so that answers to
    an earlier one find nobody. `budget` is in seconds: no ask takes longer."""

    def __init__(
        self,
        publisher: Publisher,
        barrier: Passing,
        clock: Clock,
        instance: str,
        budget: float = 4.5,
        patience: float = 4.0,
    ) -> None:
        self._publisher, self._barrier, self._clock, self._instance = publisher, barrier, clock, instance
        self._budget, self._patience = budget, patience
        self._key = instance.encode()
        self._waiting: dict[str, asyncio.Future[CommandOutcome]] = {}

    def stamp(self, account: AccountId) -> Stamp:
        """The common fields of a new command."""
        return {
            "account": account,
            "command_id": uuid4().hex,
            "reply_to": self._instance,
            "at": self._clock.now(),
        }

    def settle(self, record: Record) -> None:
        """Takes one record of dapi.outcomes: wakes who waits for it, ignores what is another gateway's. Raises
        Undecodable: then who waits for it is answered with outcome-unknown."""
        if record.key != self._key:
            return
        outcome: CommandOutcome = OUTCOMES.decode(record.headers, record.value)
        waiting = self._waiting.get(outcome.command_id)
        if waiting and not waiting.done():
            waiting.set_result(outcome)

    async def ask(self, command: Command) -> tuple[str, ...]:
        """The ids that the command made or touched. Raises Problem: the planner's refusal, or outcome-unknown."""
        outcome = await self.outcome(command)
        if outcome.error is not None:
            raise rejected(outcome)
        return outcome.ids

    async def outcome(self, command: Command) -> CommandOutcome:
        """What the planner says, yes or no; of a yes a GET by anyone sees the change, unless the read models' store is
        away. Raises Problem outcome-unknown."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._budget
        try:
            async with asyncio.timeout_at(until):
                outcome = await self._outcome(command)
        except TimeoutError:
            raise try_later("outcome-unknown") from None
        await self._folded(outcome, min(self._patience, until - loop.time()))
        return outcome

    async def _outcome(self, command: Command) -> CommandOutcome:
        waiting: asyncio.Future[CommandOutcome] = asyncio.get_running_loop().create_future()
        self._waiting[command.command_id] = waiting
        try:
            await self._publisher.publish(Output(topics.COMMANDS, command), self._budget)
            return await waiting
        finally:
            del self._waiting[command.command_id]

    async def _folded(self, outcome: CommandOutcome, timeout: float) -> None:
        if outcome.partition is not None and outcome.offset is not None:
            await self._barrier.wait(topics.EVENTS.name, outcome.partition, outcome.offset, timeout)
