import pytest

from simulator.forms import fields, joined
from simulator.wire import FORM, Incoming

MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="to"\r\n\r\na@x.org\r\n'
    b'--b\r\nContent-Disposition: form-data; name="to"\r\n\r\nb@x.org\r\n'
    b'--b\r\nContent-Disposition: form-data; name="text"\r\n'
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n\r\nEnde\r\n"
    b'--b\r\nContent-Disposition: form-data; name="attachment"; filename="a.txt"\r\n\r\nxyz\r\n--b--\r\n'
)


def form(kind: str, body: bytes) -> list[tuple[str, str]]:
    return fields(Incoming("/", {"content-type": kind}, body))


def test_repeated_fields_keep_their_order() -> None:
    assert form(FORM, b"to=a%40x.org&text=&to=b%40x.org") == [("to", "a@x.org"), ("text", ""), ("to", "b@x.org")]


def test_a_form_may_come_in_parts() -> None:
    assert form("multipart/form-data; boundary=b", MULTIPART) == [
        ("to", "a@x.org"),
        ("to", "b@x.org"),
        ("text", "Grüße\r\n\r\nEnde"),
        ("attachment", "a.txt"),
    ]


@pytest.mark.parametrize("kind", ["", "application/json", "multipart/form-data", "multipart/form-data; boundary=other"])
def test_what_is_no_form_has_no_fields(kind: str) -> None:
    assert form(kind, MULTIPART) == []


def test_values_of_one_name_are_one_list() -> None:
    assert joined([("to", "a@x.org"), ("text", "Hi"), ("to", "b@x.org")]) == {"to": "a@x.org, b@x.org", "text": "Hi"}
