from typing import Final
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapi_common.provider.callback import Callback, Received, Rejected, Report
from dapi_common.provider.verdict import Verdict
from provider_nexmo import callbacks

FORM: Final = "application/x-www-form-urlencoded"
DLR: Final = {"msisdn": "31612345678", "to": "Dapi", "messageId": "0A01", "status": "failed", "err-code": "1"}
# Section by section as https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts has it.
DOCUMENTED: Final = {
    **dict.fromkeys(["2", "7", "8", "99"], Verdict.RETRY),
    **dict.fromkeys(["3", "4", "9"], Verdict.SUPPRESS),
    **dict.fromkeys(["1", "5", "6", "10", "11", "12", "13", "14", "15"], Verdict.PERMANENT),
    **dict.fromkeys(["50", "51", "52", "53", "54"], Verdict.PERMANENT),
}


def callback(fields: dict[str, str], **credentials: str) -> Callback:
    return Callback(
        "POST", "https://hooks.example.org/c", {"content-type": FORM}, urlencode(fields).encode(), credentials, 0.0
    )


def report(**changed: str) -> Report:
    read = callbacks.read(callback({**DLR, **{name.replace("_", "-"): value for name, value in changed.items()}}))
    assert isinstance(read, Received)
    return read.reports[0]


def test_every_documented_error_has_its_class() -> None:
    assert {code: row.verdict for code, row in callbacks.ERRORS.items()} == DOCUMENTED


@pytest.mark.parametrize(("code", "verdict"), DOCUMENTED.items())
def test_an_error_suppresses_the_recipient_where_it_says_so(code: str, verdict: Verdict) -> None:
    told = report(err_code=code)
    assert (told.code, told.description) == (code, callbacks.ERRORS[code].description)
    assert told.suppress == ("+31612345678" if verdict is Verdict.SUPPRESS else "")


@pytest.mark.parametrize("status", ["delivered", "accepted", "buffered"])
def test_an_error_beside_a_status_that_is_none_suppresses_nobody(status: str) -> None:
    assert report(status=status, err_code="4").suppress == ""


@pytest.mark.parametrize("code", ["95", "16", "unknown-31612345678", "1" * 5000, ""])
def test_an_unknown_error_is_permanent_and_told_in_our_words(code: str) -> None:
    told = report(err_code=code)
    assert told.status == "undelivered"
    assert told.suppress == ""
    assert "31612345678" not in f"{told.code} {told.description}"
    assert len(told.code) < 10


def test_a_status_that_no_page_names_is_no_status() -> None:
    assert report(status="teleported").status is None


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"message_timestamp": "2026-01-02 13:04:05"}, 1_767_359_045.0),
        ({"message_timestamp": "2026-01-02 13:04:05 +0000"}, 1_767_359_045.0),
        ({"message_timestamp": "2026-01-02T14:04:05+01:00"}, 1_767_359_045.0),
        ({"message_timestamp": "soon", "scts": "2601021304"}, 1_767_359_040.0),
        ({"scts": "2601021304"}, 1_767_359_040.0),
        ({"scts": "2699999999"}, None),
        ({"message_timestamp": "0001-01-01T00:00:00+23:59"}, -62_135_683_140.0),
        ({}, None),
    ],
)
def test_the_vendor_s_time_is_utc(fields: dict[str, str], at: float | None) -> None:
    assert report(**fields).at == at


def test_neither_the_key_nor_the_signature_is_in_the_reply() -> None:
    told = report(api_key="abcd1234", sig="0" * 32, price="0.05")
    assert told.reply == {**DLR, "price": "0.05"}


def test_values_of_json_that_are_no_texts_are_read_all_the_same() -> None:
    body = orjson.dumps({**DLR, "err-code": 4, "price": 0.05, "final": True, "more": {"a": 1}})
    read = callbacks.read(Callback("POST", "https://h.example.org/", {"content-type": "application/json"}, body, {}, 0))
    assert isinstance(read, Received)
    assert read.reports[0].code == "4"
    assert read.reports[0].reply["final"] == "true"


@given(body=st.binary(max_size=300), media=st.sampled_from([FORM, "application/json", "multipart/form-data", ""]))
def test_whatever_comes_is_read_or_rejected(body: bytes, media: str) -> None:
    for method in ("GET", "POST"):
        url = "https://hooks.example.org/c?" + body.decode("latin-1")
        for credentials in ({}, {"SIGNATURE_SECRET": "s"}):
            read = callbacks.read(Callback(method, url, {"content-type": media}, body, credentials, 0.0))
            assert isinstance(read, Received | Rejected)


@given(fields=st.dictionaries(st.sampled_from([*DLR, "text", "scts", "message-timestamp", "concat"]), st.text()))
def test_any_values_of_known_names_are_read(fields: dict[str, str]) -> None:
    assert isinstance(callbacks.read(callback({"x": "y", **fields})), Received)
