"""How an account's providers do: the figures of insights, and whether the vendor refuses the account itself.

Figures are shown as long as they can still hold: insights says them again every 30 s, so that a window which is older
than itself has emptied meanwhile, or insights is away."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, get_args

from api_gateway.views.documents import number, packed, part, unpacked
from dapi_common.bus.port import Record
from dapi_common.clock import rfc3339
from dapi_common.events.envelope import Payload
from dapi_common.events.receipts import ProviderPaused, ProviderResumed
from dapi_common.events.shapes import JsonObject
from dapi_common.events.signals import WINDOWS, Figures, OutcomeClass, ProviderHealth, WindowName
from dapi_common.ids import AccountId
from dapi_common.store.port import Document, Index, Store, Upsert, Value, Write

COLLECTION = "provider_health"
INDEXES: Mapping[str, Sequence[Index]] = {COLLECTION: ()}
GRACE: Final = 60.0
"""Seconds for which figures hold beyond their window."""
FEWEST: Final = 10
"""Calls in five minutes: of fewer nothing follows."""
TOO_MANY: Final = 0.2
"""The share of calls that were put off or got no answer from which on a provider is degraded."""
_OUTCOMES: Final[tuple[OutcomeClass, ...]] = get_args(OutcomeClass)
_NO_FIGURES: Final = Figures()


def fold(payload: Payload, record: Record) -> list[Write]:
    """What a fact changes here. The latest pause or end of one holds, and the latest figures."""
    match payload:
        case ProviderHealth():
            channels = {channel: _plain(windows) for channel, windows in payload.channels.items()}
            return [_upsert(payload.account, payload.provider, "figures", payload.at, channels=packed(channels))]
        case ProviderPaused():
            since = payload.at if payload.since is None else payload.since
            why: dict[str, Value] = {"code": payload.code, "description": payload.description}
            return [_pause(payload, False, **why, since=since, probe_at=payload.probe_at)]
        case ProviderResumed():
            return [_pause(payload, True)]
        case _:
            return []


def _plain(windows: Mapping[WindowName, Figures]) -> dict[WindowName, object]:
    return {name: figures.model_dump(mode="json") for name, figures in windows.items()}


def _pause(fact: ProviderPaused | ProviderResumed, over: bool, **what: Value) -> Upsert:
    return _upsert(fact.account, fact.provider, "pause", fact.at, over=over, **what)


def _upsert(account: AccountId, provider: str, field: str, at: float, **what: Value) -> Upsert:
    """The time comes first in what is compared."""
    static: dict[str, Value] = {"account": account, "provider": provider}
    return Upsert(COLLECTION, _id(account, provider), static, {field: {"at": at, **what}})


def _id(account: str, provider: str) -> str:
    return f"{account}/{provider}"


async def of(store: Store, account: AccountId, providers: Iterable[str]) -> dict[str, Document]:
    """What is known, by provider, to be shown by `answered`."""
    wanted = {_id(account, provider): provider for provider in providers}
    found = await store.get(COLLECTION, sorted(wanted))
    return {wanted[key]: document for key, document in found.items()}


def answered(document: Document, put_at: str, now: float) -> JsonObject:
    """The `health` of a provider whose credentials date from `put_at` (RFC 3339): a pause of before concerns others."""
    pause, windows = part(document, "pause"), _windows(part(document, "figures"), now)
    shown: JsonObject = {"windows": {channel: _shown(of_channel) for channel, of_channel in windows.items()}}
    if not pause or pause["over"] or rfc3339(number(pause, "at")) <= put_at:
        return {"status": _status(windows), **shown}
    why = {"code": pause["code"], "description": pause["description"]}
    times = {"since": rfc3339(number(pause, "since")), "probe-at": rfc3339(number(pause, "probe_at"))}
    return {"status": "paused", **why, **times, **shown}


def _windows(figures: Mapping[str, Value], now: float) -> dict[str, dict[WindowName, Figures]]:
    """By channel; of what is too old, empty ones; no channel without any."""
    channels = unpacked(figures["channels"]) if figures else {}
    age = now - number(figures, "at") if figures else 0.0
    windows: dict[str, dict[WindowName, Figures]] = {
        channel: {
            name: Figures.model_validate(found[name]) if age <= seconds + GRACE else _NO_FIGURES
            for name, seconds in WINDOWS.items()
        }
        for channel, found in channels.items()
    }
    return {channel: found for channel, found in windows.items() if any(f != _NO_FIGURES for f in found.values())}


def _status(windows: Mapping[str, Mapping[WindowName, Figures]]) -> str:
    calls: dict[OutcomeClass, int] = dict.fromkeys(_OUTCOMES, 0)
    for found in windows.values():
        for name, count in found["5m"].outcomes.items():
            calls[name] += count
    total = sum(calls.values())
    if total >= FEWEST and calls["deferred"] + calls["unclear"] >= TOO_MANY * total:
        return "degraded"
    return "ok" if windows else "unknown"


def _shown(windows: Mapping[WindowName, Figures]) -> JsonObject:
    return {name: _answer(figures) for name, figures in windows.items()}


def _answer(figures: Figures) -> JsonObject:
    """All values as text, as everywhere; latencies in seconds."""
    outcomes = {name: figures.outcomes.get(name, 0) for name in _OUTCOMES}
    latency = {"p50": figures.p50, "p95": figures.p95}
    return {
        "attempts": str(sum(outcomes.values())),
        **{name: str(count) for name, count in outcomes.items()},
        "auth": str(figures.auth),
        "errors": {code: str(count) for code, count in figures.errors.items()},
        "latency": {name: f"{seconds:.3f}" for name, seconds in latency.items() if seconds is not None},
        "receipts": {status: str(count) for status, count in figures.receipts.items()},
    }
