import itertools

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from dapi_common.ranges import RangeSet

numbers = st.lists(st.integers(min_value=0, max_value=40))
spans = st.lists(st.tuples(st.integers(min_value=0, max_value=40), st.integers(min_value=0, max_value=12)))


@given(numbers, spans)
def test_it_is_a_set_of_integers(added: list[int], given_spans: list[tuple[int, int]]) -> None:
    ranges, model = RangeSet(), set[int]()
    for value in added:
        assert ranges.add(value) == (value not in model)
        model.add(value)
    for start, length in given_spans:
        ranges.add_range(start, start + length)
        model |= set(range(start, start + length))
    assert ranges.count == len(model)
    assert {value for value in range(60) if value in ranges} == model
    assert [value for start, end in ranges for value in range(start, end)] == sorted(model)


@given(numbers)
def test_its_ranges_are_disjoint_and_do_not_touch(added: list[int]) -> None:
    ranges = RangeSet((value, value + 1) for value in added)
    pairs = list(ranges)
    assert all(end < after for (_, end), (after, _) in itertools.pairwise(pairs))


@given(numbers, st.integers(min_value=0, max_value=45))
def test_what_lies_below_a_limit_can_be_forgotten(added: list[int], limit: int) -> None:
    ranges = RangeSet((value, value + 1) for value in added)
    ranges.discard_below(limit)
    kept = {value for value in added if value >= limit}
    assert {value for value in range(60) if value in ranges} == kept
    assert ranges.count == len(kept)


@given(numbers, st.integers(min_value=0, max_value=45))
def test_the_first_gap_is_found(added: list[int], start: int) -> None:
    ranges = RangeSet((value, value + 1) for value in added)
    gap = next(value for value in range(start, 100) if value not in added)
    assert ranges.contiguous_from(start) == gap


@given(numbers, st.integers(min_value=0, max_value=45))
def test_a_copy_without_a_value_leaves_the_original(added: list[int], value: int) -> None:
    ranges = RangeSet((number, number + 1) for number in added)
    without = ranges.excluding(value)
    assert {n for n in range(60) if n in without} == set(added) - {value}
    assert ranges.count == len(set(added))


@given(numbers)
def test_it_survives_json(added: list[int]) -> None:
    class Holder(BaseModel):
        ranges: RangeSet

    holder = Holder(ranges=RangeSet((value, value + 1) for value in added))
    assert Holder.model_validate_json(holder.model_dump_json()) == holder
