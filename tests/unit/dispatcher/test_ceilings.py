"""What providers see of a ceiling while adapters of one account stand still and die (decision 0008)."""

from collections.abc import Iterator

import pytest

from local_stack.figures import peak_in_a_second

from .cluster import T0
from .site import Adapter, Site

MPS = 60
AT_MOST = MPS * 1.01 + 1


def most_in_a_second(starts: list[float], since: float = 0.0) -> int:
    """In any window of one second."""
    return peak_in_a_second([at for at in starts if at >= T0 + since])


def used(site: Site, since: float, until: float) -> float:
    """The part of the ceiling that was, between these seconds."""
    return sum(T0 + since <= at < T0 + until for at in site.starts) / (until - since) / MPS


def troubled(site: Site, seconds: float) -> Iterator[Adapter]:
    """One adapter after the other, every few seconds."""
    until = site.now + seconds
    while site.now < until:
        site.run(site.random.uniform(2, 4))
        yield site.random.choice(list(site.adapters.values()))


def waiting(seed: int, providers: int, commit: tuple[float, float] = (0.004, 0.012)) -> Site:
    """A site with more than it can do in 25 seconds."""
    site = Site(seed, providers, commit)
    site.request(MPS * 25, dict.fromkeys(site.adapters, 1), mps=MPS)
    return site


@pytest.mark.parametrize("commit", [(0.004, 0.012), (0.02, 0.06), (0.05, 0.1)])
@pytest.mark.parametrize("providers", [1, 2, 3])
def test_without_trouble_a_ceiling_is_kept_and_used_however_long_commits_take(
    providers: int, commit: tuple[float, float]
) -> None:
    site = waiting(1, providers, commit)
    site.run(12)
    assert most_in_a_second(site.starts) <= AT_MOST + (providers - 1)
    assert used(site, 1, 12) >= 0.95
    assert not site.put_back


@pytest.mark.parametrize("seed", range(3))
def test_an_adapter_that_is_alone_keeps_the_ceiling_whatever_happens_to_it(seed: int) -> None:
    site = waiting(seed, 1)
    for number, adapter in enumerate(troubled(site, 16)):
        until = site.now + site.random.uniform(0.02, 2)
        match number % 3:
            case 0:
                adapter.freeze(until)
            case 1:
                adapter.kill(until)
            case _:
                site.cluster.start()
    site.run(4)
    assert most_in_a_second(site.starts) <= AT_MOST
    assert not site.put_back


@pytest.mark.parametrize("seed", range(3))
def test_adapters_that_share_a_ceiling_keep_it_whatever_happens_to_them(seed: int) -> None:
    site = waiting(seed, 3)
    for number, adapter in enumerate(troubled(site, 16)):
        until = site.now + site.random.uniform(0.02, 2)
        adapter.kill(until) if number % 2 else adapter.freeze(until)
    assert most_in_a_second(site.starts) <= AT_MOST + 2, "one more for each adapter, as GCRA has it"
    assert max(site.put_back.values()) == 1


def test_what_was_lost_by_a_short_stall_is_made_up_for() -> None:
    site = waiting(1, 2)
    site.run(3)
    site.adapters["nexmo"].freeze(site.now + 0.12)
    site.run(12)
    assert used(site, 0, 15) >= 0.96
    assert most_in_a_second(site.starts) <= AT_MOST + 1


@pytest.mark.parametrize("ahead", [-3600.0, -1.0, 1.0, 3600.0])
@pytest.mark.parametrize("who", ["dispatcher", "adapter"])
def test_a_clock_that_is_wrong_in_one_process_neither_stops_sending_nor_bursts(ahead: float, who: str) -> None:
    site = waiting(1, 2)
    site.run(3)
    if who == "dispatcher":
        site.set_dispatcher_ahead(ahead)
    else:
        site.adapters["twilio"].ahead = ahead
        site.adapters["twilio"].kill(site.now)
    site.run(8)
    assert used(site, 5, 11) >= 0.95
    assert most_in_a_second(site.starts, since=5) <= AT_MOST + 1
    assert most_in_a_second(site.starts) <= 1.3 * MPS
    assert max(site.put_back.values(), default=0) <= 1


@pytest.mark.parametrize(("providers", "times"), [(1, 0), (2, 1)])
def test_adapters_that_can_do_less_than_they_are_given_give_a_send_back_once_at_most(
    providers: int, times: int
) -> None:
    """They are the bottleneck, not the ceiling."""
    site = Site(1, providers, commit=(0.05, 0.2))
    site.request(9000, dict.fromkeys(site.adapters, 1), mps=2000)
    for adapter in site.adapters.values():
        adapter.most = 30
    site.run(5)
    behind = len(site.cluster.released) - len(site.starts)
    done, steps = len(site.starts), sum(adapter.steps for adapter in site.adapters.values())
    site.run(3)
    assert behind > 500
    taken = sum(adapter.steps for adapter in site.adapters.values()) - steps
    assert len(site.starts) - done >= 0.35 * 30 * taken, "as many as there are places for"
    assert max(site.put_back.values(), default=0) == times
