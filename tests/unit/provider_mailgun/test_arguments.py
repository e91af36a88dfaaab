import time

import pytest

from dapi_common.events.shapes import JsonObject
from dapi_common.provider import catalog
from dapi_common.provider.catalog import Problem
from provider_mailgun.addresses import bare, entries, first

MAIL: JsonObject = {"from": "Dapi <hello@example.org>", "to": "b@example.net", "subject": "Hi", "text": "hi"}


def problem(**changed: object) -> Problem | None:
    return catalog.check_arguments("mailgun", "email", {**MAIL, **changed})


@pytest.mark.parametrize(
    "fits",
    [
        {"to": ["b@example.net", "C <c@example.net>"]},
        {"to": 'b@example.net, "Doe, John" <c@example.net>,'},
        {"cc": "d@example.net", "bcc": ["e@example.net"]},
        {"text": None, "html": "<p>hi</p>"},
        {"text": None, "amp-html": "<html>"},
        {"text": None, "template": "welcome", "t:version": "v1", "t:text": "yes", "t:variables": {"a": 1}},
        {"recipient-variables": '{"b@example.net": {"n": 1}}'},
        {"recipient-variables": {"b@example.net": {"n": 1}}},
        {"o:tag": "a", "o:testmode": "yes", "o:tracking": False, "o:dkim": "false"},
        {"o:deliverytime": "Fri, 02 Jan 2026 03:04:05 +0000", "o:tracking-clicks": "htmlonly"},
        {"o:sending-ip": "192.0.2.1", "o:tag": ["a", "b"]},
        {"h:Reply-To": "r@example.org", "h:X-Number": 7},
        {"v:order": {"id": 7}, "v:n": 1, "v:flag": True, "v:none": None},
    ],
)
def test_what_mailgun_takes_is_accepted(fits: JsonObject) -> None:
    assert problem(**fits) is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"from": "hello"}, "/from"),
        ({"from": "a@example.org, b@example.org"}, "/from"),
        ({"to": ""}, "/to"),
        ({"to": []}, "/to"),
        ({"to": ["b@example.net", 7]}, "/to"),
        ({"to": "b@example.net, nobody"}, "/to"),
        ({"to": 'b@example.net, "Doe'}, "/to"),
        ({"to": "B\r\nBcc: x@example.net <b@example.net>"}, "/to"),
        ({"to": "x" * 600 + " <b@example.net>"}, "/to"),
        ({"to": ["b@example.net"] * 1001}, "/to"),
        ({"to": ["b@example.net"] * 600, "cc": ["b@example.net"] * 401}, "/to"),
        ({"bcc": "nobody"}, "/bcc"),
        ({"subject": None}, "/subject"),
        ({"subject": "a\r\nBcc: x@example.net"}, "/subject"),
        ({"text": None}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": "x" * 12_500_000, "html": "ü" * 6_250_001}, "/text"),
        ({"html": "<p>", "template": "t"}, "/template"),
        ({"attachment": "x"}, "/attachment"),
        ({"inline": ["x"]}, "/inline"),
        ({"recipient-variables": "[]"}, "/recipient-variables"),
        ({"recipient-variables": "{"}, "/recipient-variables"),
        ({"o:testmode": "maybe"}, "/o:testmode"),
        ({"o:tracking": "htmlonly"}, "/o:tracking"),
        ({"o:dkim": 1}, "/o:dkim"),
        ({"o:deliverytime": "tomorrow"}, "/o:deliverytime"),
        ({"o:deliverytime": "Fri, 02 Jan 2026 03:04:05 +9999999999999999"}, "/o:deliverytime"),
        ({"o:tag": "x" * 129}, "/o:tag/0"),
        ({"o:nested": {"a": 1}}, "/o:nested"),
        ({"h:X-A": "a\nBcc: x@example.net"}, "/h:X-A"),
        ({"h:X-A": ["a"]}, "/h:X-A"),
        ({"h:X:A": "a"}, "/h:X:A"),
        ({"h:": "a"}, "/h:"),
        ({"h:X A": "a"}, "/h:X A"),
        ({"v:a b": "a"}, "/v:a b"),
        ({"v:list": [1]}, "/v:list"),
        ({"v:dapi_id": "1"}, "/v:dapi_id"),
        ({"v:dapi_ref": "1"}, "/v:dapi_ref"),
        ({"x:y": "1"}, "/x:y"),
        ({"sender": "a@example.org"}, "/sender"),
        ({"tag": "a"}, "/tag"),
        ({"v:a": "x" * 10_000, "v:b": {"k": "x" * 6_000}}, ""),
    ],
)
def test_what_mailgun_would_not_take_is_named_and_its_value_is_not(changed: JsonObject, field: str) -> None:
    found = problem(**changed)
    assert found is not None
    assert found.field == field
    for value in changed.values():
        assert not (isinstance(value, str) and len(value) > 8 and value in found.text)


def test_files_are_refused_with_the_reason() -> None:
    found = problem(attachment="x")
    assert found is not None
    assert found.text == "attachment is not supported: files cannot be given as JSON"


def test_a_contact_s_address_is_the_recipient() -> None:
    offer = {name: value for name, value in MAIL.items() if name != "to"}
    assert catalog.check_arguments("mailgun", "email", offer, from_contact=True) is None
    assert catalog.check_arguments("mailgun", "email", MAIL, from_contact=True) == Problem(
        "/to", "to is taken from the contact"
    )


def test_entries_are_split_at_commas_that_are_in_no_quotes() -> None:
    assert entries('a@example.org, "B, C" <b@example.org>,, ') == ["a@example.org", '"B, C" <b@example.org>']
    assert [bare(entry) for entry in entries('"<x>, y" <b@example.org>')] == ["b@example.org"]
    assert entries('"a@example.org') == []
    assert first(["A <a@example.org>", "b@example.org"]) == "a@example.org"
    assert first("b@example.org, a@example.org") == "b@example.org"
    assert [first(given) for given in (None, [], "", 7, [7])] == [""] * 5


@pytest.mark.parametrize("hostile", ['"' * 400_001, '"\\' * 200_000, "<" * 400_000, ", " * 200_000, "a" * 400_000])
def test_no_text_takes_long_to_split(hostile: str) -> None:
    begun = time.perf_counter()
    entries(hostile)
    assert time.perf_counter() - begun < 2
