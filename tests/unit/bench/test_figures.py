import json

import pytest

from bench.meter import peak_kb, spent
from bench.result import BenchFailed, Result, percentiles
from bench.scenarios.chains import beyond
from local_stack.services import SIMULATOR


def test_a_line_has_the_scenario_its_figures_and_how_they_stand_beside_their_floors() -> None:
    figures = {"cpu_us_per_message": 600.0, "floor_cpu_us_per_call": 100.0}
    result = Result("a", figures, {"cpu_ratio": ("cpu_us_per_message", "floor_cpu_us_per_call")}, {"kafka": 200.0})
    assert json.loads(result.line()) == {"scenario": "a", **figures, "cpu_ratio": 6.0, "cpu_us": {"kafka": 200.0}}


def test_a_floor_of_nothing_gives_no_ratio() -> None:
    assert Result("a", {"x": 1.0, "floor_x": 0.0}, {"x_ratio": ("x", "floor_x")}).beside_floors() == {}


def test_the_simulator_s_cpu_is_shown_and_not_counted_as_ours() -> None:
    found = spent({"kafka": 1.0, SIMULATOR: 5.0}, {"kafka": 1.5, SIMULATOR: 9.0}, count=1000, seconds=2.0)
    assert found.per_second == 500
    assert found.ours_us == pytest.approx(500)
    assert list(found.cpu_us.items()) == [(SIMULATOR, 4000.0), ("kafka", 500.0)]


def test_percentiles_are_in_milliseconds_and_lie_within_what_was_measured() -> None:
    found = percentiles([n / 1000 for n in range(1, 1001)], "put")
    assert found == {"put_p50_ms": 500.5, "put_p99_ms": 990.0, "put_p999_ms": 999.0}
    assert percentiles([0.001, 0.003], "put")["put_p999_ms"] <= 3.0


def test_percentiles_of_nothing_are_no_figures() -> None:
    with pytest.raises(BenchFailed):
        percentiles([], "put")


def test_the_most_memory_is_read_from_a_process_s_status() -> None:
    assert peak_kb("Name:\tpython\nVmPeak:\t  300 kB\nVmHWM:\t  12345 kB\nVmRSS:\t 99 kB\n") == 12345


def test_a_step_of_a_chain_is_what_lies_between_an_answer_and_the_next_request() -> None:
    chains = [{"to": "100", "at": 1.0}, {"to": "101", "at": 1.5}, {"to": "102", "at": 9.0}, {"to": "103", "at": 9.25}]
    assert beyond(chains, orders=2, provider=0.25) == pytest.approx([0.25, 0.0])


def test_a_step_before_the_answer_is_no_figure_but_a_failure() -> None:
    with pytest.raises(BenchFailed):
        beyond([{"to": "100", "at": 1.0}, {"to": "101", "at": 1.1}], orders=2, provider=0.25)
