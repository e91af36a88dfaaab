from hypothesis import given
from hypothesis import strategies as st

from dapi_common.bus.offsets import METADATA_BYTES, OffsetLedger
from dapi_common.bus.port import Committed


def test_the_low_water_mark_waits_for_the_slowest() -> None:
    ledger = OffsetLedger(Committed(10))
    assert all(ledger.seen(offset) for offset in (10, 11, 12))
    ledger.done(12)
    ledger.done(11)
    assert ledger.commit().offset == 10
    ledger.done(10)
    assert ledger.commit() == Committed(13)


def test_a_restart_skips_what_is_done_and_knows_what_was_begun() -> None:
    ledger = OffsetLedger()
    for offset in range(5):
        ledger.seen(offset)
    ledger.begin(1)
    ledger.begin(2)
    ledger.done(2)
    ledger.done(4)
    successor = OffsetLedger(ledger.commit())
    assert [successor.seen(offset) for offset in range(5)] == [True, True, False, True, False]
    assert [offset for offset in range(5) if successor.was_begun(offset)] == [1]


def test_an_unclear_one_stays_unclear_over_several_restarts() -> None:
    ledger = OffsetLedger()
    ledger.seen(0)
    ledger.begin(0)
    for _ in range(3):
        ledger = OffsetLedger(ledger.commit())
        ledger.seen(0)
        assert ledger.was_begun(0)
    ledger.done(0)
    assert ledger.commit() == Committed(1)


def test_a_restart_that_has_not_read_on_forgets_nothing() -> None:
    ledger = OffsetLedger()
    for offset in range(6):
        ledger.seen(offset)
    ledger.begin(3)
    ledger.done(5)
    again = OffsetLedger(OffsetLedger(ledger.commit()).commit())
    assert [again.seen(offset) for offset in range(6)] == [True, True, True, True, True, False]
    assert again.was_begun(3)


@given(st.sets(st.integers(min_value=0, max_value=200)), st.data())
def test_whatever_was_done_or_begun_a_successor_repeats_nothing_and_loses_nothing(
    offsets: set[int], data: st.DataObject
) -> None:
    ordered = sorted(offsets)
    begun = data.draw(st.sets(st.sampled_from(ordered)) if ordered else st.just(set()))
    done = data.draw(st.sets(st.sampled_from(sorted(begun))) if begun else st.just(set()))
    ledger = OffsetLedger()
    for offset in ordered:
        ledger.seen(offset)
    for offset in begun:
        ledger.begin(offset)
    for offset in done:
        ledger.done(offset)
    committed = ledger.commit()
    assert all(offset in done for offset in ordered if offset < committed.offset)
    successor = OffsetLedger(committed)
    read = [offset for offset in ordered if offset >= committed.offset]
    again = {offset for offset in read if successor.seen(offset)}
    assert again == offsets - done
    assert {offset for offset in again if successor.was_begun(offset)} == begun - done


def test_there_is_no_room_before_the_metadata_overflows() -> None:
    ledger = OffsetLedger()
    offset = 0
    while ledger.room():
        ledger.seen(offset)
        ledger.begin(offset)
        if offset % 2:
            ledger.done(offset)
        offset += 1
    assert offset > 400
    assert len(ledger.commit().metadata) < METADATA_BYTES
