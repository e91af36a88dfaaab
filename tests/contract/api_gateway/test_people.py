"""/v1/inbound and /v1/suppressions on the real gateway, planner and projector."""

from collections.abc import AsyncIterator

import pytest

from .live import Live
from .world import MESSAGE, NEXMO, SMS, Caller

ANN = str(SMS["to"])


@pytest.fixture
async def live() -> AsyncIterator[Live]:
    async with Live().running() as live:
        yield live


@pytest.fixture
async def alice(live: Live) -> Caller:
    alice = await live.open("alice")
    await alice("PUT", "/v1/providers/nexmo", NEXMO)
    return alice


async def suppress(caller: Caller, contact: str = ANN, kind: str = "sms") -> str:
    """The id of the contact's suppression."""
    answer = await caller("PUT", "/v1/suppressions", {"type": kind, "contact": contact})
    assert answer.status == 200, answer.body
    (made,) = answer.body.values()
    return str(made)


async def test_what_came_is_shown_newest_first_and_by_its_id(live: Live, alice: Caller) -> None:
    await live.hear("alice", 3)
    page = await alice("GET", "/v1/inbound?limit=2")
    assert [shown["id"] for shown in page.body["inbound"]] == ["3", "2"]
    assert 'rel="next"' in page.headers["Link"]
    one = (await alice("GET", "/v1/inbound/2")).body
    assert one == page.body["inbound"][1]
    assert (one["from"], one["to"], one["text"]) == ("+31612345671", "+31201234567", "Hello")
    assert one["provider_reply"] == {"text": "Hello"}
    assert (await alice("GET", "/v1/inbound/4")).status == 404


async def test_a_suppressed_contacts_message_is_taken_and_fails_at_once_for_nothing(alice: Caller) -> None:
    await suppress(alice)
    answer = await alice("PUT", "/v1/messages", MESSAGE)
    assert (answer.status, answer.body) == (200, {"id": "1"})
    message = (await alice("GET", "/v1/messages/1")).body
    assert (message["status"], message["error-code"]) == ("failed", "suppressed")
    assert "suppression" in message["error-description"]
    assert message["arguments"] == SMS
    assert (await alice("GET", "/v1/credits")).body == {"balance": "1000.00"}
    events = (await alice("GET", "/v1/messages/1/events")).body["events"]
    assert [(event["type"], event["error-code"]) for event in events] == [
        ("message.accepted", ""),
        ("message.failed", "suppressed"),
    ]
    assert len((await alice("GET", "/v1/messages?status=failed")).body["messages"]) == 1


async def test_a_contact_is_suppressed_until_it_is_lifted(alice: Caller) -> None:
    made = await suppress(alice)
    shown = (await alice("GET", f"/v1/suppressions/{made}")).body
    assert {key: shown[key] for key in ("id", "type", "contact", "reason", "provider")} == {
        "id": "1", "type": "sms", "contact": ANN, "reason": "asked", "provider": "",
    }  # fmt: skip
    assert (await alice("DELETE", f"/v1/suppressions/{made}")).body == {"id": made}
    for method in ("GET", "DELETE"):
        assert (await alice(method, f"/v1/suppressions/{made}")).status == 404
    assert (await alice("GET", "/v1/suppressions")).body["suppressions"] == []
    await alice("PUT", "/v1/messages", MESSAGE)
    assert (await alice("GET", "/v1/messages/1")).body["status"] == "pending"
    assert await suppress(alice) == "2"


async def test_suppressing_again_answers_the_same_id_however_it_is_spelled(live: Live, alice: Caller) -> None:
    assert await suppress(alice, "Ann@Example.org", "email") == "1"
    before = live.decided()
    assert await suppress(alice, "ann@example.ORG", "email") == "1"
    assert live.decided() == before
    shown = (await alice("GET", "/v1/suppressions?contact=ann@example.org")).body["suppressions"]
    assert [each["contact"] for each in shown] == ["ann@example.org"]
    assert (await alice("GET", "/v1/suppressions?type=sms")).body["suppressions"] == []


async def test_the_same_key_gets_the_first_answer_again(alice: Caller) -> None:
    body, key = {"type": "sms", "contact": ANN}, {"Idempotency-Key": "k"}
    first = await alice("PUT", "/v1/suppressions", body, headers=key)
    await alice("DELETE", "/v1/suppressions/1")
    again = await alice("PUT", "/v1/suppressions", body, headers=key)
    assert (again.body, again.headers["Idempotent-Replayed"]) == (first.body, "true")
    assert (await alice("GET", "/v1/suppressions")).body["suppressions"] == []


async def test_a_restarted_planner_knows_them_all(live: Live, alice: Caller) -> None:
    made = [await suppress(alice, f"+3161234{n:04}") for n in range(30)]
    await alice("DELETE", f"/v1/suppressions/{made[-1]}")
    await live.hear("alice", 2)
    await live.restart_planner()
    await live.hear("alice", 2)
    assert await suppress(alice, "+31612340003") == made[3]
    assert await suppress(alice, "+31612340029") == "31"
    assert [shown["id"] for shown in (await alice("GET", "/v1/inbound")).body["inbound"]] == ["2", "1"]
