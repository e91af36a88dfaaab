"""The invokes of one partition that are not over: which of them have something to do, and what of them the changelog
has not seen yet. One that has nothing to do costs a step nothing."""

from collections.abc import Iterator, Mapping
from heapq import heappop, heappush

from dapi_common.events.invokes import InvokeAccepted
from dapi_common.events.shapes import Channel, Pace
from invoke_planner.invoke import Invoke
from invoke_planner.planning import Key
from invoke_planner.progress import Progress
from invoke_planner.unsettled import KINDS, Unsettled


class Running:
    """By account and invoke. State keys: `invoke/<account>/<invoke>`, `progress/…`, and `answered/…/<chunk>`,
    `final/…/<chunk>`, `doubted/…/<chunk>` and `halted/…/<chunk>` for the marks of its contacts. Those that are over may
    still be `unsettled`."""

    def __init__(self) -> None:
        self.unsettled = Unsettled()
        self._invokes: dict[Key, Invoke] = {}
        self._restored: dict[Key, Progress] = {}
        self._moved: dict[Key, None] = {}
        self._reports: list[tuple[float, Key]] = []
        self._unsaved: dict[Key, None] = {}
        self._state: dict[str, bytes | None] = {}

    def restore(self, key: str, value: bytes) -> None:
        """One entry of the changelog. After the last one comes `resume`."""
        kind, account, invoke, *rest = key.split("/")
        if kind in KINDS:
            self.unsettled.restore(key, value)
            return
        match kind:
            case "invoke":
                self._invokes[account, invoke] = Invoke(InvokeAccepted.decode(value), Progress())
            case "progress":
                progress = self._restored.get((account, invoke))
                self._restored[account, invoke] = _with_marks(Progress.model_validate_json(value), progress)
            case "answered" | "final" | "doubted" | "halted":
                progress = self._restored.setdefault((account, invoke), Progress())
                progress.marks()[kind].restore(int(rest[0]), value)

    def resume(self) -> None:
        """All is restored: each may have something to do."""
        for key, invoke in self._invokes.items():
            invoke.progress = self._restored.get(key, invoke.progress)
            invoke.progress.answered.resume()
            invoke.progress.final.resume()
            self._moved[key] = None
        self._restored.clear()
        self.unsettled.resume()

    def begin(self, accepted: InvokeAccepted) -> None:
        """A new one."""
        invoke = Invoke(accepted, Progress(unreleased=dict(accepted.channels)))
        self._invokes[invoke.key] = invoke
        self._state[_name("invoke", invoke.key)] = accepted.encode()
        self.touch(invoke.key)

    def get(self, key: Key) -> Invoke | None:
        """The invoke, unless it is over."""
        return self._invokes.get(key)

    def touch(self, key: Key) -> None:
        """Something happened to it: it may have something to do."""
        self._moved[key] = None
        self._unsaved[key] = None

    def repace(self, key: Key, throughput: Mapping[Channel, Pace]) -> None:
        """It has other ceilings now."""
        invoke = self._invokes[key]
        invoke.accepted = invoke.accepted.model_copy(update={"throughput": dict(throughput)})
        self._state[_name("invoke", key)] = invoke.accepted.encode()
        self.touch(key)

    def is_source(self, key: Key) -> bool:
        """Whether the plan of one that runs is still made from this one's."""
        retries = (invoke for invoke in self._invokes.values() if (invoke.key[0], invoke.accepted.retry_of) == key)
        return any(not retry.fully_planned and retry.is_wanted() for retry in retries)

    def save(self, invoke: Invoke) -> None:
        """Its progress changed."""
        self._unsaved[invoke.key] = None

    def report_at(self, invoke: Invoke, at: float) -> None:
        """It will have something to do then."""
        if invoke.report_at is None or at < invoke.report_at:
            invoke.report_at = at
            heappush(self._reports, (at, invoke.key))

    def due(self, now: float) -> Iterator[Invoke]:
        """Those that may have something to do, each once; who stops asking finds the rest the next time."""
        while self._reports and self._reports[0][0] <= now:
            _, key = heappop(self._reports)
            if invoke := self._invokes.get(key):
                invoke.report_at = None
                self._moved[key] = None
        for key in list(self._moved):
            del self._moved[key]
            yield self._invokes[key]

    def wake_at(self, now: float) -> float | None:
        """When `due` has something, if nothing else happens."""
        if self._moved:
            return now
        reports = [self._reports[0][0]] if self._reports else []
        return min([*reports, *self.unsettled.wakes_at()], default=None)

    def end(self, invoke: Invoke, now: float) -> None:
        """It is over."""
        key, progress = invoke.key, invoke.progress
        self.unsettled.begin(key, progress, now)
        del self._invokes[key]
        self._moved.pop(key, None)
        self._unsaved.pop(key, None)
        self._state[_name("invoke", key)] = self._state[_name("progress", key)] = None
        for kind, marks in progress.marks().items():
            self._state.update((f"{_name(kind, key)}/{chunk}", None) for chunk, _ in marks.removal())

    def changes(self) -> dict[str, bytes | None]:
        """What changed since the last call, as changelog entries."""
        changed, self._state = self._state, {}
        for key in self._unsaved:
            progress = self._invokes[key].progress
            changed[_name("progress", key)] = progress.model_dump_json(exclude_defaults=True).encode()
            for kind, marks in progress.marks().items():
                changed.update((f"{_name(kind, key)}/{chunk}", bitmap) for chunk, bitmap in marks.changes())
        self._unsaved.clear()
        return changed | self.unsettled.changes()


def _name(kind: str, key: Key) -> str:
    return f"{kind}/{key[0]}/{key[1]}"


def _with_marks(progress: Progress, marked: Progress | None) -> Progress:
    """Entries of the changelog come in any order."""
    if marked is None:
        return progress
    return marked.model_copy(update=dict(progress))
