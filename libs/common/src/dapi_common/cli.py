"""`dapi`: what operators do. Every verb prints one JSON object (or nothing) on stdout; problems go to stderr."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from dapi_common import topics
from dapi_common.events import reference, released
from dapi_common.events.shapes import JsonObject
from dapi_common.ops import accounts, parking, rebuilding
from dapi_common.ops.admin import AdminSettings, Problem
from dapi_common.provider import catalog
from dapi_common.runtime.settings import Settings


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


def write_schemas(docs: Path, version: str | None) -> None:
    """Brings them up to date, and keeps them as those of the release `version`. Raises Problem."""
    reference.write(docs)
    if version is not None:
        try:
            released.release(docs, version)
        except released.NotReleased as reason:
            raise Problem(str(reason)) from None


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="dapi", description="Operates a Delivery API.")
    families = root.add_subparsers(dest="family", required=True)
    topic_verbs = families.add_parser("topics").add_subparsers(dest="verb", required=True)
    create = topic_verbs.add_parser("create", help="create the topics that are missing")
    create.add_argument("--replication", type=int, default=1)
    accounts.add_verbs(families)
    parking.add_verbs(families)
    rebuilding.add_verb(families)
    schemas = families.add_parser("schemas", help="write the topics' schemas, asyncapi.json and tables of events.md")
    schemas.add_argument("docs", type=Path, help="the folder docs/ of a checkout")
    schemas.add_argument("--release", metavar="VERSION", help="keep them as those of this release, too")
    return root


async def run(arguments: argparse.Namespace, settings: Settings) -> JsonObject | None:
    """What the verb prints. Raises Problem."""
    if arguments.family == "accounts":
        return await accounts.run(arguments, AdminSettings())
    if arguments.family == "parking":
        return await parking.run(arguments, settings)
    if arguments.family == "rebuild":
        rebuilding.become(arguments)
    if arguments.family == "schemas":
        write_schemas(arguments.docs, arguments.release)
        return None
    await create_topics(settings, arguments.replication)
    return None


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
