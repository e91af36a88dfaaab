"""Strict JSON."""

from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_gateway.decode import INLINE, MAX_DEPTH, json_object, parse
from api_gateway.errors import Problem

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20)


def nested(depth: int) -> bytes:
    """An object `depth` levels deep."""
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_what_json_writes_is_read_back(value: dict[str, object]) -> None:
    assert parse(orjson.dumps(value)) == value


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_an_object_or_a_problem(body: bytes) -> None:
    with suppress(Problem):
        assert isinstance(parse(body), dict)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b'{"a":1,}',
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b'{"a":[{"b":1,"b":1}]}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\\ud800"}',
        b'{"a":01}',
        b'{"a":' + b"9" * 5000 + b"}",
        b"{'a':1}",
        b'{"a":1} {}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        nested(33),
        nested(5000),
        b'{"a":' + b"[" * 200_000,
    ],
)
def test_what_is_not_strict_json_is_refused(body: bytes) -> None:
    with pytest.raises(Problem) as caught:
        parse(body)
    assert caught.value.code == "json-invalid"


def test_thirty_two_levels_are_read() -> None:
    assert parse(nested(MAX_DEPTH))


def test_brackets_within_strings_are_not_depth() -> None:
    assert parse(b'{"a":"' + b"[{" * 100 + b'"}')


async def test_a_large_body_is_held_to_the_same_rules() -> None:
    filler = b'"' + b"x" * INLINE + b'"'
    assert await json_object(b'{"a":' + filler + b"}")
    with pytest.raises(Problem):
        await json_object(b'{"a":' + filler + b',"a":1}')
