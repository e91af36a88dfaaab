"""A provider that remembers every submission and answers as it is told."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel

from dapi_common.events.shapes import Channel
from dapi_common.provider.adapter import Accepted, Message, Outcome
from dapi_common.provider.http import Http
from tests.unit.dapi_common.provider.world import Anything


class Nexmo:
    """Plays the adapter of nexmo. It outlives the processes that call it."""

    name: ClassVar[str] = "nexmo"
    recipient: ClassVar[Mapping[Channel, str]] = {"sms": "to"}
    arguments: ClassVar[Mapping[Channel, type[BaseModel]]] = {"sms": Anything}
    credentials: ClassVar[type[BaseModel]] = Anything

    def __init__(self) -> None:
        self.seconds = 0.002
        """How long an answer takes."""
        self.script: dict[str, list[Outcome]] = defaultdict(list)
        """By recipient: what its tries are answered, one after the other; then Accepted."""
        self.calls: list[str] = []
        """Recipients, in the order in which the calls came."""
        self.answers: list[str] = []
        """Recipients, in the order in which the answers went."""

    @staticmethod
    def url(credentials: Mapping[str, str]) -> str:
        return "http://nexmo.invalid"

    async def send(self, message: Message, http: Http) -> Outcome:
        to = str(message.arguments["to"])
        self.calls.append(to)
        await asyncio.sleep(self.seconds)
        self.answers.append(to)
        told = self.script[to]
        return told.pop(0) if told else Accepted(f"ref-{message.id}")

    def repeated(self) -> dict[str, int]:
        """Recipients that were called more than once, and how often."""
        return {to: count for to, count in Counter(self.calls).items() if count > 1}
