"""Pages of numbered documents. Messages, invokes, lists and contacts have numbers that an account (a list) counts from
1, and a key `<series>/<number>` in one indexed field, so a page is a range of keys with both ends and no server sorts
more than a page of them. (One field, because the embedded servers use an index of several for its first one only:
100 of 8,000 in 10 and 186 ms, by one key in 0.6 and 3 ms.) A filter has a key of its own: `<series>/<value>/<number>`.

`after` costs a page however deep it is. `page=N` does too while every number has its document; where some lack one
(deleted, reserved by an invoke and not released, or filtered out) the N pages before it are walked over."""

from collections.abc import Mapping
from dataclasses import dataclass

from api_gateway.views.documents import integer
from dapi_common.store.port import Document, Index, Range, Store, Upsert, Value

NUMBERS = "numbers"
INDEXES: Mapping[str, tuple[Index, ...]] = {NUMBERS: ()}
SWEPT = 1000
"""Documents that one transaction of a sweep changes at most."""
_LARGEST_STEP = 16_384
"""Holes are crossed in ranges that grow up to this; a server without ordered scans sorts that many at worst."""


@dataclass(frozen=True, slots=True)
class Slice:
    """What is asked for: `limit` documents from page number `page`, or those beyond the cursor `after`."""

    limit: int = 100
    page: int = 0
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Answers, ready for JSON; `after` is the cursor of the next page, None where there is none."""

    items: list[dict[str, object]]
    after: str | None

    @property
    def more(self) -> bool:
        """Whether there is a next page."""
        return self.after is not None


@dataclass(frozen=True, slots=True)
class Series:
    """Documents that match `where` and whose `key` is `keyed(prefix, number)`, with that number, 1 … `top`, in the
    field `number` too. `dense`: every number has one."""

    collection: str
    where: Mapping[str, Value]
    key: str
    prefix: str
    number: str
    top: int
    descending: bool = False
    dense: bool = False


def keyed(prefix: str, number: int) -> str:
    """A key that sorts by number within its prefix."""
    return f"{prefix}/{number:018}"


def whole(prefix: str) -> Range:
    """All keys of a prefix, whatever the number."""
    return Range(f"{prefix}/", f"{prefix}/:")


def cursor(text: str) -> int:
    """The cursor that a Page gave out. Raises ValueError for any other text."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError("not a cursor")
    return int(text)


def counted(series: str, number: int) -> Upsert:
    """The series (`<account>/<kind>`) has a document with this number."""
    return Upsert(NUMBERS, series, maximum={"highest": number})


def holed(series: str) -> Upsert:
    """Some number of the series has, for now or for ever, no document."""
    return Upsert(NUMBERS, series, constant={"holes": True})


def pieces(prefix: str, above: int, upto: int) -> list[Range]:
    """The keys of the numbers above … upto, in ranges that are small enough for one transaction each: an embedded
    server changes 3,000 documents a second, and a store's time limit is a few."""
    ends = range(above, upto, SWEPT)
    return [Range(keyed(prefix, end), keyed(prefix, min(end + SWEPT, upto))) for end in ends]


async def extent(store: Store, series: str) -> tuple[int, bool]:
    """The highest number of a series, and whether every number up to it has a document."""
    document = (await store.get(NUMBERS, [series])).get(series, {})
    return integer(document, "highest") if "highest" in document else 0, "holes" not in document


async def read(store: Store, series: Series, asked: Slice) -> tuple[list[Document], str | None]:
    """The documents of the slice, and the cursor of the next."""
    start = await _start(store, series, asked)
    if start is None:
        return [], None
    found = await _walk(store, series, start, asked.limit + 1)
    kept = found[: asked.limit]
    return kept, str(integer(kept[-1], series.number)) if len(found) > len(kept) else None


async def _start(store: Store, series: Series, asked: Slice) -> int | None:
    """The number before the slice's first, in the direction of the series; None when the slice is past the end."""
    if asked.after is not None:
        return asked.after
    origin = series.top + 1 if series.descending else 0
    skipped = asked.page * asked.limit
    if skipped >= series.top or not skipped:
        return None if skipped or not series.top else origin
    if series.dense:
        return origin - skipped if series.descending else skipped
    passed = await _walk(store, series, origin, skipped, (series.number,))
    return integer(passed[-1], series.number) if len(passed) == skipped else None


async def _walk(store: Store, series: Series, start: int, count: int, fields: tuple[str, ...] = ()) -> list[Document]:
    """Up to `count` documents beyond `start`."""
    found: list[Document] = []
    step = min(count, _LARGEST_STEP)
    while len(found) < count and (bounds := _bounds(series, start, step)):
        found += await store.find(
            series.collection,
            {**series.where, series.key: bounds},
            order=(series.key,),
            descending=series.descending,
            limit=count - len(found),
            fields=fields,
        )
        start += -step if series.descending else step
        step = min(2 * step, _LARGEST_STEP)
    return found


def _bounds(series: Series, start: int, step: int) -> Range | None:
    """The next `step` numbers beyond `start`; None when there are none."""
    if series.descending:
        upto = min(start - 1, series.top)
        above = max(start - 1 - step, 0)
    else:
        above, upto = start, min(start + step, series.top)
    return Range(keyed(series.prefix, above), keyed(series.prefix, upto)) if above < upto else None
