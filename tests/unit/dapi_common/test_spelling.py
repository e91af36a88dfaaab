import pytest

from dapi_common.events.shapes import Channel
from dapi_common.spelling import spelled


@pytest.mark.parametrize(
    ("channel", "text", "addresses"),
    [
        ("sms", "+31612345678", ["+31612345678"]),
        ("sms", "31612345678", ["+31612345678"]),
        ("voice", " +31 6-1234.5678 ", ["+31612345678"]),
        ("sms", "+31612345678<31612345679", ["+31612345678", "+31612345679"]),
        ("sms", "Dapi", []),
        ("sms", "٣١٦", []),
        ("email", "Ann@Example.ORG", ["ann@example.org"]),
        ("email", " ann@example.org\n", ["ann@example.org"]),
        ("email", "Ann <Ann@example.org>", ["ann@example.org"]),
        ("email", '"Doe, Ann" <ann@example.org>, bob@example.org', ["ann@example.org", "bob@example.org"]),
        ("email", "nobody", []),
        ("email", "", []),
        ("push", "Token/With:Anything", ["Token/With:Anything"]),
        ("push", "", []),
    ],
)
def test_an_address_has_one_spelling(channel: Channel, text: str, addresses: list[str]) -> None:
    assert list(spelled(channel, text)) == addresses


@pytest.mark.parametrize(("channel", "address"), [("sms", "+31612345678"), ("email", "ann@example.org"), ("push", "T")])
def test_what_is_spelled_so_stays_so(channel: Channel, address: str) -> None:
    assert list(spelled(channel, address)) == [address]
