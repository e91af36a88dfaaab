"""The API against a model of itself: whatever is done in whatever order, no GET says anything else."""

import asyncio
from collections.abc import Collection, Iterator
from itertools import count
from time import monotonic
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dapi_common import topics

from .error_cases import CREDENTIALS
from .model import CONTACTS, CREDITS, FEE, LISTS, OFFERS, RECIPIENT, AccountModel, Json
from .sending import sending
from .talk import Talk, talking
from .world import Answer, Caller

pytestmark = pytest.mark.long

SECONDS = 10.0
_names = (f"model{n}" for n in count(1))
PHONES = st.integers(0, 99).map(lambda n: f"+3161234{n:04}")
PROVIDERS = ("nexmo", "nexmo", "twilio", "plivo")
CONTACT = st.builds(
    lambda provider, order, phone: {"type": "sms", "provider": provider, "order": str(order), "contact": phone},
    st.sampled_from(PROVIDERS), st.integers(0, 3), PHONES,
) | st.integers(0, 3).map(
    lambda order: {"type": "email", "provider": "mailgun", "order": str(order), "contact": "a@b.example"}
)  # fmt: skip
METADATA = st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5), max_size=3)
WHICH = st.integers(0, 9)
KEPT = {
    "lists": ("id", "metadata"),
    "contacts": ("id", "type", "provider", "order", "contact"),
    "messages": ("id", "status", "provider", "type", "error-code", "arguments", "invoke_id", "contact_id"),
    "invokes": ("id", "status", "list_id", "providers", "contacts", "progress"),
}
"""What of each resource the model knows."""


def chosen(which: int, known: Collection[str]) -> str:
    """One of those that there are; now and then one that there is not."""
    return sorted(known)[which % len(known)] if known and which < 9 else "99"


