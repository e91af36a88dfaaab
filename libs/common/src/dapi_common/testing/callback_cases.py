"""The contract suite of adapters that vendors call: recorded callbacks, replayed without a network.

In a provider's `cases.toml` a `[[callback]]` is one request of the vendor: `name`, `method` (POST), `url` (RECEIPTS_URL
of provider_cases), `of_message` (true), `headers`, a body (`form` as a table, `json`, or `body`), `at` (AT),
`credentials` (those of all cases, with these changes), and `fetched`: how GETs are answered, in turn, as a case's
`response`. What must come of it: `rejected` (a status), or `reports` and `inbound`, each entry's fields by name (what
an entry does not name is not looked at), and `answer`."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson

from dapi_common.provider import catalog
from dapi_common.provider.adapter import Receives
from dapi_common.provider.callback import Callback, Inbound, Rejected, Report
from dapi_common.provider.http import NotSent
from dapi_common.testing.provider_cases import RECEIPTS_URL, ScriptedHttp, read_answer, secrets_of

AT = 1_767_323_050.0
"""When a callback comes, unless its case says otherwise: 2026-01-02 03:04:10 UTC."""
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class CallbackCase:
    """One request of a vendor, and what it means."""

    provider: str
    name: str
    callback: Callback
    http: ScriptedHttp
    expected: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.provider}: {self.name}"


def callback_cases(services: Path) -> list[CallbackCase]:
    """Every callback in `<services>/provider-*/cases.toml`."""
    return [case for file in sorted(services.glob("provider-*/cases.toml")) for case in read(file)]


def read(file: Path) -> Iterator[CallbackCase]:
    """The callbacks of one provider."""
    book = tomllib.loads(file.read_text("utf-8"))
    provider = file.parent.name.removeprefix("provider-")
    for entry in book.get("callback", []):
        credentials = {**book["credentials"], **entry.get("credentials", {})}
        fetched = [read_answer(answer, "") for answer in entry.get("fetched", ())]
        http = ScriptedHttp(*(fetched or [NotSent("no case says what is fetched")]))
        yield CallbackCase(provider, entry["name"], _callback(entry, credentials), http, entry)


async def check_callback(case: CallbackCase) -> None:
    """Replays the callback. Raises AssertionError."""
    adapter = catalog.load()[case.provider]()
    assert isinstance(adapter, Receives), "the adapter takes no callbacks"
    read = await adapter.receive(case.callback, case.http.at(adapter.url(case.callback.credentials)))
    secrets = secrets_of(case.callback.credentials)
    assert not any(value in repr(read) for value in secrets), "a secret leaks"
    if isinstance(read, Rejected):
        assert case.expected.get("rejected") == read.status, read
        return
    assert "rejected" not in case.expected, "a callback that must be rejected is taken"
    _agree("report", read.reports, case.expected.get("reports", ()))
    _agree("inbound", read.inbound, case.expected.get("inbound", ()))
    if "answer" in case.expected:
        assert read.answer.body == case.expected["answer"]


def lacking_callbacks(provider: str, found: Sequence[CallbackCase]) -> list[str]:
    """What the callbacks of a provider do not show: a report of each final status, a forgery."""
    adapter = catalog.load()[provider]
    if not isinstance(adapter(), Receives):
        return []
    own = [case.expected for case in found if case.provider == provider]
    statuses = {report.get("status") for case in own for report in case.get("reports", ())}
    shown = {*statuses, *(case.get("rejected") for case in own)}
    return [str(wanted) for wanted in ("undelivered", 403) if wanted not in shown]


def _callback(entry: Mapping[str, Any], credentials: Mapping[str, str]) -> Callback:
    headers = {str(name).lower(): str(value) for name, value in entry.get("headers", {}).items()}
    if "form" in entry:
        body, media = urlencode(entry["form"], doseq=True).encode(), _FORM
    elif "json" in entry:
        body, media = orjson.dumps(entry["json"]), "application/json"
    else:
        body, media = entry.get("body", "").encode(), headers.get("content-type", "")
    return Callback(
        method=entry.get("method", "POST"),
        url=entry.get("url", RECEIPTS_URL),
        headers={"content-type": media, **headers},
        body=body,
        credentials=credentials,
        at=entry.get("at", AT),
        is_of_message=entry.get("of_message", True),
    )


def _agree(what: str, found: Sequence[Report | Inbound], expected: Sequence[Mapping[str, Any]]) -> None:
    assert len(found) == len(expected), f"{what}s: {found!r}"
    for one, fields in zip(found, expected, strict=True):
        for name, value in fields.items():
            assert getattr(one, name) == value, f"{what}: {name} is {getattr(one, name)!r}"
