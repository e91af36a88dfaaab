from collections.abc import Mapping

import pytest

from simulator.wire import FORM, Incoming


def incoming(body: bytes = b"", headers: Mapping[str, str] | None = None) -> Incoming:
    return Incoming("/", headers or {"content-type": FORM}, body)


def test_a_form_is_decoded() -> None:
    body = b"From=%2B15005550006&Body=a+%26+b%3Dc%0A%E2%82%AC&Empty=&Flag"
    assert incoming(body).form() == {"From": "+15005550006", "Body": "a & b=c\n€", "Empty": "", "Flag": ""}


def test_the_first_of_repeated_fields_counts() -> None:
    assert incoming(b"a=1&a=2").form() == {"a": "1"}


def test_a_charset_after_the_content_type_changes_nothing() -> None:
    assert incoming(b"a=1", {"content-type": f"{FORM}; charset=utf-8"}).form() == {"a": "1"}


def test_anything_but_a_form_has_no_fields() -> None:
    assert incoming(b'{"a":1}', {"content-type": "application/json"}).form() == {}


def test_basic_credentials_may_have_a_colon_in_the_password() -> None:
    assert incoming(headers={"authorization": "Basic dXNlcjpwYTpzcw=="}).basic() == ("user", "pa:ss")


@pytest.mark.parametrize("value", ["", "Basic", "Basic !!!", "Basic dXNlcg==", "Bearer dXNlcjpw", "Basic /w=="])
def test_other_authorization_has_no_credentials(value: str) -> None:
    assert incoming(headers={"authorization": value}).basic() is None
