"""The codes that depend on a state or on trouble: one scene each, played on the real gateway, planner and projector."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from cryptography.fernet import Fernet
from multidict import CIMultiDict

from api_gateway.auth import MOST_HELD
from dapi_common.events.commands import PutProvider
from dapi_common.ids import AccountId
from dapi_common.secrets import Vault

from . import wire
from .error_cases import INVOKE
from .live import Live
from .world import CONTACT, MESSAGE, NEXMO, OFFER, Answer, Caller, basic

Play = Callable[[Live], Awaitable[Answer]]
NEXMO_CONTACT = {**CONTACT, "provider": "nexmo"}
_names = (f"scene{n}" for n in count(1))


@dataclass(frozen=True, slots=True)
class Scene:
    """What must be the answer."""

    code: str
    field: str | None
    play: Play


SCENES: dict[str, Scene] = {}


def provokes(code: str, field: str | None = None) -> Callable[[Play], Play]:
    """Adds a scene."""

    def add(play: Play) -> Play:
        SCENES[play.__name__] = Scene(code, field, play)
        return play

    return add


async def fresh(live: Live, **limits: Any) -> Caller:
    """A new account with nexmo."""
    caller = await live.open(next(_names), **limits)
    assert (await caller("PUT", "/v1/providers/nexmo", NEXMO)).status == 200
    return caller


async def with_list(live: Live, contacts: int = 1, **limits: Any) -> Caller:
    """A new account with nexmo and a list."""
    caller = await fresh(live, **limits)
    await caller("PUT", "/v1/lists")
    if contacts:
        added = await caller("PUT", "/v1/lists/1/contacts", {"contacts": [NEXMO_CONTACT] * contacts})
        assert added.status == 200
    return caller


async def with_invoke(live: Live) -> Caller:
    """A new account with an invoke that runs, for nothing is sent here."""
    caller = await with_list(live)
    assert (await caller("PUT", "/v1/invokes", INVOKE)).status == 200
    return caller


@provokes("list-limit-reached")
async def one_list_too_many(live: Live) -> Answer:
    return await (await with_list(live, lists=1))("PUT", "/v1/lists", {})


@provokes("list-contacts-limit-reached", "/contacts")
async def one_contact_too_many(live: Live) -> Answer:
    caller = await with_list(live, contacts=2, contacts_per_list=2)
    return await caller("PUT", "/v1/lists/1/contacts", {"contacts": [CONTACT]})


@provokes("list-contacts-limit-reached", "/contacts")
async def too_many_contacts_at_once(live: Live) -> Answer:
    caller = await with_list(live, contacts=0, contacts_per_list=2)
    return await caller("PUT", "/v1/lists/1/contacts", {"contacts": [CONTACT] * 3})


@provokes("message-invalid-provider", "/provider")
async def a_message_through_a_provider_that_is_not_added(live: Live) -> Answer:
    return await (await live.open(next(_names)))("PUT", "/v1/messages", MESSAGE)


@provokes("message-invalid-provider", "/provider")
async def a_message_through_a_provider_that_is_removed(live: Live) -> Answer:
    caller = await fresh(live)
    await caller("DELETE", "/v1/providers/nexmo")
    return await caller("PUT", "/v1/messages", MESSAGE)


@provokes("message-invalid-provider", "/providers/1/provider")
async def an_invoke_through_a_provider_that_is_not_added(live: Live) -> Answer:
    twilio = {"type": "sms", "provider": "twilio", "arguments": {"From": "Dapi", "Body": "x"}}
    return await (await with_list(live))("PUT", "/v1/invokes", {**INVOKE, "providers": [OFFER, twilio]})


@provokes("message-invalid-provider", "/providers/1")
async def an_invoke_with_two_offers_for_one_provider(live: Live) -> Answer:
    return await (await with_list(live))("PUT", "/v1/invokes", {**INVOKE, "providers": [OFFER, OFFER]})


@provokes("invoke-invalid-list", "/list_id")
async def an_invoke_of_an_unknown_list(live: Live) -> Answer:
    return await (await fresh(live))("PUT", "/v1/invokes", INVOKE)


@provokes("invoke-invalid-list", "/list_id")
async def an_invoke_of_an_empty_list(live: Live) -> Answer:
    return await (await with_list(live, contacts=0))("PUT", "/v1/invokes", INVOKE)


@provokes("invoke-invalid-list", "/list_id")
async def an_invoke_of_a_deleted_list(live: Live) -> Answer:
    caller = await with_list(live)
    await caller("DELETE", "/v1/lists/1")
    return await caller("PUT", "/v1/invokes", INVOKE)


@provokes("invoke-invalid-throughput", "/throughput/sms/mps")
async def a_throughput_above_the_accounts(live: Live) -> Answer:
    caller = await with_list(live, mps=3)
    return await caller("PUT", "/v1/invokes", {**INVOKE, "throughput": {"sms": {"mps": "4"}}})


@provokes("invoke-invalid-throughput", "/throughput/sms/mpm")
async def a_throughput_a_minute_above_the_accounts(live: Live) -> Answer:
    caller = await with_list(live, mps=3)
    return await caller("PUT", "/v1/invokes", {**INVOKE, "throughput": {"sms": {"mpm": "181"}}})


@provokes("invoke-running")
async def a_running_invoke_is_not_deleted(live: Live) -> Answer:
    return await (await with_invoke(live))("DELETE", "/v1/invokes/1")


@provokes("invoke-invalid-status", "/status")
async def a_stopped_invoke_is_not_stopped_again(live: Live) -> Answer:
    caller = await with_invoke(live)
    assert (await caller("POST", "/v1/invokes/1", {"status": "stopped"})).status == 200
    return await caller("POST", "/v1/invokes/1", {"status": "stopped"})


@provokes("credits-insufficient")
async def a_message_that_is_not_paid_for(live: Live) -> Answer:
    return await (await fresh(live, credits="0.009"))("PUT", "/v1/messages", MESSAGE)


@provokes("credits-insufficient")
async def an_invoke_that_is_not_paid_for(live: Live) -> Answer:
    return await (await with_list(live, contacts=3, credits="0.029"))("PUT", "/v1/invokes", INVOKE)


@provokes("internal-error")
async def credentials_that_were_sealed_with_another_key(live: Live) -> Answer:
    name = AccountId(next(_names))
    caller = await live.open(name)
    sealed = Vault(Fernet.generate_key().decode()).seal(NEXMO)
    await live.ask(PutProvider(**live.gateway.asks.stamp(name), name="nexmo", credentials=sealed))
    return await caller("GET", "/v1/providers/nexmo")


@provokes("request-invalid")
async def what_is_no_http(live: Live) -> Answer:
    raw = await wire.exchange(live.port, b"nonsense\r\n\r\n")
    return _read(raw)


@provokes("store-unavailable")
async def a_read_with_the_store_away(live: Live) -> Answer:
    caller = await fresh(live)
    live.store.available = False
    try:
        return _later(await caller("GET", "/v1/lists"))
    finally:
        live.store.available = True


@provokes("outcome-unknown")
async def a_write_with_the_planner_away(live: Live) -> Answer:
    async with Live(budget=1.0).running() as other:
        caller = await fresh(other)
        await other.stop("planner")
        return _later(await caller("PUT", "/v1/messages", MESSAGE))


@provokes("rate-limited")
async def too_many_wrong_secrets_at_once(live: Live) -> Answer:
    wrong = wire.request("GET", "/v1/limits", authorization=basic("alice", "wrong")["Authorization"])
    answers = await asyncio.gather(*(wire.exchange(live.port, wrong) for _ in range(MOST_HELD + 20)))
    return _later(next(_read(raw) for raw in answers if raw.status != 401))


@provokes("rate-limited")
async def more_writes_at_a_time_than_the_accounts_share(live: Live) -> Answer:
    async with Live(budget=1.0).running() as other:
        caller = await fresh(other)
        return _later(await _pushed_out(other, [caller, caller], places=2, status=429))


@provokes("overloaded")
async def more_writes_at_a_time_than_the_process_takes_on(live: Live) -> Answer:
    async with Live(budget=1.0).running() as other:
        callers = [await fresh(other), await fresh(other)]
        return _later(await _pushed_out(other, callers, places=1, status=503))


async def _pushed_out(live: Live, callers: Sequence[Caller], places: int, status: int) -> Answer:
    """What the one hears who comes too late, while the others wait for a planner that is away."""
    await live.stop("planner")
    live.gateway.admission.writes.limit = places
    answers = await asyncio.gather(*(caller("PUT", "/v1/messages", MESSAGE) for caller in callers))
    answers.sort(key=lambda answer: str(answer.body["error-code"]) == "outcome-unknown")
    assert answers[0].status == status
    return answers[0]


@provokes("idempotency-key-invalid")
async def a_key_that_is_too_long(live: Live) -> Answer:
    return await (await fresh(live))("PUT", "/v1/lists", {}, headers={"Idempotency-Key": "x" * 256})


@provokes("idempotency-key-invalid")
async def a_key_that_is_empty(live: Live) -> Answer:
    return await (await fresh(live))("PUT", "/v1/lists", {}, headers={"Idempotency-Key": ""})


@provokes("idempotency-key-reused")
async def a_key_that_came_with_another_body(live: Live) -> Answer:
    caller, key = await fresh(live), {"Idempotency-Key": "k"}
    assert (await caller("PUT", "/v1/lists", {}, headers=key)).status == 200
    return await caller("PUT", "/v1/lists", {"metadata": {"a": 1}}, headers=key)


@provokes("idempotency-key-in-flight")
async def a_key_whose_request_is_under_way(live: Live) -> Answer:
    async with Live(budget=1.0).running() as other:
        caller, key = await fresh(other), {"Idempotency-Key": "k"}
        await other.stop("planner")
        both = (caller("PUT", "/v1/lists", {}, headers=key) for _ in range(2))
        answers = await asyncio.gather(*both)
        return _later(next(answer for answer in answers if answer.status == 409))


def _read(raw: wire.Raw) -> Answer:
    return Answer(raw.status, CIMultiDict(raw.headers), raw.body)


def _later(answer: Answer) -> Answer:
    assert int(answer.headers["Retry-After"]) >= 1
    return answer
