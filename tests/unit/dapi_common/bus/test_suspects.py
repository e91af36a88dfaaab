"""Who is blamed when a step raises, and who is not."""

from collections.abc import Sequence

import pytest

from dapi_common import topics
from dapi_common.bus.memory import MemoryBus
from dapi_common.bus.port import Committed, Effects, Record, TooManyParked
from dapi_common.bus.runner import Runner
from dapi_common.bus.suspects import CONVICTED_IN_A_ROW, CRASHES, Suspect, Suspects
from dapi_common.clock import SystemClock
from dapi_common.testing.bus_contract import Copying

SENDS, EVENTS = topics.SENDS.name, topics.EVENTS.name
BOOM = LookupError("with a text that nobody may see")


def records(*offsets: int, topic: str = SENDS) -> list[Record]:
    return [Record(topic, 0, offset, b"a", b"{}", [], 1.0) for offset in offsets]


def after(written: dict[str, Committed]) -> Suspects:
    """The next life of the process."""
    return Suspects(written)


def offsets(found: Sequence[Record]) -> list[int]:
    return [record.offset for record in found]


def test_without_suspects_a_step_takes_everything() -> None:
    inbox = records(*range(9))
    assert Suspects({}).take(inbox) is inbox
    assert Suspects({}).defused(inbox) is inbox
    assert Suspects({}).passed(inbox) == {}


def test_what_raised_comes_again_in_pieces_of_its_root_and_nobody_else_with_it() -> None:
    suspects = after(Suspects({}).accused(records(*range(10, 110)), BOOM))
    inbox = [*records(8, 9), *records(*range(10, 120))]
    assert offsets(suspects.take(inbox)) == [8, 9]
    assert offsets(suspects.take(inbox[2:])) == list(range(10, 20))
    assert offsets(suspects.take(inbox[97:])) == list(range(105, 110))
    assert offsets(suspects.take(inbox[102:])) == list(range(110, 120))


def test_the_piece_that_raised_comes_record_by_record() -> None:
    first = after(Suspects({}).accused(records(*range(100)), BOOM))
    second = after(first.accused(records(*range(20, 30)), BOOM))
    assert offsets(second.take(records(*range(20, 40)))) == [20]
    assert offsets(second.take(records(*range(30, 40)))) == list(range(30, 40))


def test_each_topic_of_a_step_has_its_own_suspects() -> None:
    mixed = [*records(1, 2), *records(7, 8, topic=EVENTS), *records(3)]
    written = Suspects({}).accused(mixed, BOOM)
    assert written == {SENDS: Committed(1, "3,1,0,LookupError"), EVENTS: Committed(7, "8,1,0,LookupError")}
    suspects = after(written)
    assert offsets(suspects.take(mixed)) == [1, 2]
    assert suspects.among(mixed)
    assert not suspects.among(records(4))


def test_what_is_written_down_tells_the_type_of_an_error_and_nothing_else() -> None:
    assert "nobody may see" not in str(Suspects({}).accused(records(1), BOOM))


def test_who_is_alone_and_ended_the_process_three_times_comes_without_its_value() -> None:
    written: dict[str, Committed] = {}
    for _ in range(CRASHES):
        assert after(written).defused(records(5))[0].value == b"{}"
        written = after(written).accused(records(5), BOOM)
    suspects = after(written)
    (defused,) = suspects.defused(records(5))
    assert defused.value is None
    assert suspects.named(records(5), [(defused, "no value")]) == [
        (records(5)[0], "the handler raised LookupError, 3 times")
    ]


def test_what_was_handled_in_the_meantime_starts_anew() -> None:
    suspects = after(Suspects({}).accused(records(5), BOOM))
    assert after(suspects.passed(records(5))).accused(records(5), BOOM) == {SENDS: Committed(5, "5,1,0,LookupError")}


def convicted(row: int) -> Suspects:
    return after({SENDS: Suspect(5, 5, CRASHES, row, "LookupError").written()})


def test_too_many_parked_in_a_row_stop_the_task_also_over_restarts() -> None:
    assert convicted(CONVICTED_IN_A_ROW - 1).defused(records(5))
    with pytest.raises(TooManyParked, match="LookupError"):
        convicted(CONVICTED_IN_A_ROW).defused(records(5))
    counted = convicted(7).passed(records(5))
    assert after(counted).accused(records(6), BOOM) == {SENDS: Committed(6, "6,1,8,LookupError")}


def test_one_that_is_handled_ends_the_row() -> None:
    suspects = after(convicted(7).passed(records(5)))
    handled = suspects.passed(records(6))
    assert after(handled).accused(records(7), BOOM) == {SENDS: Committed(7, "7,1,0,LookupError")}
    assert suspects.passed(records(7)) == {}


class Sick(Copying):
    """Fails at what it has to do besides its records."""

    def step(self, records: Sequence[Record], arrivals: Sequence[object], now: float) -> Effects:
        raise LookupError("not the record's fault")


async def test_what_fails_beside_a_suspect_is_not_blamed_on_it() -> None:
    bus = MemoryBus(1)
    suspected = {SENDS: Suspect(0, 0, 1, 0, "LookupError").written()}
    bus.suspects["copy", 0] = dict(suspected)
    opened = await bus.feed("copy", [topics.SENDS], None, "0").open(0)
    runner = Runner(0, Sick(), opened, SystemClock(), tick=0.0)
    runner.offer(records(0))
    with pytest.raises(LookupError):
        await runner.run()
    assert bus.suspects["copy", 0] == suspected
    runner.offer(records(1))
    with pytest.raises(LookupError):
        await runner.run()
    assert bus.suspects["copy", 0] != suspected
