import json
from pathlib import Path
from xml.etree import ElementTree

from bench.machine import cpu_model, machine, memory_gb
from bench.plot import Bar, Panel, drawn
from bench.report import panels, text, write_report
from bench.result import Result

A = Result(
    "a",
    {"messages_per_s": 3000.0, "cpu_us_per_message": 500.0, "floor_calls_per_s": 12000.0},
    {"rate_ratio": ("messages_per_s", "floor_calls_per_s")},
    {"kafka": 200.0, "invoke-planner": 300.0},
    {"kafka": 350.5},
)
GROWN = Result("growth", {"list_growth": 1.05})


def test_the_text_says_on_which_machine_and_how_each_figure_stands_beside_its_floor() -> None:
    lines = [line.split() for line in text({"cores": "2"}, [A, GROWN]).splitlines()]
    assert ["cores", "2"] in lines
    assert ["messages_per_s", "3,000"] in lines
    assert ["rate_ratio", "0.25"] in lines
    assert ["kafka", "350.5"] in lines


def test_a_report_is_three_files_that_machines_read_too(tmp_path: Path) -> None:
    write_report(tmp_path / "bench", 0.5, [A, GROWN])
    found = json.loads((tmp_path / "bench" / "report.json").read_text())
    assert found["machine"]["size"] == "0.5"
    assert [scenario["scenario"] for scenario in found["scenarios"]] == ["a", "growth"]
    assert ElementTree.fromstring((tmp_path / "bench" / "report.svg").read_text()).tag.endswith("svg")
    assert (tmp_path / "bench" / "report.txt").exists()


def test_bars_share_the_scale_of_their_panel() -> None:
    picture = ElementTree.fromstring(drawn("2 cores", [Panel("rates <each>", (Bar("a", 50.0), Bar("b", 100.0, 25.0)))]))
    bars = [float(each.attrib["width"]) for each in picture.iter() if each.tag.endswith("rect")][1:]
    assert bars[1] == 2 * bars[0]


def test_floors_are_marks_and_no_bars_of_their_own() -> None:
    rates = panels([A, GROWN])[0]
    assert rates.bars == (Bar("(a)", 3000.0, 12000.0),)


def test_a_picture_of_nothing_is_empty() -> None:
    assert panels([Result("x", {})]) == []
    assert drawn("", [Panel("none", (Bar("a", 0.0),))])


def test_the_machine_is_known_by_what_figures_depend_on() -> None:
    assert set(machine()) == {"cores", "cpu", "memory", "kernel", "python"}
    assert cpu_model("processor\t: 0\nmodel name\t: AMD EPYC\nmodel name\t: other\n") == "AMD EPYC"
    assert (cpu_model(""), memory_gb("")) == ("", 0.0)
    assert memory_gb("MemTotal:       24000000 kB\nMemFree: 1 kB\n") == 24.0
