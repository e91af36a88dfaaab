import asyncio
from collections.abc import Mapping, Sequence

import orjson
import pytest

from dapi_common.clock import ManualClock
from dapi_common.ids import MessageId
from dapi_common.provider.adapter import Accepted, Deferred, Message, Outcome, Refused
from dapi_common.provider.http import NoAnswer, NotSent, Response
from dapi_common.testing.provider_cases import ScriptedHttp
from provider_bluemix_push_notifications.adapter import BluemixPush

GUID = "0a1b2c3d"
TAKEN = Response(202, {}, b'{"messageId":"aB3dE6gH"}')
EXPIRED = Response(401, {}, b"")


def token(value: str = "t1", **more: object) -> Response:
    return Response(200, {}, orjson.dumps({"access_token": value, "expires_in": 3600, **more}))


def message(key: str = "key-1") -> Message:
    credentials = {"APP_GUID": GUID, "APP_SECRET": "s", "REGION_NAME": "us-south", "API_KEY": key}
    arguments: dict[str, object] = {"message": {"alert": "hi"}, "target": {"deviceIds": ["d1"]}}
    return Message(MessageId("7-31"), "push", arguments, credentials)


class World:
    """An adapter, its clock and what it is answered, in turn."""

    def __init__(self, *answers: Response | NotSent | NoAnswer) -> None:
        self.clock = ManualClock()
        self.adapter = BluemixPush(self.clock.now)
        self.http = ScriptedHttp(*answers)

    async def send(self, key: str = "key-1") -> Outcome:
        return await self.adapter.send(message(key), self.http)

    def bearers(self) -> Sequence[str]:
        headers: Sequence[Mapping[str, str]] = [asked.get("headers", {}) for asked in self.http.requests]
        return [one.get("Authorization", "") for one in headers]


async def test_a_token_is_fetched_from_iam_and_kept() -> None:
    world = World(token(), TAKEN)
    assert [await world.send(), await world.send()] == [Accepted("aB3dE6gH", {"messageId": "aB3dE6gH"})] * 2
    asked = world.http.requests[0]
    assert (asked["base"], asked["path"]) == ("https://iam.cloud.ibm.com", "/identity/token")
    assert asked["fields"] == {"grant_type": "urn:ibm:params:oauth:grant-type:apikey", "apikey": "key-1"}
    assert world.bearers() == ["", "Bearer t1", "Bearer t1"]


@pytest.mark.parametrize(("later", "calls"), [(3539.0, 3), (3541.0, 4)])
async def test_it_is_fetched_anew_shortly_before_it_ends(later: float, calls: int) -> None:
    world = World(token(), TAKEN, token("t2"), TAKEN)
    await world.send()
    world.clock.advance(later)
    await world.send()
    assert len(world.http.requests) == calls


async def test_every_key_has_its_own() -> None:
    world = World(token("t1"), TAKEN, token("t2"), TAKEN)
    await world.send("key-1")
    await world.send("key-2")
    assert world.bearers() == ["", "Bearer t1", "", "Bearer t2"]


async def test_a_kept_token_that_is_refused_is_dropped_and_the_send_is_put_off() -> None:
    world = World(token("t1"), TAKEN, EXPIRED, token("t2"), TAKEN)
    await world.send()
    assert await world.send() == Deferred("http-401", "the access token is no longer accepted")
    assert isinstance(await world.send(), Accepted)
    assert world.bearers()[-1] == "Bearer t2"


async def test_a_new_token_that_is_refused_says_that_the_account_is() -> None:
    world = World(token("t1"), EXPIRED, token("t2"), TAKEN)
    outcome = await world.send()
    assert isinstance(outcome, Refused)
    assert outcome.auth
    assert isinstance(await world.send(), Accepted)
    assert world.bearers()[-1] == "Bearer t2"


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_key_that_iam_does_not_know_refuses_the_account(status: int) -> None:
    world = World(Response(status, {}, b'{"errorCode":"BXNIM0415E"}'))
    assert await world.send() == Refused("no-token", "IAM does not accept the API key", auth=True)
    assert len(world.http.requests) == 1


@pytest.mark.parametrize(
    ("answer", "after"),
    [
        (NotSent("connect failed"), None),
        (NoAnswer("timed out"), None),
        (Response(429, {"retry-after": "9"}, b""), 9.0),
        (Response(500, {}, b""), None),
        (Response(302, {"location": "https://elsewhere.invalid"}, b""), None),
        (Response(200, {}, b"<html>"), None),
        (Response(200, {}, b'{"access_token":""}'), None),
        (Response(200, {}, b'{"access_token":"a\\r\\nX: y"}'), None),
        (Response(200, {}, b'{"access_token":["t"]}'), None),
    ],
)
async def test_a_send_without_a_token_has_not_begun(answer: Response | NotSent | NoAnswer, after: float | None) -> None:
    world = World(answer, token(), TAKEN)
    outcome = await world.send()
    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.retry_after) == ("no-token", after)
    assert isinstance(await world.send(), Accepted)


@pytest.mark.parametrize("ends", [None, "soon", {}])
async def test_a_token_that_does_not_say_when_it_ends_is_kept_for_as_long_as_ibm_s_are(ends: object) -> None:
    world = World(token(expires_in=ends), TAKEN)
    await world.send()
    world.clock.advance(3500)
    await world.send()
    assert len(world.http.requests) == 3


class Slow(ScriptedHttp):
    """Answers when it is let."""

    def __init__(self, *answers: Response | NotSent | NoAnswer) -> None:
        super().__init__(*answers)
        self.let = asyncio.Event()

    async def post_form(
        self,
        path: str,
        fields: Sequence[tuple[str, str]] | Mapping[str, str],
        basic: tuple[str, str] | None = None,
    ) -> Response | NotSent | NoAnswer:
        """POST application/x-www-form-urlencoded, UTF-8."""
        await self.let.wait()
        return await super().post_form(path, fields, basic)


@pytest.mark.parametrize(("answer", "kind"), [(token(), Accepted), (NoAnswer("timed out"), Deferred)])
async def test_sends_that_wait_for_the_same_token_share_one_call_and_its_answer(
    answer: Response | NoAnswer, kind: type[Outcome]
) -> None:
    http, adapter = Slow(answer, TAKEN), BluemixPush(ManualClock().now)
    sends = [asyncio.create_task(adapter.send(message(), http)) for _ in range(50)]
    await asyncio.sleep(0)
    sends[0].cancel()
    http.let.set()
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    assert all(isinstance(outcome, kind) for outcome in outcomes[1:])
    assert sum(asked["path"] == "/identity/token" for asked in http.requests) == 1
