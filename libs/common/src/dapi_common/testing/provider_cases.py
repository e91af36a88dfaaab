"""The contract suite of adapters: recorded exchanges, replayed without a network.

A provider's `cases.toml` holds what all of its cases share (`credentials`, `channel`, `arguments`, `id`), `[[case]]`
for one exchange each, and `[[table]]` for error tables: each row of `codes` becomes a case, `{code}` in the response's
body being the row's key, and its value the outcome: retry, permanent, suppress or auth."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson

from dapi_common.events.shapes import Channel, JsonObject
from dapi_common.ids import MessageId
from dapi_common.provider import catalog
from dapi_common.provider.adapter import Accepted, Deferred, Message, Outcome, Refused, Unclear
from dapi_common.provider.hooks import Hooks
from dapi_common.provider.http import NO_HEADERS, NoAnswer, NotSent, Response
from dapi_common.provider.verdict import ErrorTable

KINDS = {"accepted": Accepted, "refused": Refused, "deferred": Deferred, "unclear": Unclear}
_ROWS: Mapping[str, Mapping[str, object]] = {
    "retry": {"kind": "deferred"},
    "permanent": {"kind": "refused", "auth": False, "suppress": False},
    "suppress": {"kind": "refused", "auth": False, "suppress": True},
    "auth": {"kind": "refused", "auth": True},
}
_NO_RESPONSE: Mapping[str, NotSent | NoAnswer] = {
    "not-sent": NotSent("connect failed"),
    "no-answer": NoAnswer("timed out"),
}


RECEIPTS_URL = "https://hooks.example.org/callbacks/acme/a1/7-31/t0k3n"
REFERENCE = "7-31_t0k3n"
DOCUMENT_URL = "https://hooks.example.org/callbacks/acme/a1/document/"
"""The hooks of every case: the document's URL ends with its length. `hooks = false`: there is no public URL."""
NO_SECRETS = frozenset(
    {"ACCOUNT_SID", "REGION_NAME", "REGION", "EDGE", "DOMAIN_NAME", "CONFIGURATION_SET", "TOPIC_ARN"}
)
"""Credentials that only name an account or a place: vendors' own answers repeat them."""


@dataclass(frozen=True, slots=True)
class Case:
    """One exchange. What `request` and `outcome` do not name is not looked at."""

    provider: str
    name: str
    message: Message
    request: Mapping[str, Any]
    answer: Response | NotSent | NoAnswer
    outcome: Mapping[str, Any]
    code: str | None = None
    """The row of an error table that it shows."""
    before: Sequence[Response | NotSent | NoAnswer] = ()
    """What other calls are answered first: where a token has to be fetched."""

    def __str__(self) -> str:
        return f"{self.provider}: {self.name}"


