"""While the log is away: waiting for it at the beginning of a process's life, and asking for it calmly ever after."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import KafkaError

from dapi_common.bus import kafka_uvloop
from dapi_common.runtime.health import Health
from dapi_common.runtime.logs import LogEvent, log

_ANSWER_SECONDS: Final = 2.0
_PAUSE: Final = 0.2
CALM_SECONDS: Final = 0.5
"""Between two tries of a client to reach a broker."""
CONNECT_SECONDS: Final = 3.0
"""A try takes no longer, greetings included. In front of a broker that stands still the kernel's queue fills up; who
waits there asks again after 1, 3, 7, 15, 31 seconds only, and would be back so much later than the broker."""

Connect = Callable[..., Awaitable[Any]]


async def reached(bootstrap: str, health: Health) -> None:
    """Returns once a broker answers; from now on this process's clients are `calm`, and know uvloop. Whoever ended
    instead would be started again after a pause that grows with every time, and still be pausing when the log is back:
    for seconds under our supervisor, for minutes under others (decision 0009)."""
    calm()
    kafka_uvloop.teach()
    if await _answers(bootstrap):
        return
    log.warning(LogEvent.LOG_UNAVAILABLE)
    health.not_ready("log unavailable")
    while not await _answers(bootstrap):  # noqa: ASYNC110  # the other side is a process
        await asyncio.sleep(_PAUSE)


async def _answers(bootstrap: str) -> bool:
    """Whether one of them says which requests it knows: a port that is open may be a frozen broker's."""
    for host, port, _ in collect_hosts(bootstrap):
        with suppress(OSError, KafkaError, TimeoutError):
            async with asyncio.timeout(_ANSWER_SECONDS):
                connection = await create_conn(host, port, request_timeout_ms=int(_ANSWER_SECONDS * 1000))
            connection.close()
            return True
    return False


def calm() -> None:
    """Makes every aiokafka client of this process try to reach a broker for a while only, and pause after it could not
    be reached. It has no settings for that (aiokafka's issue 496 and pull request 1014). Measured: eleven processes
    without a broker tried 2,000 times a second, and the broker, on the same machine, started in 17 s instead of 5."""
    if not hasattr(AIOKafkaClient._get_conn, "impatient"):
        AIOKafkaClient._get_conn = _calm(AIOKafkaClient._get_conn)


def _calm(connect: Connect) -> Connect:
    async def connect_or_pause(client: AIOKafkaClient, *node: Any, **how: Any) -> Any:
        connection = None
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                connection = await connect(client, *node, **how)
        if connection is None:
            await asyncio.sleep(CALM_SECONDS)
        return connection

    connect_or_pause.impatient = connect  # type: ignore[attr-defined]  # the one to go back to
    return connect_or_pause
