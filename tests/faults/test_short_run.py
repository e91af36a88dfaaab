"""Every fault once, under load: nothing is lost, nothing comes twice, and everything adds up."""

from pathlib import Path
from random import Random

import pytest

from tests.faults.faults import SIGNALS, VICTIMS, WIRES, every_fault_once
from tests.faults.run import Plan, run

SEED = 6
SECONDS = 150.0


@pytest.mark.timeout(600)
async def test_every_fault_once_loses_and_repeats_nobody(tmp_path: Path) -> None:
    said: list[str] = []
    plan = Plan(SEED, every_fault_once(Random(SEED), SECONDS), SECONDS, quiet=45.0)
    report = await run(plan, tmp_path, said.append)
    assert report.is_clean, "\n".join([*said, report.line()])
    assert report.faults == len(VICTIMS) * len((*SIGNALS, *WIRES))
    assert report.accepted > 300
