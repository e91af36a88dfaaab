"""No account learns anything of another's. The matrix is made from the router: a route that the tables do not know
how to ask fails by its name."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, combinations
from typing import Any, cast
from urllib.parse import urlencode

import orjson
import pytest
from aiohttp import ClientSession

from api_gateway import auth
from api_gateway.app import ROUTES
from api_gateway.openapi.operations import OPERATIONS
from api_gateway.openapi.parameters import FILTERS, in_path
from dapi_common.store.port import Document, Store

from .live import Live
from .sending import AMAZON, furnish
from .world import ALICE, BOB, CONTACT, MESSAGE, NEXMO, OFFER, Answer, Caller

Route = tuple[str, str]

IDS = ("message", "list", "contact", "invoke", "inbound", "suppression")
OWN = {"name": "nexmo", **dict.fromkeys(IDS, "1")}
ALICES = {"name": "amazon-ses", **dict.fromkeys(IDS, "2")}
NOBODYS = {"name": "amazon-sns", **dict.fromkeys(IDS, "9")}
"""By parameter of a path: what both accounts have, what only Alice has, and what nobody has."""
CREATES_BY_NAME: Route = ("PUT", "/v1/providers/{name}")
"""Every account has its own of that name: not finding one is not a refusal."""
BODIES: Mapping[Route, Any] = {
    ("POST", "/v1/providers/{name}"): AMAZON,
    ("POST", "/v1/lists/{list}"): {"metadata": {}},
    ("PUT", "/v1/lists/{list}/contacts"): {"contacts": [CONTACT]},
    ("POST", "/v1/lists/{list}/contacts/{contact}"): CONTACT,
    ("POST", "/v1/invokes/{invoke}"): {"status": "stopped"},
}
"""What is sent to a route that names something in its path."""
REFERRING: Mapping[Route, Sequence[tuple[Any, Any]]] = {
    ("PUT", "/v1/messages"): [],  # a provider by its public name: test_what_is_put_under_a_name…
    ("PUT", "/v1/lists"): [],
    ("PUT", "/v1/suppressions"): [],
    ("PUT", "/v1/invokes"): [
        ({"list_id": "2", "providers": [OFFER]}, {"list_id": "9", "providers": [OFFER]}),
        ({"retry_of": "2"}, {"retry_of": "9"}),
    ],
}
"""For a route without a name in its path: bodies that name something of Alice's, each with one that names nothing."""
FILTERED: Mapping[str, tuple[str, str]] = {
    "status": ("pending", "lost"),
    "provider": ("nexmo", "plivo"),
    "type": ("sms", "fax"),
    "invoke_id": ("2", "9"),
    "contact": ("+31612345671", "+31600000000"),
    "kind": ("message", "nonsense"),
}
"""Values that match something of Alice's, each with one that matches nothing at all."""

NAMING = [(method, path) for method, path, _ in ROUTES if in_path(path)]
WHOLE = [(method, path) for method, path, _ in ROUTES if not in_path(path)]


class Watched:
    """A store that tells what was asked of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[tuple[str, str]] = []

    async def get(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        self.asked.append(("get", collection))
        return await self._store.get(collection, ids)

    async def find(self, collection: str, *where: Any, **how: Any) -> list[Document]:
        self.asked.append(("find", collection))
        return await self._store.find(collection, *where, **how)


class Accounts:
    """Alice has two of everything, Bob one, Carol nothing; Nobody has no credentials."""

    def __init__(self, session: ClientSession, alice: Caller, bob: Caller, carol: Caller, store: Watched) -> None:
        self.alice, self.bob, self.carol, self.nobody = alice, bob, carol, Caller(session, {})
        self._store = store

    async def told(self, caller: Caller, method: str, path: str, body: Any = None) -> tuple[object, ...]:
        """All that a caller could see: the answer's bytes and headers, and how much work it was."""
        del self._store.asked[:]
        answer = await caller(method, path, body)
        return answer.status, *seen(answer), tuple(self._store.asked)

    async def alices(self) -> list[object]:
        """All that Alice has."""
        paths = [path.format(**ALICES) for method, path, _ in ROUTES if method == "GET"]
        return [(path, answer.status, answer.body) for path in paths if (answer := await self.alice("GET", path))]


def seen(answer: Answer) -> tuple[bytes, Mapping[str, str]]:
    """An answer without what names the request."""
    body = orjson.dumps({**answer.body, **({"request-id": ""} if "request-id" in answer.body else {})})
    return body, {name: value for name, value in answer.headers.items() if name.lower() not in {"date", "x-request-id"}}


