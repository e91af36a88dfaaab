"""`python -m local_stack run | cache | lock-kafka`: what the Makefile calls."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from local_stack import jars
from local_stack.client import CallFailed
from local_stack.demo import DemoFailed
from local_stack.jars import JarsUnavailable
from local_stack.paths import cache_folder
from local_stack.processes import NotReady
from local_stack.run import Unusable, run, told
from local_stack.system import CommandFailed

FAILURES = (CallFailed, DemoFailed, JarsUnavailable, NotReady, CommandFailed)


def main() -> int:
    """The exit code: 2 when it cannot start as told, 1 when something failed, 0 when it was stopped."""
    parser = argparse.ArgumentParser(prog="local_stack")
    parser.add_argument("verb", choices=("run", "cache", "lock-kafka"))
    parser.add_argument("--once", action="store_true", help="run: end after the demo")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("local_stack").setLevel(logging.INFO)
    match chosen.verb:
        case "run":
            return _run(lambda: run(told(os.environ, once=chosen.once), Console()))
        case "cache":
            print(cache_folder(os.environ))
        case "lock-kafka":
            with TemporaryDirectory() as repository:
                jars.write_lock(jars.resolve(Path(repository)))
    return 0


def _run(work: Callable[[], Coroutine[object, object, int]]) -> int:
    try:
        return asyncio.run(until_told_to_stop(work()))
    except Unusable as problem:
        print(problem, file=sys.stderr)
        return 2
    except FAILURES as failure:
        print(failure, file=sys.stderr)
        return 1


async def until_told_to_stop(work: Coroutine[object, object, int]) -> int:
    """What the work returns, or 0 after the first SIGINT or SIGTERM, which cancels it. Later ones change nothing:
    what was started is being stopped."""
    task = asyncio.create_task(work)
    stopped = asyncio.Event()

    def stop() -> None:
        if not stopped.is_set():
            stopped.set()
            task.cancel()

    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop)
    try:
        return await task
    except asyncio.CancelledError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
