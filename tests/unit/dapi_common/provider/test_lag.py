from dapi_common.provider.lag import Lag

T0 = 1_700_000_000.0


def noted(*seen: tuple[float, float]) -> Lag:
    """Seconds after T0, and by how much a send was late then."""
    lag = Lag()
    for after, late in seen:
        lag.note(late, T0 + after)
    return lag


def test_what_all_sends_are_late_by_is_known_after_a_second() -> None:
    assert noted((0.0, 9.0), (0.5, 7.0)).usual(T0 + 0.6) == 0.0
    assert noted((0.0, 9.0), (0.5, 7.0), (1.1, 8.0)).usual(T0 + 1.2) == 7.0


def test_one_that_comes_in_time_tells_that_the_others_were_late() -> None:
    assert noted((0.0, 9.0), (1.1, 8.0), (1.2, -0.1)).usual(T0 + 1.3) == 0.0


def test_of_a_time_without_sends_nothing_is_known() -> None:
    lag = noted((0.0, 9.0), (1.1, 9.0))
    assert lag.usual(T0 + 2.5) == 9.0
    assert lag.usual(T0 + 3.1) == 0.0
    lag.note(9.0, T0 + 60)
    assert lag.usual(T0 + 60.1) == 0.0
