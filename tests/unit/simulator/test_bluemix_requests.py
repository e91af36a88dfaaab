import orjson
import pytest

from simulator.bluemix_requests import first_target, message_of

BODY: dict[str, object] = {"message": {"alert": "Hi"}, "target": {"deviceIds": ["d1", "d2"]}}


def read(**changes: object) -> object:
    found = message_of(orjson.dumps(BODY | changes))
    return found if isinstance(found, str) else "taken"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"target": {}},
        {"target": {"deviceIds": [], "userIds": ["u"], "platforms": []}},
        {"target": {"platforms": ["A", "G"]}},
        {"settings": {"gcm": {"priority": "HIGH", "payload": {"k": "v"}}, "apns": {"type": "SILENT", "badge": 1}}},
    ],
)
def test_a_good_message_is_taken(changes: dict[str, object]) -> None:
    assert read(**changes) == "taken"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"message": {}}, "FPWSE0006E"),
        ({"message": {"alert": ""}}, "FPWSE0006E"),
        ({"message": {"alert": "Hi", "url": None}}, "FPWSE0005E"),
        ({"message": {"alert": 1}}, "FPWSE0005E"),
        ({"message": "Hi"}, "FPWSE0005E"),
        ({"settings": {"gcm": {"payload": {"deep": [{"k": None}]}}}}, "FPWSE0005E"),
        ({"colour": "red"}, "FPWSE0007E"),
        ({"target": {"phones": ["d1"]}}, "FPWSE0007E"),
        ({"target": {"deviceIds": "d1"}}, "FPWSE0005E"),
        ({"target": {"deviceIds": ["d1"], "userIds": ["u"]}}, "FPWSE0008E"),
        ({"target": {"platforms": ["PIGEON"]}}, "FPWSE0008E"),
        ({"settings": {"fcm": {}}}, "FPWSE0007E"),
        ({"settings": {"gcm": "HIGH"}}, "FPWSE0005E"),
        ({"settings": {"gcm": {"priority": "URGENT"}}}, "FPWSE0008E"),
        ({"settings": {"apns": {"payload": {"k": "v" * 4096}}}}, "FPWSE0008E"),
    ],
)
def test_each_problem_has_its_code(changes: dict[str, object], code: str) -> None:
    assert read(**changes) == code


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"Hi"', b"\xff"])
def test_what_is_no_object_is_no_message(body: bytes) -> None:
    assert message_of(body) == "FPWSE0004E"


def test_depth_is_no_danger() -> None:
    assert message_of(b'{"message":{"alert":"Hi"},"target":' + b"[" * 900 + b"]" * 900 + b"}") == "FPWSE0005E"


@pytest.mark.parametrize(
    ("target", "expected"),
    [({"deviceIds": ["d1", "d2"]}, "d1"), ({"deviceIds": [], "tagNames": ["t"]}, "t"), ({}, ""), ("d1", "")],
)
def test_the_first_target_stands_for_all(target: object, expected: str) -> None:
    assert first_target(orjson.dumps({"target": target})) == expected
    assert first_target(b"{") == ""
