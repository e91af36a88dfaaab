"""accept → plan → release → begin → answer, with a crash between any two actions: explored whole (docs/model.md)."""

import re

import pytest

from tests.model.cases import MUTANTS, QUICK, WHOLE
from tests.model.explore import Explorer
from tests.model.state import Mutation, Setup


@pytest.mark.parametrize("name", QUICK)
def test_every_promise_holds_in_every_world_that_can_be_reached(name: str) -> None:
    found = Explorer(QUICK[name]).explore()
    assert not found.problem, str(found)
    assert found.worlds > 1000


@pytest.mark.long
@pytest.mark.parametrize("name", WHOLE)
def test_every_promise_holds_with_three_crashes_and_a_zombie(name: str) -> None:
    found = Explorer(WHOLE[name]).explore()
    assert not found.problem, str(found)
    assert found.worlds > 100_000


@pytest.mark.parametrize("mutation", MUTANTS)
def test_a_system_without_one_of_its_rules_breaks_a_promise(mutation: Mutation) -> None:
    setup, broken = MUTANTS[mutation]
    found = Explorer(setup._replace(mutation=mutation)).explore()
    assert re.search(broken, found.problem), str(found)
    assert found.trace
    unchanged = Explorer(setup).explore()
    assert not unchanged.problem, str(unchanged)


def test_computing_and_committing_as_one_action_shows_the_same_ends() -> None:
    """What is only computed is nobody else's: the large case may leave it out."""
    setup = Setup(("invoke",), ("accepted", "lost"), crashes=2)
    apart, together = Explorer(setup), Explorer(setup._replace(atomic=True))
    assert not apart.explore().problem
    assert not together.explore().problem
    assert apart.outcomes() == together.outcomes()


def test_a_broken_promise_is_told_the_shortest_way_in_words() -> None:
    mutant = Setup(("single",), ("accepted",), crashes=1, mutation="what was begun is begun again after a crash")
    assert Explorer(mutant).explore().trace == [
        "the planner computes a step",
        "the planner commits accepted S to events, send S1 to sends",
        "the dispatcher computes a step",
        "the dispatcher commits send S1 to queue",
        "the adapter computes a step",
        "the adapter commits begun at offset 0",
        "the adapter calls the vendor for S1: accepted",
        "the adapter is killed",
        "the adapter computes a step",
        "the adapter commits begun at offset 0",
        "the adapter calls the vendor for S1: accepted",
    ]
