"""`dapi rebuild`: the gateway's own command, because the read models are the gateway's (decision 0007)."""

import argparse
import os
import sys
from importlib.util import find_spec
from typing import Final, NoReturn

from dapi_common.ops.admin import Problem

COMMAND: Final = "api_gateway.rebuild"
GRACE_SECONDS: Final = 30.0
"""After which nobody reads the old generation any more."""


def add_verb(families: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Teaches the command line the verb."""
    add_options(families.add_parser("rebuild", help="make the read models anew from the log, while they serve"))


def add_options(parser: argparse.ArgumentParser) -> None:
    """What both commands take."""
    parser.add_argument("--check", action="store_true", help="compare only: what serves goes on serving")
    parser.add_argument(
        "--grace", type=float, default=GRACE_SECONDS, help="seconds until what served before is dropped"
    )


def become(arguments: argparse.Namespace) -> NoReturn:
    """This process is the gateway's command from here on. Raises Problem where no gateway is installed."""
    if find_spec(COMMAND.partition(".")[0]) is None:
        raise Problem("run this where api-gateway is installed")
    sys.stdout.flush()
    options = [*(["--check"] if arguments.check else []), f"--grace={arguments.grace}"]
    os.execv(sys.executable, [sys.executable, "-m", COMMAND, *options])  # noqa: S606  # our own command
