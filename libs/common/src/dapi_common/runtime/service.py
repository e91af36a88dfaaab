"""How a process lives: settings, logs, health, signals and an exit code a supervisor understands."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from threading import Timer
from typing import Any, TypeVar

import uvloop
from pydantic import ValidationError

from dapi_common.runtime import logs, settings
from dapi_common.runtime.health import Health, serving
from dapi_common.runtime.logs import LogEvent, log

S = TypeVar("S", bound=settings.Settings)
SHUTDOWN_SECONDS = 15.0


def launch(name: str, settings_type: type[S], main: Callable[[S, Health], Awaitable[None]]) -> None:
    """Runs `main` until it returns or a SIGTERM or SIGINT cancels it; leaves the process with 0, or with 1 when the
    settings are wrong, `main` raised, or its end took longer than SHUTDOWN_SECONDS."""
    sys.exit(_launch(name, settings_type, main))


def _launch(name: str, settings_type: type[S], main: Callable[[S, Health], Awaitable[None]]) -> int:
    try:
        configured = settings_type()
    except ValidationError as error:
        logs.configure(name, "", "INFO")
        log.error(LogEvent.SETTINGS_INVALID, problems=settings.problems(error))
        return 1
    logs.configure(name, configured.instance, configured.log_level)
    _collect_less()
    try:
        uvloop.run(_supervise(configured, main))
    except Exception as error:  # noqa: BLE001  # the last one to see it: logged, and the process ends
        log.error(LogEvent.SERVICE_FAILED, exc_info=error)
        return 1
    log.info(LogEvent.SERVICE_STOPPED)
    return 0


def _collect_less() -> None:
    """Thousands of records wait in memory and make no cycles: looking through them with Python's usual thresholds
    costs an adapter half as much again as its calls do."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def _supervise(configured: S, main: Callable[[S, Health], Awaitable[None]]) -> None:
    stop, health = asyncio.Event(), Health()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_loop_error)
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    async with serving(health, configured.health_port):
        log.info(LogEvent.SERVICE_STARTED, port=configured.health_port)
        work = asyncio.ensure_future(main(configured, health))
        await _first(work, asyncio.ensure_future(stop.wait()))
        _cut_off_later()
        if stop.is_set():
            log.info(LogEvent.SERVICE_STOPPING)
        health.not_ready("stopping")
        await _ended(work)


async def _first(work: asyncio.Future[None], stopped: asyncio.Future[Any]) -> None:
    """Returns when either is done; the signal's is dropped."""
    await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()


async def _ended(work: asyncio.Future[None]) -> None:
    """Cancels `work` unless it is done. Raises what it raised, its cancellation excepted."""
    work.cancel()
    await asyncio.wait({work})
    if not work.cancelled():
        work.result()


def _cut_off_later() -> None:
    """A thread's timer, because a loop that hangs or blocks cannot end itself."""
    timer = Timer(SHUTDOWN_SECONDS, _cut_off)
    timer.daemon = True
    timer.start()


def _cut_off() -> None:
    log.error(LogEvent.SERVICE_OVERDUE, seconds=SHUTDOWN_SECONDS)
    os._exit(1)


def _loop_error(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    log.error(LogEvent.LOOP_ERROR, exc_info=context.get("exception"))
