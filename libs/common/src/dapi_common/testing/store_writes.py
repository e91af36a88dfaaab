"""Histories of writes that every Store accepts, for property tests."""

from hypothesis import strategies as st

from dapi_common.store.merge import collide
from dapi_common.store.port import Change, Document, Range, Remove, Store, Upsert, Value, Write

COLLECTIONS = ("things", "others")

_collection = st.sampled_from(COLLECTIONS)
_scalar: st.SearchStrategy[Value] = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.text("ab", max_size=2))
_object: st.SearchStrategy[Value] = st.dictionaries(st.sampled_from("xyz"), _scalar, max_size=2).map(dict)
_constant = st.fixed_dictionaries({}, optional={"s": _scalar, "t": _scalar, "o": _object, "o.x": _scalar})
_maximum = st.fixed_dictionaries({}, optional={"m": _scalar | _object, "g.h": _scalar, "t": _scalar})
_initial = st.fixed_dictionaries({}, optional={"i": _scalar, "s": _scalar, "m": _scalar, "o.y": _scalar})
_bound = st.none() | st.integers(-2, 2)
_where = st.fixed_dictionaries(
    {}, optional={"s": _scalar, "t": st.builds(Range, _bound, _bound), "o.x": _scalar, "m": _object}
)


def _legal(upsert: Upsert) -> bool:
    return not collide([*upsert.constant, *upsert.maximum, *upsert.initial])


def upserts() -> st.SearchStrategy[Write]:
    """Upserts of few documents and few fields, so that they meet; said to be new or not, and rightly or not."""
    key = st.sampled_from("12")
    return st.builds(Upsert, _collection, key, _constant, _maximum, _initial, st.booleans()).filter(_legal)


def calls() -> st.SearchStrategy[list[Write]]:
    """The writes of one call."""
    changes = st.builds(Change, _collection, _where, st.fixed_dictionaries({"t": _scalar}))
    others: st.SearchStrategy[Write] = st.one_of(changes, st.builds(Remove, _collection, _where))
    return st.lists(st.one_of(upserts(), upserts(), upserts(), others), min_size=2, max_size=8)


async def contents(store: Store) -> dict[str, list[Document]]:
    """All that a history can have written."""
    return {name: await store.find(name, {}, order=["_id"]) for name in COLLECTIONS}
