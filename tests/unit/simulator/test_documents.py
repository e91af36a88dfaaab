import pytest

from simulator.documents import problem
from simulator.posts import Answer

BROKEN = "no XML document with a <Response>"
BOMB = b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Response>&b;</Response>'


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200, b'<?xml version="1.0" encoding="UTF-8"?><Response><Say>Gr\xc3\xbc\xc3\x9fe</Say></Response>'), ""),
        (Answer(200, b"<Response/>"), ""),
        (Answer(0), "no answer"),
        (Answer(404, b"<Response/>"), "HTTP 404"),
        (Answer(302, b"<Response/>"), "HTTP 302"),
        (Answer(200, b""), BROKEN),
        (Answer(200, b"<Response>"), BROKEN),
        (Answer(200, b"<Say/>"), BROKEN),
        (Answer(200, b'{"Response": {}}'), BROKEN),
        (Answer(200, BOMB), BROKEN),
        (Answer(200, b"<Response>" + b" " * 102_400 + b"</Response>"), "longer than 100 KB"),
    ],
)
def test_a_document_is_xml_with_a_response(answer: Answer, expected: str) -> None:
    assert problem(answer) == expected
