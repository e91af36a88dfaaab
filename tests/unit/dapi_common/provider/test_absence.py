import pytest

from dapi_common.provider.absence import AWAY, LATE, RETURN, Absence
from tests.unit.dapi_common.provider.world import T0, send


def returned(away: float) -> Absence:
    """A task that comes back at T0."""
    absence = Absence()
    assert absence.ends(T0 - away)
    assert absence.ends(T0)
    return absence


def test_a_task_that_steps_on_was_never_away() -> None:
    absence = Absence()
    assert absence.ends(T0)
    assert not any(absence.ends(T0 + n * AWAY) for n in range(1, 9))


def test_an_idle_task_is_not_taken_for_one_that_was_away() -> None:
    absence = returned(99)
    assert not absence.has_missed(send(1, slot=T0 - 0.1), T0)
    assert not absence.has_missed(send(2, slot=T0 - 10), T0), "the first that is in time ends the return"


@pytest.mark.parametrize(("slot", "missed"), [(-6.0, False), (-5.2, True), (-0.3, True), (-0.04, False)])
def test_what_had_its_slot_meanwhile_was_missed(slot: float, missed: bool) -> None:
    assert returned(5).has_missed(send(1, slot=T0 + slot), T0) == missed


def test_what_is_behind_something_that_was_missed_needs_to_be_less_late() -> None:
    absence = returned(5)
    assert absence.has_missed(send(1, slot=T0 - 1), T0)
    assert absence.has_missed(send(2, slot=T0 - LATE - 0.01), T0)
    assert not absence.has_missed(send(3, slot=T0 - LATE + 0.01), T0)


def test_nothing_is_missed_twice_nor_read_for_ever() -> None:
    absence = returned(5)
    assert not absence.has_missed(send(1, slot=T0 - 2).model_copy(update={"late": True}), T0)
    assert absence.has_missed(send(2, slot=T0 - 1), T0)
    assert not absence.has_missed(send(3, slot=T0 - 1), T0 + RETURN)


def test_a_task_that_was_behind_before_is_behind_for_that() -> None:
    absence = Absence()
    absence.ends(T0)
    absence.is_behind = True
    assert not absence.ends(T0 + 9)