class ScriptedHttp:
    """Answers as it was told, in turn (the last answer again and again), and remembers what was asked."""

    def __init__(self, *answers: Response | NotSent | NoAnswer, base: str = "https://vendor.invalid") -> None:
        self.base = base
        self._answers = list(answers)
        self.requests: list[dict[str, Any]] = []

    def at(self, base: str) -> "ScriptedHttp":
        """The script knows one vendor, whatever its hosts."""
        self.base = base
        return self

    async def post_form(
        self,
        path: str,
        fields: Sequence[tuple[str, str]] | Mapping[str, str],
        basic: tuple[str, str] | None = None,
    ) -> Response | NotSent | NoAnswer:
        """POST application/x-www-form-urlencoded, UTF-8."""
        pairs = list(fields.items() if isinstance(fields, Mapping) else fields)
        return self._take({"method": "POST", "path": path, "fields": _grouped(pairs), "basic": list(basic or ())})

    async def post_json(
        self,
        path: str,
        body: JsonObject,
        basic: tuple[str, str] | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Response | NotSent | NoAnswer:
        """POST application/json."""
        asked = {"method": "POST", "path": path, "json": body, "basic": list(basic or ()), "headers": dict(headers)}
        return self._take(asked)

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Response | NotSent | NoAnswer:
        """POST these very bytes; `json` or `fields` where they are that."""
        asked: dict[str, Any] = {"method": "POST", "path": path, "body": body.decode(), "headers": dict(headers)}
        if body.startswith(b"{"):
            asked["json"] = orjson.loads(body)
        else:
            asked["fields"] = _grouped(parse_qsl(body.decode(), keep_blank_values=True))
        return self._take(asked)

    async def get(
        self,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        basic: tuple[str, str] | None = None,
    ) -> Response | NotSent | NoAnswer:
        """GET."""
        return self._take({"method": "GET", "path": path, "query": _grouped(query), "basic": list(basic or ())})

    def _take(self, request: dict[str, Any]) -> Response | NotSent | NoAnswer:
        self.requests.append({"base": self.base, **request})
        return self._answers[min(len(self.requests), len(self._answers)) - 1]


def cases(services: Path) -> list[Case]:
    """Every exchange in `<services>/provider-*/cases.toml`."""
    return [case for file in sorted(services.glob("provider-*/cases.toml")) for case in read(file)]


def read(file: Path) -> Iterator[Case]:
    """The exchanges of one provider."""
    book = tomllib.loads(file.read_text("utf-8"))
    provider = file.parent.name.removeprefix("provider-")
    for entry in book.get("case", []):
        answer = read_answer(entry.get("response", {}), "")
        before = [read_answer(one, "") for one in entry.get("before", ())]
        message, request = _message(book, entry), entry.get("request", {})
        yield Case(provider, entry["name"], message, request, answer, entry["outcome"], before=before)
    for table in book.get("table", []):
        for code, row in table["codes"].items():
            answer, outcome = read_answer(table["response"], code), {"code": code, **_ROWS[row]}
            yield Case(provider, f"code {code}", _message(book, table), {}, answer, outcome, code)


def secrets_of(credentials: Mapping[str, str]) -> list[str]:
    """What must not appear anywhere. Shorter ones appear by chance."""
    return [value for name, value in credentials.items() if len(value) > 3 and name not in NO_SECRETS]


async def check(case: Case) -> None:
    """Replays the exchange. Raises AssertionError."""
    adapter = catalog.load()[case.provider]()
    http = ScriptedHttp(*case.before, case.answer, base=adapter.url(case.message.credentials))
    assert catalog.check_credentials(case.provider, case.message.credentials) is None, "credentials"
    problem = catalog.check_arguments(case.provider, case.message.channel, case.message.arguments)
    assert problem is None, problem
    outcome = await adapter.send(case.message, http)
    assert len(http.requests) == 1 + len(case.before), "one call, no more"
    sent = http.requests[-1]
    for name, expected in case.request.items():
        assert sent[name] == expected, f"request: {name}"
    _agree(outcome, case.outcome)
    _tells_nothing(outcome, case.message)


def lacking(provider: str, found: Sequence[Case]) -> list[str]:
    """What a provider's cases do not show: a kind of outcome, a failure of the network, a row of its error table."""
    own = [case for case in found if case.provider == provider]
    kinds = [kind for kind in KINDS if not any(case.outcome["kind"] == kind for case in own)]
    network = [
        name for name, answer in _NO_RESPONSE.items() if not any(isinstance(c.answer, type(answer)) for c in own)
    ]
    table: ErrorTable = import_module(catalog.load()[provider].__module__).ERRORS
    rows = sorted(set(table) - {case.code for case in own})
    return [*kinds, *network, *(f"code {code}" for code in rows)]


def _message(book: Mapping[str, Any], entry: Mapping[str, Any]) -> Message:
    channel: Channel = entry.get("channel", book["channel"])
    given: JsonObject = entry.get("arguments", book["arguments"])
    credentials: Mapping[str, str] = entry.get("credentials", book["credentials"])
    return Message(
        MessageId(entry.get("id", book["id"])), channel, given, credentials, _hooks(entry.get("hooks", True))
    )


def _hooks(public: bool) -> Hooks:
    """As an installation with a public URL (or without) makes them."""
    if not public:
        return Hooks(reference=REFERENCE)
    return Hooks(RECEIPTS_URL, REFERENCE, lambda content: f"{DOCUMENT_URL}{len(content)}")


def read_answer(response: Mapping[str, Any], code: str) -> Response | NotSent | NoAnswer:
    """What a `response` of a case stands for."""
    if "nothing" in response:
        return _NO_RESPONSE[response["nothing"]]
    body = orjson.dumps(response["json"]) if "json" in response else response.get("body", "").encode()
    return Response(response["status"], response.get("headers", {}), body.replace(b"{code}", code.encode()))


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, str | list[str]]:
    """A repeated name as a list."""
    names = dict.fromkeys(name for name, _ in pairs)
    values = {name: [value for key, value in pairs if key == name] for name in names}
    return {name: value[0] if len(value) == 1 else value for name, value in values.items()}


def _agree(outcome: Outcome, expected: Mapping[str, Any]) -> None:
    assert isinstance(outcome, KINDS[expected["kind"]]), outcome
    for name in expected.keys() - {"kind"}:
        assert getattr(outcome, name) == expected[name], f"outcome: {name} is {getattr(outcome, name)!r}"


def _tells_nothing(outcome: Outcome, message: Message) -> None:
    """No secret anywhere, no recipient and no text outside the provider's own reply."""
    secrets = secrets_of(message.credentials)
    private = [str(value).lstrip("+") for value in message.arguments.values() if len(str(value)) > 3]
    said = "" if isinstance(outcome, Accepted) else f"{outcome.code} {outcome.description}"
    assert not any(value in repr(outcome) for value in secrets), "a secret leaks"
    assert not any(value in said for value in private), "an address or a text leaks"
