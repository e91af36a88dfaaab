"""Every scenario of `make bench` once, small: that it comes to its end and to its figures, not what they are."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from local_stack.system import System

SIZE = 0.001
WANTED = {
    "a": {
        "messages_per_s",
        "cpu_us_per_message",
        "floor_cpu_us_per_call",
        "cpu_ratio",
        "cpu_ratio_50ms",
        "mongo_ratio",
    },
    "b": {"messages_per_s", "cpu_ratio", "kafka_ratio"},
    "c": {"p99_ms", "submit_p99_ms", "put_p999_ms_at_800", "put_p50_ratio_at_300", "floor_transaction_client_us"},
    "d": {"receipts_per_s", "visible_per_s", "rate_ratio"},
    "e": {"get_per_s", "page_growth", "deep_page_growth", "get_ratio_1m", "get_p99_ratio_1m"},
    "f": {"messages_per_s_of_1", "messages_per_s_of_10", "cpu_growth", "cpu_ratio_of_10"},
    "g": {"step_ms", "step_ratio", "messages_per_s", "step_p50_ratio_of_10"},
    "growth": {"list_growth", "accounts_growth", "partitions_growth", "history_growth", "queued_growth"},
    "neighbour": {"ratio"},
}


@pytest.mark.parametrize("name", WANTED)
async def test_a_scenario_comes_to_its_figures(system: "System", name: str) -> None:
    from rich.console import Console

    from bench.scenarios import IN_A_WORLD
    from bench.world import World

    printed = json.loads((await IN_A_WORLD[name](World(system, SIZE, Console()))).line())
    assert printed["scenario"] == name
    assert WANTED[name] <= set(printed)
    counted = {process.partition("_")[0] for process in printed.get("cpu_us", ())}
    assert name == "neighbour" or counted >= {"invoke-planner", "projector", "provider-nexmo"}