class Account(RuleBasedStateMachine):
    """One account. The world is shared: accounts share nothing."""

    talk: Talk

    def __init__(self) -> None:
        super().__init__()
        self.model = AccountModel()
        self.handed_over = len(self.queue())
        limits = {"lists": LISTS, "contacts_per_list": CONTACTS}
        self.caller: Caller = self.talk.wait(self.talk.live.open(next(_names), str(CREDITS), str(FEE), **limits))
        for name in OFFERS:
            self.call(200, "PUT", f"/v1/providers/{name}", CREDENTIALS[name])

    def queue(self) -> Any:
        """What twilio has been given, by all accounts."""
        return self.talk.live.bus.records(topics.provider_topic("twilio"))

    def call(self, expected: int | str, method: str, path: str, body: Json | None = None) -> Answer:
        """The answer, which has this status or this error code."""
        answer = self.talk.wait(self.caller(method, path, body))
        assert expected in (answer.status, answer.body.get("error-code")), answer.body
        return answer

    @rule(metadata=METADATA)
    def create_list(self, metadata: Json) -> None:
        full = len(self.model.lists) >= LISTS
        answer = self.call("list-limit-reached" if full else 200, "PUT", "/v1/lists", {"metadata": metadata})
        if not full:
            assert answer.body == {"id": self.model.new_list(metadata)}

    @initialize(contacts=st.lists(CONTACT, min_size=3, max_size=CONTACTS), at_once=st.booleans())
    def begin(self, contacts: list[Json], at_once: bool) -> None:
        self.create_list(metadata={})
        self.add_contacts(which=0, contacts=contacts)
        if at_once:
            self.create_invoke(which=0, offers=list(OFFERS))

    @rule(which=WHICH, metadata=st.none() | METADATA)
    def update_list(self, which: int, metadata: Json | None) -> None:
        name = chosen(which, self.model.lists)
        body = {} if metadata is None else {"metadata": metadata}
        self.call(self.expected(name), "POST", f"/v1/lists/{name}", body)
        if of := self.model.lists.get(name):
            of.metadata = metadata or {}

    @precondition(lambda self: len(self.model.lists) > 1)
    @rule(which=WHICH)
    def delete_list(self, which: int) -> None:
        name = chosen(which, self.model.lists)
        self.call(self.expected(name), "DELETE", f"/v1/lists/{name}")
        self.model.lists.pop(name, None)

    @rule(which=WHICH, contacts=st.lists(CONTACT, min_size=1, max_size=4))
    def add_contacts(self, which: int, contacts: list[Json]) -> None:
        name = chosen(which, self.model.lists)
        of = self.model.lists.get(name)
        full = of is not None and len(of.contacts) + len(contacts) > CONTACTS
        expected = "list-contacts-limit-reached" if full else self.expected(name)
        answer = self.call(expected, "PUT", f"/v1/lists/{name}/contacts", {"contacts": contacts})
        if of and not full:
            assert answer.body == {"ids": self.model.add(name, contacts)}

    @rule(which=WHICH, contact=WHICH, changed=CONTACT)
    def update_contact(self, which: int, contact: int, changed: Json) -> None:
        name, known = self.contact(which, contact)
        path = f"/v1/lists/{name}/contacts/{known}"
        if self.call(200 if known in self.contacts(name) else 404, "POST", path, changed).status == 200:
            self.model.lists[name].contacts[int(known)] = changed

    @rule(which=WHICH, contact=WHICH)
    def remove_contact(self, which: int, contact: int) -> None:
        name, known = self.contact(which, contact)
        path = f"/v1/lists/{name}/contacts/{known}"
        if self.call(200 if known in self.contacts(name) else 404, "DELETE", path).status == 200:
            del self.model.lists[name].contacts[int(known)]

    @rule(provider=st.sampled_from(sorted(OFFERS)), phone=PHONES)
    def create_message(self, provider: str, phone: str) -> None:
        arguments = {**OFFERS[provider]["arguments"], RECIPIENT[provider]: phone}
        body = {"type": "sms", "provider": provider, "arguments": arguments}
        assert self.call(200, "PUT", "/v1/messages", body).body == {"id": self.model.send(provider, arguments)}

    @rule(which=WHICH, offers=st.lists(st.sampled_from(sorted(OFFERS)), min_size=1, unique=True))
    def create_invoke(self, which: int, offers: list[str]) -> None:
        name = chosen(which, self.model.lists)
        body = {"list_id": name, "providers": [OFFERS[offer] for offer in offers]}
        if not self.contacts(name):
            self.call("invoke-invalid-list", "PUT", "/v1/invokes", body)
            return
        answer = self.call(200, "PUT", "/v1/invokes", body)
        assert answer.body == {"id": self.model.invoke(name, [OFFERS[offer] for offer in offers])}

    @precondition(lambda self: self.model.invokes)
    @rule(which=WHICH)
    def stop_invoke(self, which: int) -> None:
        running = [name for name, invoke in self.model.invokes.items() if invoke.status == "running"]
        name = chosen(which, running or self.model.invokes)
        invoke = self.model.invokes.get(name)
        expected = 404 if invoke is None else 200 if invoke.status == "running" else "invoke-invalid-status"
        self.call(expected, "POST", f"/v1/invokes/{name}", {"status": "stopped"})
        if invoke:
            invoke.stopped = invoke.stopped or invoke.status == "running"

    @precondition(lambda self: self.model.invokes)
    @rule(which=WHICH)
    def delete_invoke(self, which: int) -> None:
        name = chosen(which, self.model.invokes)
        invoke = self.model.invokes.get(name)
        expected = 404 if invoke is None else "invoke-running" if invoke.status == "running" else 200
        self.call(expected, "DELETE", f"/v1/invokes/{name}")
        if invoke and invoke.status != "running":
            self.model.delete(name)

    @rule()
    def restart_the_planner(self) -> None:
        self.talk.wait(self.talk.live.restart_planner())

    def expected(self, name: str) -> int:
        """What a request about a list is answered."""
        return 200 if name in self.model.lists else 404

    def contacts(self, name: str) -> list[str]:
        """Those of a list; none where there is no such list."""
        return [str(n) for n in self.model.lists[name].contacts] if name in self.model.lists else []

    def contact(self, which: int, contact: int) -> tuple[str, str]:
        """A list and one of its contacts."""
        name = chosen(which, self.model.lists)
        return name, chosen(contact, self.contacts(name))

    @precondition(lambda self: self.model.messages())
    @rule(limit=st.integers(1, 4))
    def walk_pages(self, limit: int) -> None:
        path, found = f"/v1/messages?limit={limit}", []
        while path:
            answer = self.call(200, "GET", path)
            found += [message["id"] for message in answer.body["messages"]]
            path = answer.headers.get("Link", "").partition(">")[0].removeprefix("<")
        assert found == [message["id"] for message in self.model.messages()]

    @invariant()
    def every_get_says_what_the_model_says(self) -> None:
        """At once for what was asked, within seconds for what is sent."""
        wanted, until = self.model.shown(), monotonic() + SECONDS
        while (shown := self.talk.wait(self.seen())) != wanted or self.given() < self.model.handed_over:
            assert shown["lists"] == wanted["lists"]
            assert shown["contacts"] == wanted["contacts"]
            if monotonic() > until:
                assert shown == wanted
                raise AssertionError("what is for twilio did not reach its queue")
            self.talk.wait(asyncio.sleep(0.01))

    def given(self) -> int:
        """What twilio has been given since this account was opened."""
        return len(self.queue()) - self.handed_over

    async def seen(self) -> Json:
        """What the model knows of, as the GETs say it."""
        lists = [await self.page("lists", "/v1/lists"), {}]
        return {
            "lists": lists[0],
            "contacts": {of["id"]: await self.page("contacts", f"/v1/lists/{of['id']}/contacts") for of in lists[0]},
            "messages": await self.page("messages", "/v1/messages"),
            "invokes": await self.page("invokes", "/v1/invokes"),
            "balance": (await self.caller("GET", "/v1/credits")).body["balance"],
        }

    async def page(self, kind: str, path: str) -> list[Json]:
        """The resources, without what the model does not know of."""
        found = (await self.caller("GET", f"{path}?limit=1000")).body[kind]
        shown = [{key: entry[key] for key in KEPT[kind] if key in entry} for entry in found]
        for invoke in found if kind == "invokes" else ():
            counts = {name: int(value) for name, value in invoke["progress"].items()}
            assert sum(counts.values()) == 2 * counts["total"], counts
        return shown


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    """Nobody plays twilio here."""
    with talking(sending) as talk:
        yield talk


def test_no_get_diverges_from_the_model(talk: Talk) -> None:
    Account.talk = talk
    # Shrinking would wait SECONDS for every smaller failure.
    within = settings(max_examples=30, stateful_step_count=30, phases=[Phase.reuse, Phase.generate])
    run_state_machine_as_test(Account, settings=settings(within, suppress_health_check=list(HealthCheck)))
