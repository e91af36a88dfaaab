"""Signatures of callbacks: recorded vectors, and Vonage's own code as the oracle. Mailgun's is three lines of the
standard library, which is its own oracle."""

import hashlib
import hmac
import time
import warnings
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider_mailgun import signature as mailgun
from provider_nexmo import signature as nexmo

VONAGE_SECRET = "SIGSECRET0123456"
VONAGE = {
    "msisdn": "31612345678",
    "to": "Dapi",
    "messageId": "0A0000001234567B",
    "status": "delivered",
    "err-code": "0",
    "timestamp": "1700000000",
    "nonce": "n-1",
    "text": "a&b=c",
}
VONAGE_VECTORS = {
    "md5hash": "5e549af4c581dd57fd12bdebdb674db8",
    "md5": "4866afb83c44170056f1647ddb3cdd49",
    "sha1": "57bbefb896913745bba403ea1d7c78e2370ff0b7",
    "sha256": "03bc4d44963862d4a3875fc87236d230ef1dbf5f7b2efee431d79338170c42ca",
}
METHODS = [*VONAGE_VECTORS, "sha512"]
NOW = 1_700_000_000
NAMES = st.text(st.characters(codec="utf-8"), max_size=12).filter(lambda name: name != "sig")
VALUES = st.text(st.characters(codec="utf-8"), max_size=40)
PARAMETERS = st.dictionaries(NAMES, VALUES, max_size=8)
SECRETS = st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=32)
MAILGUN_KEY = "MGSIGNINGKEY"
MAILGUN_VECTOR = "b8b11893a9c2389d7a3a2f418c7622be97d532781a0fe92518e1a497f01c70a7"


@cache
def client() -> Any:
    """The last of Vonage's own that can check every method; it is retired, and its import warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from nexmo import Client

        return Client


def oracle(secret: str, method: str) -> Any:
    """Vonage's own client of an account."""
    own = None if method == "md5hash" else method
    return client()(key="k", secret="s", signature_secret=secret, signature_method=own)


@pytest.mark.parametrize(("method", "expected"), VONAGE_VECTORS.items())
def test_vonage_s_vectors_come_out(method: str, expected: str) -> None:
    assert nexmo.signature(VONAGE, VONAGE_SECRET, method) == expected


@pytest.mark.parametrize("method", METHODS)
@given(parameters=PARAMETERS, secret=SECRETS)
def test_we_sign_as_vonage_s_own_client_does(method: str, parameters: dict[str, str], secret: str) -> None:
    stamped = {**parameters, "timestamp": str(NOW)}
    ours = nexmo.signature(stamped, secret, method)
    assert ours == oracle(secret, method).signature(dict(stamped))
    assert oracle(secret, method).check_signature({**stamped, "sig": ours})


@pytest.mark.parametrize("method", METHODS)
@given(parameters=PARAMETERS, secret=SECRETS, is_upper=st.booleans())
def test_we_take_what_vonage_s_own_client_signs_in_either_case(
    method: str, parameters: dict[str, str], secret: str, is_upper: bool
) -> None:
    stamped = {**parameters, "timestamp": str(NOW)}
    theirs = oracle(secret, method).signature(dict(stamped))
    assert nexmo.is_signed({**stamped, "sig": theirs.upper() if is_upper else theirs}, secret, method, NOW)


@pytest.mark.parametrize("method", METHODS)
@given(parameters=PARAMETERS, changed=st.sampled_from(["msisdn", "status", "text"]), value=VALUES)
def test_a_parameter_that_was_changed_or_added_breaks_vonage_s_signature_unless_it_hides_as_an_underscore(
    method: str, parameters: dict[str, str], changed: str, value: str
) -> None:
    stamped = {**parameters, "timestamp": str(NOW)}
    forged = {**stamped, changed: value, "sig": nexmo.signature(stamped, VONAGE_SECRET, method)}
    is_genuine = bool(oracle(VONAGE_SECRET, method).check_signature(forged))
    assert nexmo.is_signed(forged, VONAGE_SECRET, method, NOW) == is_genuine


@pytest.mark.parametrize(
    ("age", "is_taken"),
    [(0, True), (-300, True), (-301, False), (86_400, True), (86_700, True), (86_701, False)],
)
def test_vonage_may_repeat_for_a_day_and_its_clock_may_be_five_minutes_off(age: int, is_taken: bool) -> None:
    signed = {**VONAGE, "sig": VONAGE_VECTORS["sha256"]}
    assert nexmo.is_signed(signed, VONAGE_SECRET, "sha256", NOW + age) is is_taken


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1" * 13, "１７００００００００"])
def test_a_signed_time_that_is_none_is_refused(stamp: str) -> None:
    parameters = {**VONAGE, "timestamp": stamp}
    signed = {**parameters, "sig": nexmo.signature(parameters, VONAGE_SECRET, "md5hash")}
    assert not nexmo.is_signed(signed, VONAGE_SECRET, "md5hash", NOW)


def test_mailgun_s_vector_comes_out() -> None:
    assert mailgun.signature("1700000000", "a" * 50, MAILGUN_KEY) == MAILGUN_VECTOR
    claim = {"timestamp": "1700000000", "token": "a" * 50, "signature": MAILGUN_VECTOR}
    assert mailgun.is_signed(claim, MAILGUN_KEY, NOW)
    assert mailgun.is_signed({**claim, "timestamp": NOW}, MAILGUN_KEY, NOW)


@given(token=VALUES, key=SECRETS, age=st.integers(-300, 9 * 3600))
def test_mailgun_s_signature_is_an_hmac_of_time_and_token(token: str, key: str, age: int) -> None:
    expected = hmac.new(key.encode(), f"{NOW}{token}".encode(), hashlib.sha256).hexdigest()
    claim = {"timestamp": str(NOW), "token": token, "signature": expected}
    assert mailgun.is_signed(claim, key, NOW + age)
    assert not mailgun.is_signed({**claim, "token": f"{token}x"}, key, NOW + age)
    assert not mailgun.is_signed({**claim, "timestamp": str(NOW + 1)}, key, NOW + age)
    assert not mailgun.is_signed(claim, f"{key}x", NOW + age)


@given(own=SECRETS, of_primary=SECRETS)
def test_either_the_account_s_or_the_primary_account_s_signature_is_enough(own: str, of_primary: str) -> None:
    claim = {
        "timestamp": str(NOW),
        "token": "t",
        "signature": mailgun.signature(str(NOW), "t", own),
        "parent-signature": mailgun.signature(str(NOW), "t", of_primary),
    }
    assert mailgun.is_signed(claim, own, NOW)
    assert mailgun.is_signed(claim, of_primary, NOW)
    assert not mailgun.is_signed(claim, f"{own}{of_primary}", NOW)


@pytest.mark.parametrize(("age", "is_taken"), [(-301, False), (9 * 3600, True), (9 * 3600 + 1, False)])
def test_mailgun_may_repeat_for_as_long_as_its_table_says(age: int, is_taken: bool) -> None:
    claim = {"timestamp": "1700000000", "token": "a" * 50, "signature": MAILGUN_VECTOR}
    assert mailgun.is_signed(claim, MAILGUN_KEY, NOW + age) is is_taken


@given(claim=st.dictionaries(st.sampled_from(["timestamp", "token", "signature", "parent-signature"]), st.none()))
def test_a_claim_of_nothing_proves_nothing(claim: dict[str, object]) -> None:
    assert not mailgun.is_signed(claim, MAILGUN_KEY, time.time())
    assert not nexmo.is_signed({}, VONAGE_SECRET, "md5hash", NOW)
