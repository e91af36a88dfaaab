"""Windows of time, in memory: sums over the last minute, five minutes and hour, of samples in any order."""

from collections import Counter
from typing import Final

from dapi_common.events.shapes import Channel
from dapi_common.events.signals import WINDOWS, Figures, SignalSampled, WindowName
from dapi_common.ids import AccountId
from insights.figures import Counts, counted, figures

LONGEST: Final = max(WINDOWS.values())
AHEAD: Final = 60.0
"""Seconds by which another machine's clock may be ahead of ours."""

Key = tuple[AccountId, str]
"""Account and provider."""
Channels = dict[Channel, dict[WindowName, Figures]]


class Ring:
    """Counts in cells of `step` seconds, `length` of which are kept, the present one included."""

    def __init__(self, step: int, length: int) -> None:
        self._step, self._length = step, length
        self._cells: dict[int, Counts] = {}

    def add(self, at: float, counts: Counts, now: float) -> None:
        """What is too old by now is passed over."""
        cell = int(at // self._step)
        if cell > int(now // self._step) - self._length:
            self._cells.setdefault(cell, Counter()).update(counts)

    def total(self, seconds: int, now: float) -> Counts:
        """Of the cells that began within the last `seconds`, and drops those that nobody will ask for again."""
        present = int(now // self._step)
        for cell in [cell for cell in self._cells if cell <= present - self._length]:
            del self._cells[cell]
        total: Counts = Counter()
        for cell, counts in self._cells.items():
            if cell > present - seconds // self._step:
                total.update(counts)
        return total


class Series:
    """One channel of a provider for an account. The hour has coarser cells: a sixth of the memory."""

    def __init__(self) -> None:
        self._fine, self._coarse = Ring(10, 30), Ring(60, 60)

    def add(self, at: float, counts: Counts, now: float) -> None:
        """Counts what happened at `at`."""
        self._fine.add(at, counts, now)
        self._coarse.add(at, counts, now)

    def windows(self, now: float) -> dict[WindowName, Figures] | None:
        """None when the longest is empty."""
        totals = {
            name: (self._coarse if seconds == LONGEST else self._fine).total(seconds, now)
            for name, seconds in WINDOWS.items()
        }
        return {name: figures(counts) for name, counts in totals.items()} if any(totals.values()) else None


class Windows:
    """All of them, by the partition of dapi.signals that they come from."""

    def __init__(self) -> None:
        self._series: dict[int, dict[Key, dict[Channel, Series]]] = {}

    def add(self, partition: int, sample: SignalSampled, now: float) -> bool:
        """False for one from the future: a clock is wrong, and it would never leave."""
        if sample.at > now + AHEAD:
            return False
        if sample.at > now - LONGEST:
            channels = self._series.setdefault(partition, {}).setdefault((sample.account, sample.provider), {})
            channels.setdefault(sample.channel, Series()).add(sample.at, counted(sample), now)
        return True

    def drop(self, partition: int) -> list[Key]:
        """Forgets a partition; answers what was known of it."""
        return list(self._series.pop(partition, {}))

    def known(self) -> list[tuple[int, Key]]:
        """Everything of which something is known."""
        return [(partition, key) for partition, found in self._series.items() for key in found]

    def channels(self, partition: int, key: Key, now: float) -> Channels:
        """The figures; {} when all windows are empty, and then nothing is known any more."""
        series = self._series[partition][key]
        windows = {channel: one.windows(now) for channel, one in series.items()}
        known: Channels = {channel: found for channel, found in sorted(windows.items()) if found is not None}
        self._series[partition][key] = {channel: series[channel] for channel in known}
        if not known:
            del self._series[partition][key]
        return known
