"""Runs a command that dies with the process that started it, even when that one is killed with SIGKILL.

    python leash.py PARENT_PID COMMAND [ARGUMENT...]

A script of its own and not a `preexec_fn`, which is unsafe in a process that has threads. Linux only: elsewhere the
command runs without the leash. The kernel sends the signal when the *thread* that started the command ends, so
commands are to be started from a thread that lives as long as its process."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606  # the command line is our own table's


if __name__ == "__main__":
    main()
