"""Requests that fit the reference, that nearly fit it and that follow its links: no 5xx, and no answer that it does not
describe. The gateway, planner, projector, dispatcher and adapter are the real ones, in memory."""

import asyncio
import threading
from collections.abc import Iterator
from itertools import count
from typing import Any, ClassVar, Self

import orjson
import pytest
import schemathesis
from hypothesis import settings
from schemathesis.config import SchemathesisConfig

from api_gateway.app import ROUTES
from api_gateway.openapi.document import document

from .sending import furnish, sending
from .world import SECRET

pytestmark = pytest.mark.long

AnyCase = schemathesis.Case[Any]
Asking = dict[str, Any]
"""What a request needs beside what the reference says: where to, and who asks."""

CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 4,
        "generation": {"deterministic": True, "max-examples": 30, "no-shrink": True, "with-security-parameters": False},
        "checks": {
            # Providers and arguments have rules that a schema does not say.
            "positive_data_acceptance": {"enabled": False},
            # test_isolation asks every route without credentials; here, each wrong guess would slow the next down.
            "ignored_auth": {"enabled": False},
        },
        # What a journey draws must not depend on what earlier ones were answered: Hypothesis repeats them.
        "phases": {"stateful": {"link-calibration": False, "inference": {"algorithms": []}}},
    }
)


def closed(schema: Any) -> Any:
    """The same, where objects have no fields but those that are described."""
    if isinstance(schema, dict):
        shut = {key: closed(value) for key, value in schema.items()}
        return {"unevaluatedProperties": False, **shut} if "properties" in shut and "required" in shut else shut
    return [closed(entry) for entry in schema] if isinstance(schema, list) else schema


REFERENCE = orjson.loads(orjson.dumps(document(ROUTES)))
REFERENCE["components"]["schemas"] = {
    name: schema if name == "Error" else closed(schema) for name, schema in REFERENCE["components"]["schemas"].items()
}
SCHEMA = schemathesis.openapi.from_dict(REFERENCE, config=CONFIG)


class Served:
    """An installation that runs in a thread of its own."""

    def __init__(self) -> None:
        self._ready, self._numbers = threading.Event(), count(1)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with sending() as self._live:
            self._ready.set()
            await self._end.wait()

    def account(self) -> Asking:
        """A new account that has one of everything: how to ask on its behalf."""
        name = f"account-{next(self._numbers)}"
        asyncio.run_coroutine_threadsafe(self._furnished(name), self._loop).result(20)
        return {"base_url": f"http://127.0.0.1:{self._live.port}", "auth": (name, SECRET)}

    async def _furnished(self, name: str) -> None:
        await furnish(await self._live.open(name, credits="100000", lists=100_000, contacts_per_list=1_000_000), 2)
        await self._live.hear(name, 2)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as running:
        yield running


@pytest.fixture(scope="module")
def asking(served: Served) -> Asking:
    return served.account()


@SCHEMA.parametrize()
def test_every_answer_is_one_that_the_reference_describes(case: AnyCase, asking: Asking) -> None:
    case.call_and_validate(**asking)


class Journey(SCHEMA.as_state_machine()):  # type: ignore[misc]  # the class is made at run time
    """Follows the links of the reference from answer to answer, each time with a new account."""

    served: ClassVar[Served]

    def setup(self) -> None:
        """Before each journey."""
        self.asking = self.served.account()

    def get_call_kwargs(self, case: AnyCase) -> Asking:
        """Where to, and who asks."""
        return self.asking


def test_no_journey_along_the_links_leaves_what_the_reference_describes(served: Served) -> None:
    Journey.served = served
    Journey.run(settings=settings(max_examples=40, stateful_step_count=12, derandomize=True))
