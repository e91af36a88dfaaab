"""What no model can read is refused, and the refusal repeats nothing of it: it goes to logs."""

from collections.abc import Iterator
from traceback import format_exception

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapi_common import events
from dapi_common.events.envelope import Payload, Undecodable
from tests.contract.events.golden import SAMPLES, Sample

PRIVATE = "+447700900999"
WRONG: tuple[object, ...] = (PRIVATE, [PRIVATE], {PRIVATE: PRIVATE}, {"address": PRIVATE}, None)
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=str)


def refusal(sample: Sample, value: object) -> str | None:
    """What is said about a value; None when it is read."""
    try:
        sample.decode(value)
    except Undecodable as error:
        return str(error)
    return None


def assert_tells_nothing(text: str) -> None:
    assert "447700900999" not in text
    assert len(text) < 200


@each_sample
def test_a_field_of_a_wrong_shape_is_named_and_not_shown(sample: Sample) -> None:
    for name in sample.value:
        refused = [text for wrong in WRONG if (text := refusal(sample, {**sample.value, name: wrong}))]
        assert refused, name
        for text in refused:
            assert text.startswith(f"{sample.type}: ")
            assert name in text
            assert_tells_nothing(text)


@each_sample
def test_a_field_that_must_be_there_is_missed(sample: Sample) -> None:
    for name in sample.value.keys() - sample.missing.keys():
        text = refusal(sample, {key: value for key, value in sample.value.items() if key != name})
        assert text == f"{sample.type}: 1 invalid at {name}"


@each_sample
def test_a_wrong_shape_within_is_not_shown_either(sample: Sample) -> None:
    for value in _spoilt(sample.value):
        if text := refusal(sample, value):
            assert_tells_nothing(text)


def _spoilt(value: object) -> Iterator[object]:
    """The value with one part replaced, or one key renamed, wherever that is possible."""
    match value:
        case dict():
            for key, part in value.items():
                rest = {name: kept for name, kept in value.items() if name != key}
                yield {**rest, PRIVATE: part}
                yield from ({**value, key: wrong} for wrong in (*WRONG, *_spoilt(part)))
        case list():
            for i, part in enumerate(value):
                yield from ([*value[:i], wrong, *value[i + 1 :]] for wrong in (*WRONG, *_spoilt(part)))


@pytest.mark.parametrize("value", [PRIVATE, [PRIVATE], {PRIVATE: PRIVATE}, {}, None, 7])
def test_what_is_no_object_of_ours_is_refused(value: object) -> None:
    for sample in SAMPLES:
        text = refusal(sample, value)
        assert text is not None
        assert_tells_nothing(text)


def test_a_traceback_does_not_show_what_was_refused() -> None:
    with pytest.raises(Undecodable) as refused:
        SAMPLES[0].decode({**SAMPLES[0].value, "account": [PRIVATE]})
    assert PRIVATE not in "".join(format_exception(refused.value))


@given(st.sampled_from(SAMPLES), st.binary() | st.text().map(lambda text: f'"{PRIVATE}{text}'.encode()))
def test_any_other_bytes_are_refused_and_nothing_else_is_raised(sample: Sample, value: bytes) -> None:
    with pytest.raises(Undecodable) as refused:
        sample.decode_bytes(value)
    assert_tells_nothing(str(refused.value))


@given(st.data())
def test_a_record_that_was_cut_off_is_refused(data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(SAMPLES))
    whole = sample.decode(sample.value).encode()
    with pytest.raises(Undecodable):
        sample.decode_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize("headers", [[], [("ce_type", PRIVATE.encode())], [("ce_type", b"\xff")]])
def test_an_unknown_type_is_refused_without_its_name(headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises(Undecodable, match=r"^unknown type$"):
        events.EVENTS.decode(headers, b"{}")


@each_sample
def test_a_record_without_a_value_is_refused(sample: Sample) -> None:
    with pytest.raises(Undecodable, match=r"^no value$"):
        events.EVENTS.decode([("ce_type", sample.type.encode())], None)


def test_a_type_belongs_to_its_topic() -> None:
    with pytest.raises(Undecodable):
        events.COMMANDS.model("message.accepted")
    assert issubclass(events.EVENTS.model("message.accepted"), Payload)
