"""Every submission that reached a provider, in the order in which it was read: what tests count against."""

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Literal

import orjson

Outcome = Literal["accepted", "refused", "throttled", "http", "error-after-accepting", "cut", "hang"]

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """`id` is empty exactly when the provider did not take the message; `status` is 0 without an answer."""

    seq: int
    at: float
    provider: str
    to: str
    sender: str
    outcome: Outcome
    status: int
    id: str
    client_ref: str
    channel: str = "sms"

    def line(self) -> bytes:
        return orjson.dumps(
            {
                "seq": self.seq,
                "at": self.at,
                "provider": self.provider,
                "to": self.to,
                "from": self.sender,
                "outcome": self.outcome,
                "status": self.status,
                "id": self.id,
                "client_ref": self.client_ref,
                "channel": self.channel,
            }
        )


class Peak:
    """The most submissions in any second, `[t, t + 1)`. Keeps the last second only."""

    def __init__(self) -> None:
        self.most = 0
        self._times: deque[float] = deque()

    def add(self, at: float) -> None:
        times = self._times
        times.append(at)
        while at - times[0] >= 1.0:
            times.popleft()
        if len(times) > self.most:
            self.most = len(times)


class Ledger:
    """Append only. Entries are kept as JSON lines, which cost little memory; figures are counted as it grows."""

    def __init__(self, file: Path | None = None) -> None:
        """`file`: where each entry is written before it is answered, so that the ledger goes on over a kill -9 of its
        process. It is never cleared."""
        self._cleared = 0
        self._file: FileIO | None = None
        self._reset()
        if file is not None:
            self._go_on(file)

    def _go_on(self, file: Path) -> None:
        """A kill in the middle of a write leaves half a line: nobody was answered for that."""
        kept = file.read_bytes() if file.exists() else b""
        whole = kept[: kept.rfind(b"\n") + 1]
        for line in whole.splitlines():
            said = orjson.loads(line)
            self.append(Entry(sender=said.pop("from"), **said))
        self._file = FileIO(file, "a")
        self._file.truncate(len(whole))

    def close(self) -> None:
        """Lets the file go."""
        if self._file:
            self._file.close()

    def _reset(self) -> None:
        self._lines: list[bytes] = []
        self._outcomes: Counter[tuple[str, Outcome]] = Counter()
        self._taken: set[str] = set()
        self._duplicates: dict[str, int] = {}
        self._peak = Peak()
        self._peaks: defaultdict[str, Peak] = defaultdict(Peak)

    @property
    def next_seq(self) -> int:
        """Never used twice, not even after `clear`, so that ids made of it stay unique."""
        return self._cleared + len(self._lines) + 1

    def append(self, entry: Entry) -> None:
        assert entry.seq == self.next_seq, "the ledger has no gaps"
        line = bytes(memoryview(entry.line()))  # orjson's own bytes hold 4 KB each; a copy does not
        if self._file:
            self._file.write(line + b"\n")
        self._lines.append(line)
        self._outcomes[entry.provider, entry.outcome] += 1
        self._peak.add(entry.at)
        self._peaks[entry.provider].add(entry.at)
        if entry.id:
            self._take(entry.to.lstrip("+") if entry.channel == "sms" else f"{entry.channel}:{entry.to.lstrip('+')}")

    def _take(self, number: str) -> None:
        """A text and a call to one number are two things."""
        if number in self._taken:
            self._duplicates[number] = self._duplicates.get(number, 1) + 1
        else:
            self._taken.add(number)

    def clear(self) -> None:
        self._cleared += len(self._lines)
        self._reset()

    def after(self, seq: int, limit: int) -> Sequence[bytes]:
        """The JSON lines of the entries past `seq`, oldest first."""
        start = max(seq - self._cleared, 0)
        return self._lines[start : start + limit]

    def page(self, seq: int, limit: int) -> bytes:
        lines = self.after(seq, limit)
        last = max(seq, self._cleared) + len(lines) if lines else seq
        head = b'{"entries":[' + b",".join(lines)
        return head + b'],"next":%d,"total":%d}' % (last, len(self._lines))

    def latest(self, count: int) -> list[dict[str, object]]:
        """The newest entries, newest first."""
        return [orjson.loads(line) for line in reversed(self._lines[-count:])]

    def summary(self) -> dict[str, object]:
        by_outcome: Counter[str] = Counter()
        by_provider: dict[str, dict[str, int]] = {}
        for (provider, outcome), count in self._outcomes.items():
            by_outcome[outcome] += count
            by_provider.setdefault(provider, {})[outcome] = count
        return {
            "total": len(self._lines),
            "taken": len(self._taken) + sum(self._duplicates.values()) - len(self._duplicates),
            "by_outcome": dict(by_outcome),
            "by_provider": by_provider,
            "duplicates": len(self._duplicates),
            "duplicated": dict(islice(self._duplicates.items(), SHOWN)),
            "max_in_one_second": self._peak.most,
            "max_in_one_second_by_provider": {name: peak.most for name, peak in self._peaks.items()},
        }
