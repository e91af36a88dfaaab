import hypothesis.strategies as st
from hypothesis import given

from invoke_planner.marks import CHUNK, Marks

ranges = st.lists(st.tuples(st.integers(0, 5 * CHUNK), st.integers(0, 2 * CHUNK)), max_size=12)


class Changelog:
    """What a restart would find."""

    def __init__(self) -> None:
        self.entries: dict[int, bytes] = {}

    def take(self, marks: Marks) -> None:
        for chunk, bitmap in marks.changes():
            if bitmap is None:
                del self.entries[chunk]
            else:
                self.entries[chunk] = bitmap

    def restored(self) -> Marks:
        marks = Marks()
        for chunk, bitmap in reversed(self.entries.items()):
            marks.restore(chunk, bitmap)
        marks.resume()
        return marks


@given(ranges)
def test_marks_are_a_set_whatever_the_order_and_whenever_it_is_restored(added: list[tuple[int, int]]) -> None:
    marks, model, changelog = Marks(), set[int](), Changelog()
    for start, length in added:
        assert marks.add(start) == (start not in model)
        marks.add_range(start, start + length)
        model |= {start, *range(start, start + length)}
        changelog.take(marks)
        for one in (marks, changelog.restored()):
            assert one.count == len(model)
            assert one.low == next(n for n in range(7 * CHUNK + 3) if n not in model)
            assert all(n in one for n in (start, start + length - 1) if n in model)
        marks = changelog.restored()


def test_many_numbers_with_holes_cost_a_step_as_little_as_a_few() -> None:
    marks, changelog = Marks(), Changelog()
    for number in range(1, 300_000, 2):
        marks.add(number)
    changelog.take(marks)
    marks.add(150_000)
    assert [len(bitmap or b"") for _, bitmap in marks.changes()] == [CHUNK // 8]


def test_what_is_done_from_the_start_on_is_not_kept() -> None:
    marks, changelog = Marks(), Changelog()
    for number in range(100_000):
        marks.add(number)
        if number % 700 == 0:
            changelog.take(marks)
    changelog.take(marks)
    assert len(changelog.entries) <= 2
    assert changelog.restored().low == 100_000
    assert {chunk for chunk, _ in marks.removal()} == set(changelog.entries)
