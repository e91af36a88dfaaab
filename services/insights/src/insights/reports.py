"""What is to be said of the windows, and when: not more often than anybody reads, and not twice the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dapi_common.events.signals import ProviderHealth
from insights.windows import Channels, Key, Windows

EVERY: Final = 5.0
"""Seconds between two words on one provider of an account: so often `due` is to be asked."""
AGAIN: Final = 30.0
"""Figures that stay the same are said again after so many seconds: whoever reads knows that they still hold."""


@dataclass(frozen=True, slots=True)
class Said:
    """The last word."""

    channels: Channels
    at: float


class Reports:
    """The last word on each provider of each account."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._said: dict[Key, Said] = {}

    def due(self, now: float) -> Iterator[ProviderHealth]:
        """What has changed, or was said long ago."""
        for partition, key in self._windows.known():
            channels, last = self._windows.channels(partition, key, now), self._said.get(key)
            if last is None or channels != last.channels or now - last.at >= AGAIN:
                yield ProviderHealth(account=key[0], provider=key[1], channels=channels, at=now)

    def said(self, health: ProviderHealth) -> None:
        """It is in the log. Of what is empty there is nothing more to say."""
        key = (health.account, health.provider)
        self._said[key] = Said(health.channels, health.at)
        if not health.channels:
            del self._said[key]

    def forget(self, partition: int) -> None:
        """Somebody else speaks for it now."""
        for key in self._windows.drop(partition):
            self._said.pop(key, None)