@pytest.fixture(scope="module")
async def accounts() -> AsyncIterator[Accounts]:
    live = Live()
    watched = Watched(live.store)
    live.gateway = replace(live.gateway, store=cast(Store, watched))
    async with live.running():
        alice, bob, carol = [await live.open(name) for name in (ALICE, BOB, "carol")]
        await furnish(alice, 2, ("nexmo", "amazon-ses"))
        await furnish(bob, 1, ("nexmo",))
        await live.hear(ALICE, 2)
        await live.hear(BOB, 1)
        yield Accounts(live.session, alice, bob, carol, watched)


def foreign(path: str, names: Mapping[str, str]) -> Iterator[str]:
    """The path with some of its ids taken from `names`, and the others Bob's own."""
    known = in_path(path)
    for some in chain.from_iterable(combinations(known, count) for count in range(1, len(known) + 1)):
        yield path.format(**{name: names[name] if name in some else OWN[name] for name in known})


def sent(route: Route) -> Any:
    """A body that the route takes, if it takes one."""
    if route[0] in {"GET", "DELETE"} or route == CREATES_BY_NAME:
        return None
    assert route in BODIES, f"BODIES does not say what {' '.join(route)} is sent"
    return BODIES[route]


@pytest.mark.parametrize("route", NAMING, ids=" ".join)
async def test_what_is_anothers_is_as_what_never_was(accounts: Accounts, route: Route) -> None:
    unknown = set(in_path(route[1])) - set(ALICES)
    assert not unknown, f"OWN, ALICES and NOBODYS do not say what {unknown} of {' '.join(route)} may be"
    body, before = sent(route), await accounts.alices()
    if route == CREATES_BY_NAME:
        return
    for theirs, nobodys in zip(foreign(route[1], ALICES), foreign(route[1], NOBODYS), strict=True):
        answered = await accounts.told(accounts.bob, route[0], theirs, body)
        assert answered[0] == 404
        assert answered == await accounts.told(accounts.bob, route[0], nobodys, body)
    assert await accounts.alices() == before


async def test_what_is_put_under_a_name_that_another_has_too_is_ones_own(accounts: Accounts) -> None:
    before = await accounts.alices()
    refused = await accounts.carol("PUT", "/v1/messages", MESSAGE)
    assert refused.blamed == (400, "message-invalid-provider", "/provider")
    assert (await accounts.bob("PUT", "/v1/providers/nexmo", {**NEXMO, "API_KEY": "of-bob"})).status == 200
    assert await accounts.alices() == before
    assert (await accounts.bob("DELETE", "/v1/providers/nexmo")).status == 200
    assert await accounts.alices() == before


@pytest.mark.parametrize("route", WHOLE, ids=" ".join)
async def test_what_names_nothing_in_its_path_shows_and_uses_ones_own_only(accounts: Accounts, route: Route) -> None:
    before = await accounts.alices()
    if route[0] == "GET":
        assert not leaks(await accounts.carol(*route))
    else:
        assert route in REFERRING, f"REFERRING does not say what {' '.join(route)} may refer to"
        for theirs, nobodys in REFERRING[route]:
            answered = await accounts.told(accounts.bob, *route, theirs)
            assert answered[0] in {400, 404}
            assert answered == await accounts.told(accounts.bob, *route, nobodys)
    assert await accounts.alices() == before


def leaks(answer: Answer) -> bool:
    """Whether there is anything in it beyond the account's own figures: Carol has nothing else."""
    assert answer.status == 200
    return any(value for value in answer.body.values() if isinstance(value, list))


@pytest.mark.parametrize("name", FILTERS)
async def test_a_filter_finds_ones_own_only(accounts: Accounts, name: str) -> None:
    assert name in FILTERED, f"FILTERED does not say what {name} may be"
    theirs, nobodys = (urlencode({name: value}) for value in FILTERED[name])
    for method, path in (route for route, operation in OPERATIONS.items() if name in operation.filters):
        assert (await accounts.alice(method, f"{path}?{theirs}")).body[path.rpartition("/")[2]]
        answered = await accounts.told(accounts.carol, method, f"{path}?{theirs}")
        assert answered == await accounts.told(accounts.carol, method, f"{path}?{nobodys}")


@pytest.mark.parametrize("route", [(method, path) for method, path, _ in ROUTES], ids=" ".join)
async def test_without_credentials_what_exists_is_as_what_never_was(
    accounts: Accounts, route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "_LONGEST", 0.0)
    exists, never = route[1].format(**ALICES), route[1].format(**NOBODYS)
    answer = await accounts.nobody(route[0], exists)
    assert answer.status == 401
    assert seen(answer) == seen(await accounts.nobody(route[0], never))
