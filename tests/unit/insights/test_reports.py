"""What is said of the windows, and when."""

from dapi_common.clock import ManualClock
from dapi_common.events.signals import ProviderHealth
from insights.reports import AGAIN, EVERY, Reports
from insights.windows import Windows
from tests.unit.insights.test_windows import ACME, KEY, sample


class World:
    def __init__(self) -> None:
        self.clock, self.windows = ManualClock(), Windows()
        self.reports = Reports(self.windows)

    def sample(self) -> None:
        self.windows.add(0, sample(self.clock.now()), self.clock.now())

    def say(self) -> list[ProviderHealth]:
        said = list(self.reports.due(self.clock.now()))
        for health in said:
            self.reports.said(health)
        return said


def test_figures_are_said_once_and_again_when_they_change() -> None:
    world = World()
    assert world.say() == []
    world.sample()
    [health] = world.say()
    assert (health.account, health.provider, health.at) == (ACME, "nexmo", world.clock.now())
    world.clock.advance(EVERY)
    assert world.say() == []
    world.sample()
    [health] = world.say()
    assert health.channels["sms"]["1m"].outcomes == {"accepted": 2}


def test_figures_that_stay_are_said_again_before_readers_take_them_for_old() -> None:
    world = World()
    world.sample()
    world.say()
    world.clock.advance(AGAIN)
    assert len(world.say()) == 1


def test_emptied_windows_are_said_once() -> None:
    world = World()
    world.sample()
    world.say()
    world.clock.advance(3700)
    assert [health.channels for health in world.say()] == [{}]
    world.clock.advance(AGAIN)
    assert world.say() == []


def test_what_could_not_be_written_is_due_again() -> None:
    world = World()
    world.sample()
    assert len(list(world.reports.due(world.clock.now()))) == 1
    world.clock.advance(EVERY)
    assert len(world.say()) == 1


def test_a_partition_that_another_process_has_is_not_spoken_for() -> None:
    world = World()
    world.sample()
    world.say()
    world.reports.forget(0)
    assert world.say() == []
    world.sample()
    assert [(health.account, health.provider) for health in world.say()] == [KEY]
