"""A service on a machine whose wall clock steps: `python -m tests.e2e.stepping SECONDS MODULE [ARGUMENT…]`.

By turns, for EVERY seconds each, the clock is ahead by SECONDS and behind by as much; which comes first is a process's
own. So they disagree with each other, each life of one starts with another time, and steps while it lives. Time that
only goes on (`time.monotonic`) is as it is."""

import os
import runpy
import sys
import time

EVERY = 3.0


def main() -> None:
    """Runs the module as `python -m` would."""
    by, right = float(sys.argv[1]), time.time
    offsets = (by, -by)
    time.time = lambda: right() + offsets[(int(time.monotonic() / EVERY) + os.getpid()) % len(offsets)]
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
