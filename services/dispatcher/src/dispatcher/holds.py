"""What was last said of each invoke: whether it is paused, and its ceilings where they were changed. Kept for as long
as a send of it may still come: a retry names the ceilings of the time when it was first asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

import orjson
from pydantic import TypeAdapter

from dapi_common.events.sends import SendRequested, SendsPaused, SendsRepaced, SendsResumed
from dapi_common.events.shapes import Channel, Pace
from dapi_common.ids import AccountId, InvokeId
from dispatcher.recalls import REMEMBERED

Hold = SendsPaused | SendsResumed | SendsRepaced
_Key = tuple[InvokeId, AccountId]


@dataclass(frozen=True, slots=True)
class Word:
    """The ceilings from the offset of their control on."""

    at: float
    offset: int
    throughput: dict[Channel, Pace]


_WORD = TypeAdapter(Word)


class Holds:
    """Every change is an entry of the changelog: (key, value or None)."""

    def __init__(self) -> None:
        self._paused: dict[_Key, float] = {}
        self._words: dict[_Key, Word] = {}

    def restore(self, kind: str, invoke: str, account: str, value: bytes) -> None:
        """One entry, as an earlier process left it. After the last one comes `resume`."""
        key = InvokeId(invoke), AccountId(account)
        if kind == "paused":
            self._paused[key] = orjson.loads(value)
        else:
            self._words[key] = _WORD.validate_json(value)

    def resume(self) -> None:
        """All is restored: the oldest go first."""
        self._paused = dict(sorted(self._paused.items(), key=lambda entry: entry[1]))
        self._words = dict(sorted(self._words.items(), key=lambda entry: entry[1].at))

    def take(self, control: Hold, offset: int) -> tuple[str, bytes | None]:
        """Takes note of a control that was read at `offset`."""
        key = control.invoke_id, control.account
        match control:
            case SendsPaused():
                self._paused[key] = control.at
                return _name("paused", key), orjson.dumps(control.at)
            case SendsResumed():
                self._paused.pop(key, None)
                return _name("paused", key), None
            case SendsRepaced():
                self._words.pop(key, None)
                word = self._words[key] = Word(control.at, offset, dict(control.throughput))
                return _name("repaced", key), _WORD.dump_json(word)
            case _:
                assert_never(control)

    def is_paused(self, account: AccountId, invoke: InvokeId | None) -> bool:
        """Whether nothing of the invoke may be released."""
        return invoke is not None and (invoke, account) in self._paused

    def pace(self, request: SendRequested, offset: int) -> tuple[Pace, int]:
        """The ceilings of a send that was read at `offset`, and the offset that named them."""
        if self._words and request.invoke_id is not None:
            word = self._words.get((request.invoke_id, request.account))
            if word and (offset < word.offset or request.comes_again):
                return word.throughput.get(request.channel, Pace()), word.offset
        return request.pace, offset

    def forget(self, now: float) -> Iterator[tuple[str, None]]:
        """What nobody can ask for any more."""
        while self._paused and next(iter(self._paused.values())) < now - REMEMBERED:
            key = next(iter(self._paused))
            del self._paused[key]
            yield _name("paused", key), None
        while self._words and next(iter(self._words.values())).at < now - REMEMBERED:
            key = next(iter(self._words))
            del self._words[key]
            yield _name("repaced", key), None


def _name(kind: str, key: _Key) -> str:
    return f"{kind}/{key[0]}/{key[1]}"
