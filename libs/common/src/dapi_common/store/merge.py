"""Fewer writes with the same effect: several Upserts of one document become one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dapi_common.store.order import exceeds
from dapi_common.store.port import Change, Remove, Upsert, Value, Write


def by_collection(writes: Iterable[Write]) -> dict[str, list[Write]]:
    """Each collection's writes in their order; collections in the order in which they first appear."""
    found: dict[str, list[Write]] = {}
    for write in writes:
        found.setdefault(write.collection, []).append(write)
    return found


def merged(writes: Iterable[Write]) -> list[Write]:
    """The writes of one collection, merged where no Change or Remove stands between and no paths collide."""
    kept: list[Write] = []
    latest: dict[str, tuple[int, Upsert]] = {}
    for write in writes:
        if not isinstance(write, Upsert):
            latest.clear()
            kept.append(write)
            continue
        at, before = latest.get(write.id, (len(kept), None))
        both = _both(before, write) if before else write
        if both is None:
            at, both = len(kept), write
        kept[at : at + 1] = [both]
        latest[write.id] = at, both
    return kept


def order_matters(writes: Sequence[Write]) -> bool:
    """Whether two of these may touch the same document with different results in a different order."""
    kinds = {type(write) for write in writes}
    if len(kinds) > 1 or kinds == {Change}:
        return len(writes) > 1
    return kinds != {Remove} and len({write.id for write in writes if isinstance(write, Upsert)}) < len(writes)


def _both(first: Upsert, second: Upsert) -> Upsert | None:
    """One Upsert for two, or None where their paths collide. The second's `initial` never applies: the first has
    created the document."""
    constant = {**first.constant, **second.constant}
    maximum = _greatest(first.maximum, second.maximum)
    initial = {path: value for path, value in first.initial.items() if path not in second.constant}
    if collide([*constant, *maximum, *initial]):
        return None
    return Upsert(first.collection, first.id, constant, maximum, initial, first.new or second.new)


def collide(paths: Sequence[str]) -> bool:
    """Whether a path is there twice or lies within another."""
    known = set(paths)
    if len(known) < len(paths):
        return True
    return any(above in known for path in paths if "." in path for above in _above(path))


def _above(path: str) -> Iterator[str]:
    """`a.b` and `a` of `a.b.c`."""
    while (at := path.rfind(".")) >= 0:
        path = path[:at]
        yield path


def _greatest(first: Mapping[str, Value], second: Mapping[str, Value]) -> dict[str, Value]:
    greatest = dict(first)
    for path, value in second.items():
        if path not in greatest or exceeds(value, greatest[path]):
            greatest[path] = value
    return greatest
