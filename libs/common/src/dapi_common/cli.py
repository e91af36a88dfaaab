"""`dapi`: what operators do. Every verb prints one JSON object (or nothing) on stdout; problems go to stderr."""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import aclosing
from decimal import Decimal
from secrets import token_hex
from typing import Any

import orjson
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from dapi_common import events, secrets, topics
from dapi_common.bus.kafka import KafkaBus
from dapi_common.bus.port import Output
from dapi_common.events.commands import Command, OpenAccount
from dapi_common.events.outcomes import CommandOutcome
from dapi_common.events.shapes import Limits
from dapi_common.ids import AccountId
from dapi_common.provider import catalog
from dapi_common.runtime.settings import Settings

ANSWER_SECONDS = 10.0
DEFAULT_FEES = {"sms": "0.01", "voice": "0.02", "email": "0.001", "push": "0.001"}


class Problem(RuntimeError):
    """Told to the operator as it is."""


async def create_topics(settings: Settings, replication: int) -> None:
    """Creates what is missing. Raises Problem."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        wanted = [
            NewTopic(topic.name, settings.partitions, replication, topic_configs=topic.config())
            for topic in topics.every(catalog.load())
        ]
        answer = await admin.create_topics(wanted)
        for name, code, *_ in answer.topic_errors:
            if code and for_code(code) is not TopicAlreadyExistsError:
                raise Problem(f"{name}: {for_code(code).__name__}")
    finally:
        await admin.close()


async def create_account(settings: Settings, limits: Limits, credits: Decimal, fees: dict[str, str]) -> dict[str, str]:
    """Opens an account; its secret is shown here and never again. Raises Problem."""
    account, secret = AccountId(token_hex(8)), secrets.new_secret()
    await ask(
        settings,
        OpenAccount.model_validate(
            {
                "account": account,
                "secret_hash": secrets.secret_hash(account, secret),
                "limits": limits,
                "fees": fees,
                "credits": credits,
                **_stamp(),
            }
        ),
    )
    return {"user_id": account, "user_secret": secret}


async def ask(settings: Settings, command: Command) -> CommandOutcome:
    """Sends a command and waits for the planner's answer. Raises Problem when it refuses or does not answer."""
    bus = KafkaBus(settings.kafka, settings.partitions)
    reader = bus.reader([topics.OUTCOMES], from_start=False)
    await reader.start()
    try:
        async with asyncio.timeout(ANSWER_SECONDS), bus.publisher("dapi-cli") as publisher:
            await publisher.publish(Output(topics.COMMANDS, command), ANSWER_SECONDS)
            async with aclosing(_outcomes(reader, command.reply_to)) as outcomes:
                outcome: CommandOutcome = await anext(outcomes)
    except TimeoutError:
        raise Problem("the planner did not answer in time; whether it took the command is not known") from None
    finally:
        await reader.stop()
    if outcome.error:
        raise Problem(f"{outcome.error}: {outcome.description}")
    return outcome


async def _outcomes(reader: Any, reply_to: str) -> Any:
    while True:
        for record in await reader.poll(0.2):
            if record.key == reply_to.encode():
                yield events.OUTCOMES.decode(record.headers, record.value)


def _stamp() -> dict[str, Any]:
    command_id = token_hex(16)
    return {"command_id": command_id, "reply_to": f"cli-{command_id}", "at": time.time()}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="dapi", description="Operates a Delivery API.")
    families = root.add_subparsers(dest="family", required=True)
    topic_verbs = families.add_parser("topics").add_subparsers(dest="verb", required=True)
    create = topic_verbs.add_parser("create", help="create the topics that are missing")
    create.add_argument("--replication", type=int, default=1)
    account_verbs = families.add_parser("accounts").add_subparsers(dest="verb", required=True)
    account = account_verbs.add_parser("create", help="open an account and show its secret, once")
    account.add_argument("--mps", type=int, default=1)
    account.add_argument("--lists", type=int, default=100)
    account.add_argument("--contacts-per-list", type=int, default=100)
    account.add_argument("--credits", type=Decimal, default=Decimal(0))
    account.add_argument("--fees", type=orjson.loads, default=DEFAULT_FEES, help="JSON object: channel to fee")
    return root


async def run(arguments: argparse.Namespace, settings: Settings) -> dict[str, str] | None:
    """What the verb prints."""
    if arguments.family == "topics":
        await create_topics(settings, arguments.replication)
        return None
    limits = Limits(mps=arguments.mps, lists=arguments.lists, contacts_per_list=arguments.contacts_per_list)
    return await create_account(settings, limits, arguments.credits, arguments.fees)


def main(argv: Sequence[str] | None = None) -> None:
    """Exits with 0, or with 1 and the problem on stderr."""
    arguments = parser().parse_args(argv)
    try:
        printed = asyncio.run(run(arguments, Settings()))
    except (Problem, KafkaError) as problem:
        sys.exit(f"dapi: {problem}")
    if printed is not None:
        print(orjson.dumps(printed).decode())


if __name__ == "__main__":
    main()
