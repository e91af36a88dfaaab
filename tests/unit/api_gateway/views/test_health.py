"""How an account's providers do, as clients see it."""

import pytest
from hypothesis import given

from api_gateway.views import health
from dapi_common.bus.port import Record
from dapi_common.clock import rfc3339
from dapi_common.events.envelope import Payload
from dapi_common.events.receipts import ProviderPaused, ProviderResumed
from dapi_common.events.shapes import JsonObject
from dapi_common.events.signals import Figures, ProviderHealth
from tests.unit.api_gateway.views.history import ACCOUNT, OTHER, START, History, documents, folded, patient, shuffled

LONG_AGO = rfc3339(START - 1000)


def said(at: float, **outcomes: int) -> ProviderHealth:
    """So many calls, all within the minute."""
    window = Figures.model_validate({"outcomes": outcomes, "p50": 0.0444, "p95": 2.2204})
    windows = {"sms": {"1m": window, "5m": window, "1h": window}} if outcomes else {}
    return ProviderHealth.model_validate({"account": ACCOUNT, "provider": "nexmo", "channels": windows, "at": at})


def paused(at: float, since: float | None = None) -> ProviderPaused:
    return ProviderPaused(
        account=ACCOUNT,
        provider="nexmo",
        code="4",
        description="the credentials are wrong",
        probe_at=at + 30,
        since=since,
        at=at,
    )


def resumed(at: float) -> ProviderResumed:
    return ProviderResumed(account=ACCOUNT, provider="nexmo", at=at)


async def shown(*facts: Payload, now: float = START, put_at: str = LONG_AGO) -> JsonObject:
    found = await health.of(await History().add(*facts).folded(), ACCOUNT, ["nexmo"])
    return health.answered(found.get("nexmo", {}), put_at, now)


async def status(*facts: Payload, now: float = START, put_at: str = LONG_AGO) -> object:
    return (await shown(*facts, now=now, put_at=put_at))["status"]


async def test_nothing_is_known_without_facts() -> None:
    assert await shown() == {"status": "unknown", "windows": {}}


async def test_figures_are_shown_as_text_by_type_and_window() -> None:
    figures = Figures.model_validate(
        {
            "outcomes": {"accepted": 7, "refused": 2},
            "auth": 1,
            "errors": {"4": 1, "6": 1},
            "p50": 0.0444,
            "p95": 9.1836,
            "receipts": {"delivered": 5, "undelivered": 1},
        }
    )
    windows = {"1m": Figures(), "5m": figures, "1h": figures}
    word = {"account": ACCOUNT, "provider": "nexmo", "channels": {"sms": windows}, "at": START}
    found = await shown(ProviderHealth.model_validate(word))
    none = {"accepted": "0", "refused": "0", "deferred": "0", "unclear": "0"}
    some = {
        "attempts": "9",
        **none,
        "accepted": "7",
        "refused": "2",
        "auth": "1",
        "errors": {"4": "1", "6": "1"},
        "latency": {"p50": "0.044", "p95": "9.184"},
        "receipts": {"delivered": "5", "undelivered": "1"},
    }
    empty = {"attempts": "0", **none, "auth": "0", "errors": {}, "latency": {}, "receipts": {}}
    assert found == {"status": "ok", "windows": {"sms": {"1m": empty, "5m": some, "1h": some}}}


async def test_the_latest_figures_hold_and_emptied_ones_are_gone() -> None:
    assert (await shown(said(START - 1, accepted=1), said(START, accepted=2)))["windows"] == (
        await shown(said(START, accepted=2))
    )["windows"]
    assert await shown(said(START - 1, accepted=1), said(START)) == {"status": "unknown", "windows": {}}


@pytest.mark.parametrize(
    ("age", "attempts"),
    [(0, ["4", "4", "4"]), (119, ["4", "4", "4"]), (121, ["0", "4", "4"]), (361, ["0", "0", "4"]), (3661, None)],
)
async def test_figures_that_nobody_confirms_are_shown_no_longer_than_they_can_hold(
    age: float, attempts: list[str] | None
) -> None:
    windows = (await shown(said(START, accepted=4), now=START + age))["windows"]
    assert isinstance(windows, dict)
    assert [w["attempts"] for w in windows["sms"].values()] == attempts if attempts else windows == {}


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ({"accepted": 8, "deferred": 1, "unclear": 1}, "degraded"),
        ({"accepted": 9, "deferred": 1}, "ok"),
        ({"accepted": 1, "refused": 99}, "ok"),
        ({"deferred": 9}, "ok"),
        ({"unclear": 10}, "degraded"),
    ],
)
async def test_a_provider_is_degraded_when_many_calls_get_no_or_no_useful_answer(
    outcomes: dict[str, int], expected: str
) -> None:
    assert await status(said(START, **outcomes)) == expected


async def test_a_pause_says_why_since_when_and_until_when() -> None:
    found = await shown(paused(START - 40), paused(START - 10, since=START - 40), said(START, accepted=1))
    assert {key: value for key, value in found.items() if key != "windows"} == {
        "status": "paused",
        "code": "4",
        "description": "the credentials are wrong",
        "since": rfc3339(START - 40),
        "probe-at": rfc3339(START + 20),
    }
    assert found["windows"] != {}


async def test_a_pause_ends_with_its_end_or_with_other_credentials() -> None:
    assert await status(paused(START)) == "paused"
    assert await status(paused(START), resumed(START + 1)) == "unknown"
    assert await status(paused(START), resumed(START + 1), paused(START + 2)) == "paused"
    assert await status(paused(START), put_at=rfc3339(START + 1)) == "unknown"
    assert await status(paused(START), resumed(START)) == "unknown"


async def test_another_account_s_provider_is_another() -> None:
    store = await History().add(paused(START)).folded()
    assert await health.of(store, OTHER, ["nexmo"]) == {}
    assert await health.of(store, ACCOUNT, ["twilio"]) == {}


HISTORY = History().add(
    paused(START),
    said(START, accepted=1),
    resumed(START + 1),
    paused(START + 2),
    paused(START + 40, since=START + 2),
    said(START + 5, accepted=1, unclear=1),
    said(START + 9),
    resumed(START + 50),
)


@patient
@given(shuffled(HISTORY.records))
async def test_order_and_repetition_change_nothing(batches: list[list[Record]]) -> None:
    one = await health.of(await folded(batches), ACCOUNT, ["nexmo"])
    assert one == await health.of(await HISTORY.folded(), ACCOUNT, ["nexmo"])
    assert await documents(await folded(batches)) == await documents(await HISTORY.folded())
