"""Reading that has stopped is noticed, and reading that only waits is not."""

from threading import Event

from insights.watch import Heartbeat, Lag


def test_a_partition_that_stands_still_although_it_has_more_is_noticed_after_a_while() -> None:
    lag = Lag(30)
    assert lag.look({0: 5, 1: 9}, {0: 8, 1: 9}, 100) == []
    assert lag.look({0: 5, 1: 9}, {0: 20, 1: 9}, 130) == []
    assert lag.look({0: 5, 1: 9}, {0: 30, 1: 9}, 131) == [0]


def test_a_partition_that_is_slow_or_has_nothing_is_not() -> None:
    lag = Lag(30)
    for second in range(0, 300, 10):
        assert lag.look({0: second, 1: 7}, {0: second + 1000, 1: 7}, second) == []


def test_standing_still_is_counted_anew_after_a_record_or_an_excuse() -> None:
    lag = Lag(30)
    lag.look({0: 5}, {0: 8}, 0)
    lag.look({0: 6}, {0: 8}, 29)
    assert lag.look({0: 6}, {0: 8}, 58) == []
    lag.excuse()
    assert lag.look({0: 6}, {0: 8}, 90) == []
    assert lag.look({0: 8}, {0: 8}, 91) == []
    assert lag.look({0: 8}, {0: 9}, 200) == []


def test_a_partition_that_somebody_else_has_is_not_waited_for() -> None:
    lag = Lag(30)
    lag.look({0: 5}, {0: 8}, 0)
    assert lag.look({}, {}, 40) == []
    assert lag.look({0: 5}, {0: 8}, 50) == []


def test_a_loop_that_does_not_turn_ends_the_process() -> None:
    ended: list[int] = []
    over = Event()

    def end(code: int) -> None:
        ended.append(code)
        over.set()

    with Heartbeat(0.05, end):
        assert over.wait(10)
    assert ended == [1]


def test_a_loop_that_turns_does_not() -> None:
    ended: list[int] = []
    with Heartbeat(60, ended.append) as heart:
        heart.beat()
    heart._thread.join(10)
    assert not heart._thread.is_alive()
    assert ended == []
