"""`dapi-simulator --port 9100`: plays the providers until it is told to stop."""

import argparse
import gc
from pathlib import Path

import uvloop

from simulator.app import Simulator
from simulator.ledger import Ledger
from simulator.server import serve
from simulator.stage import Settings, Stage


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dapi-simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9100, help="0 takes a free one and prints it")
    parser.add_argument("--public-url", default="", help="where others reach it, if not at host and port")
    parser.add_argument("--latency-ms", type=float, default=0, help="every answer waits so long")
    parser.add_argument("--bench", action="store_true", help="the lean HTTP server, for load")
    parser.add_argument("--ledger", type=Path, help="a file where the ledger outlives the process")
    return parser.parse_args()


def main() -> None:
    chosen = arguments()
    gc.disable()  # a collection over a million entries takes so long that the arrival times after it would lie
    simulator = Simulator(Stage(ledger=Ledger(chosen.ledger)), base_url=chosen.public_url)
    simulator.stage.settings = Settings(latency_ms=chosen.latency_ms)
    uvloop.run(serve(simulator, chosen.host, chosen.port, bench=chosen.bench))


if __name__ == "__main__":
    main()
