import aiohttp
import orjson
import pytest

from simulator.ses_errors import ERRORS
from tests.contract.simulator.amazon import KEY, MAIL, MAILS, SECRET, Mailer, signed
from tests.contract.simulator.calls import ledger, put_script
from tests.contract.simulator.inbox import listening

Http = aiohttp.ClientSession
FIRST = "0102000000000001-00000000-0000-4000-8000-000000000001-000000"
CLASSES = {  # the rows of the error table, by their HTTP status
    400: "MessageRejected MailFromDomainNotVerifiedException AccountSuspendedException SendingPausedException "
    "BadRequestException LimitExceededException ThrottlingException Throttling",
    403: "SignatureDoesNotMatch InvalidClientTokenId UnrecognizedClientException AccessDeniedException "
    "ExpiredTokenException",
    404: "NotFoundException",
    429: "TooManyRequestsException",
    500: "InternalFailure",
}


async def test_a_mail_is_taken(http: Http) -> None:
    assert await Mailer(http).send() == (200, "", {"MessageId": FIRST})
    (entry,) = await ledger(http)
    assert (entry["provider"], entry["to"], entry["from"]) == ("amazon-ses", "b@y.org", "a@x.org")
    assert (entry["channel"], entry["client_ref"], entry["id"]) == ("email", "m-1", FIRST)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"key": "AKIDNOBODY"}, 403, "UnrecognizedClientException"),
        ({"secret": "wrong"}, 403, "SignatureDoesNotMatch"),
        ({"body": b"{"}, 400, "SerializationException"),
        ({"body": b"[]"}, 400, "BadRequestException"),
        ({"body": b'{"Destination":[]}'}, 400, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["b@y.org", "nobody"]}}, 400, "BadRequestException"),
        ({"Content": {}}, 400, "BadRequestException"),
    ],
)
async def test_a_bad_request_is_refused(http: Http, changes: dict[str, object], status: int, code: str) -> None:
    answered, error, body = await Mailer(http).send(**changes)  # type: ignore[arg-type] # of either kind
    assert (answered, error) == (status, code)
    assert body["message"]


async def test_an_unsigned_mail_is_refused(http: Http) -> None:
    async with http.post(MAILS, json=MAIL) as response:
        assert (response.status, response.headers["x-amzn-ErrorType"]) == (403, "MissingAuthenticationTokenException")


async def test_a_mail_changed_on_its_way_is_refused(http: Http) -> None:
    headers = signed(http, MAILS, "ses", orjson.dumps(MAIL), "application/json")
    async with http.post(MAILS, data=orjson.dumps(MAIL | {"FromEmailAddress": "e@x.org"}), headers=headers) as response:
        assert response.headers["x-amzn-ErrorType"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize(("status", "code"), [(status, code) for status in CLASSES for code in CLASSES[status].split()])
async def test_every_error_row_can_be_played(http: Http, status: int, code: str) -> None:
    await put_script(http, "b@y.org", {"outcome": "error", "code": code})
    answered, error, body = await Mailer(http).send()
    assert (answered, error, body) == (status, code, {"message": ERRORS[code][1]})


async def test_an_unknown_row_is_played_too(http: Http) -> None:
    await put_script(http, "b@y.org", {"outcome": "error", "code": "BrandNewException"})
    assert (await Mailer(http).send())[:2] == (400, "BrandNewException")


async def test_too_fast_is_a_429(http: Http) -> None:
    await put_script(http, "b@y.org", {"outcome": "throttle"}, {"outcome": "throttle", "retry_after": 3})
    for _ in range(2):
        assert (await Mailer(http).send())[:2] == (429, "TooManyRequestsException")
    assert [entry["outcome"] for entry in await ledger(http)] == ["throttled", "throttled"]


async def test_a_failure_may_come_after_taking_it(http: Http) -> None:
    await put_script(http, "b@y.org", {"outcome": "error-after-accepting", "status": 503})
    assert (await Mailer(http).send())[:2] == (503, "InternalFailure")
    assert [entry["id"] for entry in await ledger(http)] == [FIRST]


async def test_the_quota_counts_recipients(http: Http) -> None:
    await Mailer(http).send(Destination={"ToAddresses": ["b@y.org"], "CcAddresses": ["c@y.org"]})
    path = "/v2/email/account"
    headers = signed(http, path, "ses", method="GET")
    async with http.get(path, headers=headers) as response:
        quota = (await response.json())["SendQuota"]
    assert quota == {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 2.0}
    async with http.get(path) as response:
        assert response.status == 403


async def test_a_test_address_reports_by_itself_and_the_certificate_is_served(http: Http) -> None:
    async with listening() as hook:
        account = {"provider": "amazon-ses", "user": KEY, "secret": SECRET, "webhook_url": hook.url}
        async with http.post("/_accounts", json=account):
            pass
        await Mailer(http).send(Destination={"ToAddresses": ["bounce+7@simulator.amazonses.com"]})
        first, second = await hook.next(), await hook.next()
    events = [orjson.loads(orjson.loads(got.body)["Message"]) for got in (first, second)]
    assert [event["eventType"] for event in events] == ["Send", "Bounce"]
    assert first.headers["content-type"] == "text/plain; charset=UTF-8"
    async with http.get(orjson.loads(first.body)["SigningCertURL"]) as response:
        assert (await response.read()).startswith(b"-----BEGIN CERTIFICATE-----")


async def test_a_mail_that_came_in_is_handed_over(http: Http) -> None:
    async with listening() as hook:
        inbound = {"provider": "amazon-ses", "account": KEY, "url": hook.url, "from": "b@y.org", "text": "STOP"}
        async with http.post("/_inbound", json=inbound) as response:
            assert response.status == 200
        got = await hook.next()
    assert orjson.loads(orjson.loads(got.body)["Message"])["notificationType"] == "Received"
