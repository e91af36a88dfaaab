from urllib.parse import urlencode
from xml.etree import ElementTree

import aiohttp
import orjson
import pytest

from simulator.sns_errors import ERRORS
from tests.contract.simulator.amazon import ENDPOINT, FORM, KEY, PUBLISH, SECRET, signed
from tests.contract.simulator.calls import ledger, put_script
from tests.contract.simulator.inbox import listening

Http = aiohttp.ClientSession
NAMESPACE = "{http://sns.amazonaws.com/doc/2010-03-31/}"
CLASSES = {  # the rows of the error table, by their HTTP status
    400: "InvalidParameter ParameterValueInvalid ValidationException EndpointDisabled PlatformApplicationDisabled "
    "KMSAccessDenied KMSDisabled KMSInvalidState KMSNotFound KMSThrottling Throttling ThrottlingException OptedOut",
    403: "AuthorizationError InvalidSecurity KMSOptInRequired SignatureDoesNotMatch InvalidClientTokenId",
    404: "NotFound",
    429: "Throttled",
    500: "InternalError",
}


async def publish(http: Http, key: str = KEY, secret: str = SECRET, **changes: str | None) -> tuple[int, str, str]:
    """Status, the root's name, and the id or the error's code."""
    form = {name: value for name, value in (PUBLISH | changes).items() if value is not None}
    body = urlencode(form).encode()
    async with http.post("/", data=body, headers=signed(http, "/", "sns", body, key=key, secret=secret)) as response:
        assert response.content_type == "text/xml"
        root = ElementTree.fromstring(await response.read())
        found = root.find(f".//{NAMESPACE}MessageId")
        text = found if found is not None else root.find(f"{NAMESPACE}Error/{NAMESPACE}Code")
        assert text is not None
        return response.status, root.tag.removeprefix(NAMESPACE), str(text.text)


async def test_a_push_is_stored(http: Http) -> None:
    expected = (200, "PublishResponse", "94f20ce6-13c5-43a0-9a9a-000000000001")
    assert await publish(http) == expected
    (entry,) = await ledger(http)
    assert (entry["provider"], entry["to"], entry["channel"]) == ("amazon-sns", ENDPOINT, "push")
    assert entry["id"] == expected[2]


async def test_an_ordered_topic_numbers_its_messages(http: Http) -> None:
    topic = {"TargetArn": "", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:news.fifo", "MessageGroupId": "g"}
    body = urlencode({**PUBLISH, **topic}).encode()
    async with http.post("/", data=body, headers=signed(http, "/", "sns", body)) as response:
        assert "<SequenceNumber>00000000000000000001</SequenceNumber>" in await response.text()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"key": "AKIDNOBODY"}, 403, "InvalidClientTokenId"),
        ({"secret": "wrong"}, 403, "SignatureDoesNotMatch"),
        ({"Action": "Subscribe"}, 400, "InvalidAction"),
        ({"Version": "2009-01-01"}, 400, "InvalidAction"),
        ({"TargetArn": None}, 400, "InvalidParameter"),
        ({"TargetArn": ENDPOINT.replace("eu-west-1", "us-east-1")}, 400, "InvalidParameter"),
        ({"Message": "m" * 262_145}, 400, "InvalidParameter"),
        ({"MessageStructure": "json"}, 400, "InvalidParameter"),
    ],
)
async def test_a_bad_request_is_refused(http: Http, changes: dict[str, str], status: int, code: str) -> None:
    assert await publish(http, **changes) == (status, "ErrorResponse", code)


async def test_an_unsigned_push_is_refused(http: Http) -> None:
    async with http.post("/", data=PUBLISH) as response:
        assert response.status == 403
        assert "<Code>MissingAuthenticationToken</Code>" in await response.text()


async def test_a_push_of_262144_bytes_is_taken(http: Http) -> None:
    assert (await publish(http, Message="é" * 131_072))[0] == 200


@pytest.mark.parametrize(("status", "code"), [(status, code) for status in CLASSES for code in CLASSES[status].split()])
async def test_every_error_row_can_be_played(http: Http, status: int, code: str) -> None:
    assert code in ERRORS
    await put_script(http, ENDPOINT, {"outcome": "error", "code": code})
    assert await publish(http) == (status, "ErrorResponse", code)


@pytest.mark.parametrize(
    ("step", "status", "code"),
    [
        ({"outcome": "throttle"}, 429, "Throttled"),
        ({"outcome": "error-after-accepting", "status": 502}, 502, "InternalError"),
        ({"outcome": "error", "code": "BrandNew"}, 400, "BrandNew"),
    ],
)
async def test_other_troubles_have_its_shape(http: Http, step: dict[str, object], status: int, code: str) -> None:
    await put_script(http, ENDPOINT, step)
    assert await publish(http) == (status, "ErrorResponse", code)


async def test_a_topic_is_confirmed_by_a_get_of_its_url(http: Http) -> None:
    async with listening() as hook:
        inbound = {"provider": "amazon-sns", "account": KEY, "url": hook.url, "kind": "subscription"}
        async with http.post("/_inbound", json=inbound):
            pass
        asked = orjson.loads((await hook.next()).body)
    assert await confirmations(http) == []
    async with http.get(asked["SubscribeURL"][:-1] + "x") as response:
        assert response.status == 400
    for _ in range(2):
        async with http.get(asked["SubscribeURL"]) as response:
            assert (response.status, response.content_type) == (200, "text/xml")
            assert f"<SubscriptionArn>{asked['TopicArn']}:" in await response.text()
    (confirmed,) = await confirmations(http)
    assert confirmed.startswith(f"{asked['TopicArn']}:")


async def confirmations(http: Http) -> list[str]:
    async with http.get("/_subscriptions") as response:
        return [each["subscription_arn"] for each in (await response.json())["confirmed"]]


async def test_a_get_of_another_action_is_none_of_ours_and_the_page_stays(http: Http) -> None:
    async with http.get("/", params={"Action": "Unsubscribe"}) as response:
        assert response.status == 400
    async with http.get("/") as response:
        assert response.content_type == "text/html"


async def test_a_push_that_fails_is_told(http: Http) -> None:
    async with listening() as hook:
        account = {"provider": "amazon-sns", "user": KEY, "secret": SECRET, "webhook_url": hook.url}
        async with http.post("/_accounts", json=account):
            pass
        await put_script(http, ENDPOINT, {"outcome": "accept", "receipts": [{"status": "undelivered"}]})
        _, _, message_id = await publish(http)
        got = await hook.next()
    event = orjson.loads(orjson.loads(got.body)["Message"])
    assert (event["EventType"], event["MessageId"], event["EndpointArn"]) == ("DeliveryFailure", message_id, ENDPOINT)
    assert got.headers["x-amz-sns-message-type"] == "Notification"
    assert FORM not in got.headers["content-type"]
