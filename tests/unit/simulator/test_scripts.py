import pytest
from pydantic import ValidationError

from simulator.scripts import EVERYBODY, Script, Scripts


def script(*outcomes: str, repeat: bool = False) -> Script:
    steps = [{"outcome": outcome} for outcome in outcomes]
    return Script.model_validate({"steps": steps, "repeat": repeat})


def played(scripts: Scripts, recipient: str, times: int) -> list[str]:
    return [scripts.next(recipient).outcome for _ in range(times)]


def test_without_a_script_everything_is_accepted() -> None:
    assert played(Scripts(), "316", 2) == ["accept", "accept"]


def test_steps_are_used_one_a_submission_then_it_is_accepted() -> None:
    scripts = Scripts()
    scripts.put("316", script("throttle", "cut"))
    assert played(scripts, "316", 3) == ["throttle", "cut", "accept"]


def test_the_last_step_repeats_if_asked() -> None:
    scripts = Scripts()
    scripts.put("316", script("accept", "throttle", repeat=True))
    assert played(scripts, "316", 4) == ["accept", "throttle", "throttle", "throttle"]


def test_everybody_goes_through_the_default_alone() -> None:
    scripts = Scripts()
    scripts.put(EVERYBODY, script("throttle", "cut"))
    assert played(scripts, "316", 1) == ["throttle"]
    assert played(scripts, "317", 3) == ["throttle", "cut", "accept"]
    assert played(scripts, "316", 2) == ["cut", "accept"]


def test_the_default_follows_a_used_up_script() -> None:
    scripts = Scripts()
    scripts.put("316", script("cut"))
    scripts.put(EVERYBODY, script("throttle", repeat=True))
    assert played(scripts, "316", 3) == ["cut", "throttle", "throttle"]


def test_a_plus_makes_no_other_recipient() -> None:
    scripts = Scripts()
    scripts.put("+316", script("cut"))
    assert played(scripts, "316", 1) == ["cut"]


def test_a_new_script_begins_at_its_first_step() -> None:
    scripts = Scripts()
    scripts.put("316", script("throttle", "cut"))
    played(scripts, "316", 1)
    scripts.put("316", script("throttle", "cut"))
    assert played(scripts, "316", 1) == ["throttle"]


def test_nothing_is_left_after_clearing() -> None:
    scripts = Scripts()
    scripts.put(EVERYBODY, script("throttle", repeat=True))
    scripts.clear()
    assert played(scripts, "316", 1) == ["accept"]


@pytest.mark.parametrize(
    "step",
    [
        {"outcome": "explode"},
        {"outcome": "accept", "code": "1"},
        {"outcome": "error"},
        {"outcome": "error", "code": "x"},
        {"outcome": "http", "status": 99},
        {"outcome": "hang", "seconds": -1},
        {"outcome": "accept", "delay_ms": -1},
        {"outcome": "accept", "receipts": [{}]},
        {"outcome": "accept", "receipts": [{"status": ""}]},
        {"outcome": "accept", "receipts": [{"status": "sent", "part": 0}]},
        {"outcome": "accept", "receipts": [{"status": "sent", "repeat": 0}]},
        {"outcome": "http", "status": 500, "receipts": [{"status": "sent"}]},
    ],
)
def test_a_step_that_makes_no_sense_is_refused(step: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Script.model_validate({"steps": [step]})


def test_a_script_needs_a_step() -> None:
    with pytest.raises(ValidationError):
        Script.model_validate({"steps": []})
