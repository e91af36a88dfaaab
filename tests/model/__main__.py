"""Explores everything and prints what it found: `python -m tests.model` from the root."""

import sys

from tests.model.cases import MUTANTS, QUICK, WHOLE
from tests.model.explore import Explorer


def main() -> int:
    """The number of promises that do not hold."""
    broken = 0
    print("| case | worlds | actions | ends | seconds |\n|---|---|---|---|---|")
    for name, setup in {**QUICK, **WHOLE}.items():
        found = Explorer(setup).explore()
        broken += bool(found.problem)
        print(f"| {name} | {found.worlds:,} | {found.actions:,} | {found.ends:,} | {found.seconds:.1f} |", flush=True)
        if found.problem:
            print(found)
    print("\n| mutation | breaks | after | \n|---|---|---|")
    for mutation, (setup, _) in MUTANTS.items():
        found = Explorer(setup._replace(mutation=mutation)).explore()
        broken += not found.problem
        print(f"| {mutation} | {found.problem or 'NOTHING'} | {len(found.trace)} actions |", flush=True)
    return broken


sys.exit(main())
