"""Asks the system, when all is quiet, what became of everything."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient

from local_stack.client import JSON, ledger_of
from tests.faults.facts import Attempt, Message, Money, Progress, Submission
from tests.faults.load import Invoke
from tests.faults.writing import Writer

_PAGE = 1000


async def until_quiet(readers: Mapping[str, Writer], invokes: Sequence[Invoke], within: float) -> None:
    """Returns when nothing is pending, or nothing has changed for so many seconds."""
    deadline, before, running = time.monotonic() + within, list[JSON](), list(invokes)
    while (looked := time.monotonic()) < deadline:
        open_ones = [await readers[one.account].read(f"/v1/invokes/{one.id}?limit=1") for one in running]
        waiting = [await reader.read(f"/v1/messages?status=pending&limit={_PAGE}") for reader in readers.values()]
        running = [one for one, answer in zip(running, open_ones, strict=True) if not _has_ended(answer)]
        now = [{"waiting": [one["id"] for page in waiting for one in page["messages"]]}, *map(_state, open_ones)]
        if not running and not now[0]["waiting"]:
            return
        if now != before:
            deadline, before = time.monotonic() + within, now
        await asyncio.sleep(max(1.0, 2 * (time.monotonic() - looked)))  # who looks holds up what is looked at


def _state(invoke: JSON) -> JSON:
    return {name: invoke[name] for name in ("id", "status", "progress")}


def _has_ended(invoke: JSON) -> bool:
    return invoke["status"] in ("completed", "stopped") and invoke["progress"]["pending"] == "0"


async def messages_of(account: str, reader: Writer) -> list[Message]:
    """All that the API lists."""
    found: list[Message] = []
    for page in range(1_000_000):
        listed = (await reader.read(f"/v1/messages?limit={_PAGE}&page={page}"))["messages"]
        found += [_message(account, one) for one in listed]
        if not listed:
            break
    return found


def _message(account: str, one: JSON) -> Message:
    arguments = one["arguments"]
    number = str(arguments.get("to") or arguments.get("To") or "").lstrip("+")
    attempts = tuple(_attempt(attempt) for attempt in one["attempts"])
    return Message(one["id"], account, number, one["provider"], one["status"], one["error-code"], attempts)


def _attempt(one: JSON) -> Attempt:
    at = datetime.fromisoformat(one["at"].replace("Z", "+00:00")).timestamp()
    return Attempt(at, one["outcome"], one["error-code"])


async def progress_of(account: str, reader: Writer, invoke: str) -> tuple[Progress, list[Message]]:
    """An invoke's counts, and its contacts: those whom it never reached have no message of their own."""
    answer = await reader.read(f"/v1/invokes/{invoke}?limit={_PAGE}")
    counts = {name: int(value) for name, value in answer["progress"].items()}
    statuses = Counter(contact["status"] for contact in answer["contacts"])
    never = [
        Message(contact["message_id"], account, contact["contact"].lstrip("+"), contact["provider"], contact["status"])
        for contact in answer["contacts"]
    ]
    return Progress(invoke, account, answer["status"], counts, statuses), never


async def money_of(account: str, reader: Writer, mongo: str, topped_up: Decimal, fee: Decimal) -> Money:
    """The balance as the API says it, and the ledger as it is stored."""
    balance = Decimal((await reader.read("/v1/credits"))["balance"])
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongo)
    try:
        where = {"_id": {"$gt": f"{account}/", "$lt": f"{account}0"}}
        lines = await client.dapi.ledger.find(where).to_list(None)
    finally:
        client.close()
    ordered = sorted(lines, key=lambda line: int(line["line"]))
    return Money(account, balance, [Decimal(line["amount"]) for line in ordered], topped_up, fee)


async def submissions(simulator_url: str) -> Sequence[Submission]:
    """What reached the providers, over all of the simulator's lives."""
    entries = await ledger_of(simulator_url)
    return [Submission(entry["at"], entry["to"].lstrip("+"), bool(entry["id"])) for entry in entries]


def merged(listed: Sequence[Message], of_invokes: Sequence[Message]) -> list[Message]:
    """What is listed, and those contacts whose message is not."""
    known = {(message.account, message.id) for message in listed}
    return [*listed, *(one for one in of_invokes if (one.account, one.id) not in known)]
