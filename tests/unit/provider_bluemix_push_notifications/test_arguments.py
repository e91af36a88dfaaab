import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapi_common.events.shapes import JsonObject
from dapi_common.ids import MessageId
from dapi_common.provider import catalog
from dapi_common.provider.adapter import Message
from dapi_common.provider.callback import Callback, Received, Rejected
from dapi_common.provider.catalog import Problem
from dapi_common.provider.http import NotSent
from dapi_common.testing.provider_cases import ScriptedHttp
from provider_bluemix_push_notifications import webhooks
from provider_bluemix_push_notifications.adapter import BluemixPush

NAME = "bluemix-push-notifications"
TO: JsonObject = {"deviceIds": ["d1"]}
PUSH: JsonObject = {"message": {"alert": "hi"}, "target": TO}
CREDENTIALS = {"APP_GUID": "g1", "APP_SECRET": "s", "REGION_NAME": "us-south"}


def problem(**changed: object) -> Problem | None:
    return catalog.check_arguments(NAME, "push", {**PUSH, **changed})


@pytest.mark.parametrize(
    "fits",
    [
        {"target": {"deviceIds": ["d1"], "userIds": [], "tagNames": None}},
        {"target": {"platforms": ["A", "APPEXT_CHROME"]}},
        {"settings": {"apns": {"type": "MIXED", "badge": 0, "payload": {"a": {"b": [1]}}}}},
        {"settings": {"gcm": {"priority": "MAX", "style": {"type": "x"}, "lights": {"ledArgb": "Black"}}}},
        {"settings": None},
        {"message": {"alert": "hi", "url": "https://example.org"}},
        {"message": {"alert": "x" * 4000}},
    ],
)
def test_what_ibm_takes_is_accepted(fits: JsonObject) -> None:
    assert problem(**fits) is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"message": {}}, "/message/alert"),
        ({"message": {"alert": ""}}, "/message/alert"),
        ({"message": None}, "/message"),
        ({"message": {"alert": "hi", "url": "no"}}, "/message/url"),
        ({"message": {"alert": "x" * 4096}}, ""),
        ({"target": {}}, "/target"),
        ({"target": None}, "/target"),
        ({"target": {"deviceIds": []}}, "/target"),
        ({"target": {"deviceIds": ["d1"], "userIds": ["u1"]}}, "/target"),
        ({"target": {"deviceIds": [""]}}, "/target/deviceIds/0"),
        ({"target": {"platforms": ["NOKIA"]}}, "/target/platforms/0"),
        ({"settings": {"fcm": {}}}, "/settings/fcm"),
        ({"settings": {"gcm": {"type": "MIXED"}}}, "/settings/gcm/type"),
        ({"settings": {"gcm": {"priority": "URGENT"}}}, "/settings/gcm/priority"),
        ({"settings": {"apns": {"payload": {"k": "x" * 4096}}}}, ""),
        ({"validate": True}, "/validate"),
    ],
)
def test_what_ibm_would_not_take_is_named(changed: JsonObject, field: str) -> None:
    found = problem(**changed)
    assert found is not None
    assert found.field == (field or "/message")


def test_a_name_that_is_not_known_is_told_with_its_place() -> None:
    found = problem(settings={"fcm": {}})
    assert found == Problem("/settings/fcm", "settings.fcm is not known")


def test_a_contact_is_a_device_and_the_only_target() -> None:
    assert catalog.check_arguments(NAME, "push", {"message": {"alert": "hi"}}, from_contact=True) is None
    tagged = {"message": {"alert": "hi"}, "target": {"tagNames": ["sport"]}}
    found = catalog.check_arguments(NAME, "push", tagged, from_contact=True)
    assert found is not None
    assert found.field == "/target"


async def test_no_null_is_sent_however_deep() -> None:
    http = ScriptedHttp(NotSent("connect failed"))
    payload = {"a": None, "b": {"c": None, "d": [1, None, {"e": None}]}}
    arguments: JsonObject = {**PUSH, "settings": {"apns": {"payload": payload, "title": None}, "gcm": None}}
    await BluemixPush().send(Message(MessageId("7"), "push", arguments, CREDENTIALS), http)
    assert http.requests[0]["json"] == {**PUSH, "settings": {"apns": {"payload": {"b": {"d": [1, {}]}}}}}


def test_a_status_that_no_page_names_is_no_status() -> None:
    body = b'{"type":"onNotificationStatusChange","entity":{"messageId":"m1","msgStatus":"TELEPORTED"}}'
    read = webhooks.read(Callback("POST", "https://h.example.org/", {}, body, CREDENTIALS, 0.0))
    assert isinstance(read, Received)
    assert [(report.status, report.event) for report in read.reports] == [(None, "TELEPORTED")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
ENTITY = st.dictionaries(
    st.sampled_from(["messageId", "deviceIds", "msgStatus", "failureReason", "platform"]), st.text(max_size=9) | JSON
)


@given(kind=st.sampled_from(["onNotificationStatusChange", webhooks.FAILURE, "x"]), entity=ENTITY, stamp=JSON)
def test_whatever_an_event_holds_it_is_read(kind: str, entity: JsonObject, stamp: object) -> None:
    body = orjson.dumps({"type": kind, "entity": entity, "eventTimeStamp": stamp})
    read = webhooks.read(Callback("POST", "https://h.example.org/", {}, body, CREDENTIALS, 0.0))
    assert isinstance(read, Received | Rejected)
