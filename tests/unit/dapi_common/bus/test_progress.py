"""A task's progress, from one transaction to the next and through the log."""

import pytest

from dapi_common import topics
from dapi_common.bus.port import Committed
from dapi_common.bus.progress import Progress

SENDS, EVENTS = topics.SENDS.name, topics.EVENTS.name
KNOWN = Progress({SENDS: Committed(7, "1a|2"), EVENTS: Committed(3)}, {SENDS: Committed(5, "5,1,0,LookupError")})


def test_what_a_transaction_says_replaces_what_was_known_of_that_topic_only() -> None:
    later = KNOWN.after({SENDS: Committed(9)}, {})
    assert later == Progress({SENDS: Committed(9), EVENTS: Committed(3)}, KNOWN.suspects)
    assert KNOWN.after({}, {EVENTS: Committed(1, "x")}).suspects == {**KNOWN.suspects, EVENTS: Committed(1, "x")}
    assert KNOWN.committed[SENDS] == Committed(7, "1a|2")


def test_it_is_read_back_as_it_was_written() -> None:
    assert Progress.read(KNOWN.written()) == KNOWN


def test_without_an_entry_nothing_is_known() -> None:
    assert Progress.read(None) == Progress()


def test_an_entry_that_nobody_can_read_is_no_progress() -> None:
    with pytest.raises(ValueError, match="committed"):
        Progress.read(b'{"committed": {"dapi.sends": "7"}}')
