import pytest

from simulator.mailgun_requests import problem_of

NOW = 1767323045.0  # 2026-01-02 03:04:05 UTC
FORM = {"from": "a@x.org", "to": "b@y.org", "subject": "Hi", "text": "t"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"to": "B <b@y.org>, c@y.org", "cc": "d@y.org"},
        {"text": "", "html": "<p>t</p>"},
        {"recipient-variables": '{"b@y.org":{}}'},
        {"o:testmode": "yes", "v:dapi_id": "m-1", "h:Reply-To": "r@x.org"},
        {"o:deliverytime": "Sun, 04 Jan 2026 03:04:05 +0000"},
        {"to": ", ".join(f"r{n}@y.org" for n in range(1000))},
    ],
)
def test_a_good_message_has_no_problem(changes: dict[str, str]) -> None:
    assert problem_of(FORM | changes, 1000, NOW) == ""


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"from": ""}, "400-from"),
        ({"to": ""}, "400-to"),
        ({"subject": ""}, "400-subject"),
        ({"text": ""}, "400-content"),
        ({"from": "nobody"}, "400-sender"),
        ({"from": "a@x.org, b@x.org"}, "400-sender"),
        ({"to": "nobody"}, "400"),
        ({"bcc": "nobody"}, "400"),
        ({"to": ", ".join(f"r{n}@y.org" for n in range(1001))}, "400-recipients"),
        ({"html": "t", "template": "t"}, "400-template"),
        ({"recipient-variables": "{"}, "400-variables"),
        ({"recipient-variables": "[]"}, "400-variables"),
        ({"h:X-Long": "x" * 16_384}, "400-options"),
        ({"o:testmode": "maybe"}, "400-flag"),
        ({"o:deliverytime": "soon"}, "400-date"),
        ({"o:deliverytime": "Mon, 05 Jan 2026 03:04:06 +0000"}, "400-date"),
    ],
)
def test_each_problem_has_its_code(changes: dict[str, str], code: str) -> None:
    assert problem_of(FORM | changes, 1000, NOW) == code


def test_a_message_may_have_25_megabytes() -> None:
    assert problem_of(FORM, 25 * 1024**2, NOW) == ""
    assert problem_of(FORM, 25 * 1024**2 + 1, NOW) == "413"
