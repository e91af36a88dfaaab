"""What is measured, by the name that `make bench SCENARIO=` takes."""

from collections.abc import Awaitable, Callable, Mapping

from rich.console import Console

from bench.result import Result
from bench.scenarios.adapter import adapter
from bench.scenarios.chains import chains
from bench.scenarios.crowds import crowds
from bench.scenarios.growth import growth
from bench.scenarios.invokes import many_invokes, one_invoke
from bench.scenarios.neighbour import neighbour
from bench.scenarios.overload import overload
from bench.scenarios.reads import reads
from bench.scenarios.receipts import receipts
from bench.scenarios.singles import single_messages
from bench.world import World, fresh_world

Scenario = Callable[[float, Console], Awaitable[Result]]
IN_A_WORLD: Mapping[str, Callable[[World], Awaitable[Result]]] = {
    "a": one_invoke,
    "b": many_invokes,
    "c": single_messages,
    "d": receipts,
    "e": reads,
    "f": crowds,
    "g": chains,
    "growth": growth,
    "neighbour": neighbour,
    "overload": overload,
}
REPORTED = ("a", "b", "c", "d", "e", "f", "g", "growth")
"""What a report is made of."""


def _in_a_fresh_world(measure: Callable[[World], Awaitable[Result]]) -> Scenario:
    async def measured(size: float, out: Console) -> Result:
        async with fresh_world(size, out) as world:
            return await measure(world)

    return measured


SCENARIOS: Mapping[str, Scenario] = {
    **{name: _in_a_fresh_world(measure) for name, measure in IN_A_WORLD.items()},
    "adapter": adapter,
}
