"""What a retry reads, from both sides: the projector writes it, dapi_common reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_gateway.views import invokes, messages
from dapi_common import contacts, unreached
from dapi_common.events.deliveries import DeliveryDropped, DeliveryFact, DeliveryRefused, DeliveryUnknown
from dapi_common.events.envelope import Payload
from dapi_common.events.invokes import (
    InvokeCompleted,
    InvokePlanned,
    InvokeProgressed,
    InvokeRepaced,
    InvokeStopped,
    MessageSkipped,
)
from dapi_common.events.shapes import Pace
from dapi_common.ids import ContactId, InvokeId, MessageId
from dapi_common.ranges import RangeSet
from dapi_common.unreached import Unreached
from tests.unit.api_gateway.views.history import (
    ACCOUNT,
    START,
    History,
    about,
    accepted,
    invoke,
    patient,
    planned,
    reported,
    send,
)

ONE = InvokeId("1")
REACHED = ("accepted", "late", "reported")
FATES = (*REACHED, "refused", "unknown", "stopped", "skipped")


def counted(completed: int, failed: int, stopped: int = 0) -> InvokeProgressed:
    counts = {"completed": completed, "failed": failed, "stopped": stopped}
    return InvokeProgressed(account=ACCOUNT, invoke_id=ONE, at=START + 50, **counts)


def over() -> InvokeCompleted:
    return InvokeCompleted(account=ACCOUNT, invoke_id=ONE, at=START + 51)


def fates(index: int, fate: str) -> list[Payload]:
    """All that is said of one contact."""
    request, told = send(index), {"code": "6", "description": "x"}
    facts: dict[str, list[DeliveryFact]] = {
        "accepted": [accepted(request)],
        "late": [DeliveryUnknown(**told, **about(request)), accepted(request)],
        "reported": [DeliveryUnknown(**told, **about(request)), reported(request, "sent")],
        "refused": [DeliveryRefused(reason="provider-rejected", reply={}, **told, **about(request))],
        "unknown": [DeliveryUnknown(**told, **about(request))],
        "stopped": [DeliveryDropped(reason="stopped", **about(request))],
    }
    if fate != "skipped":
        return [request, *facts[fate]]
    skipped = MessageSkipped(
        account=ACCOUNT,
        message_id=MessageId(f"1-{index + 1}"),
        n=request.n,
        invoke_id=ONE,
        index=index,
        contact_id=ContactId(str(index + 1)),
        provider="twilio",
        channel="sms",
        address="+31600000001",
        reason="provider-not-found",
        at=START,
    )
    return [skipped]


async def read(history: History) -> Unreached | None:
    return await unreached.unreached(await history.folded(), ACCOUNT, ONE)


@patient
@given(st.lists(st.sampled_from(FATES), min_size=1, max_size=12), st.integers(0, 3))
async def test_who_failed_or_was_stopped_is_found_whatever_became_of_the_others(plan: list[str], never: int) -> None:
    total = len(plan) + never
    history = History().add(invoke(total), planned(total))
    history.add(*(fact for index, fate in enumerate(plan) for fact in fates(index, fate)))
    if never:
        history.add(InvokeStopped(account=ACCOUNT, invoke_id=ONE, released=len(plan), at=START + 40))
    history.add(counted(total, 0), *([] if never else [over()]))
    found = await read(history)
    assert found
    missed = [index for index, fate in enumerate(plan) if fate not in REACHED] + list(range(len(plan), total))
    assert found.picked == RangeSet((index, index + 1) for index in missed)
    assert found.channels == {"sms": len(missed)}


async def test_it_says_how_the_invoke_went_about_it_with_its_last_throughput() -> None:
    first = invoke(1).model_copy(update={"ordering": "strict", "on_unknown": "resend"})
    history = History().add(first, planned(1), send(0), accepted(send(0)), counted(1, 0), over())
    found = await read(history)
    assert found
    assert (found.offers, found.throughput) == (first.offers, first.throughput)
    assert (found.list_id, found.ordering, found.on_unknown) == ("1", "strict", "resend")
    pace = {"sms": Pace(mps=3), "voice": Pace(mpm=7)}
    history.add(InvokeRepaced(account=ACCOUNT, invoke_id=ONE, throughput=pace, at=START + 45))
    found = await read(history)
    assert found
    assert found.throughput == pace


async def test_nothing_is_known_before_the_end_is_folded() -> None:
    history = History()
    assert await read(history) is None
    for facts in ([invoke(2), planned(2)], [counted(1, 0)], [counted(1, 1)]):
        assert await read(history.add(*facts)) is None
    assert await read(history.add(over())) is not None


async def test_contacts_of_several_channels_are_counted_from_the_plan() -> None:
    mixed = invoke(3).model_copy(update={"channels": {"sms": 2, "voice": 1}})
    whole = planned(3)
    called = whole.contacts[1].model_copy(update={"channel": "voice"})
    plan = whole.model_copy(update={"contacts": [whole.contacts[0], called, whole.contacts[2]]})
    history = History().add(
        mixed, InvokeStopped(account=ACCOUNT, invoke_id=ONE, released=0, at=START), counted(0, 0, 3)
    )
    assert await read(history) is None
    found = await read(history.add(plan))
    assert found
    assert found.channels == {"sms": 2, "voice": 1}


async def test_contacts_are_read_from_any_chunk_of_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (contacts, unreached):
        monkeypatch.setattr(module, "PLAN_CHUNK", 3)
    everybody = planned(8).contacts
    chunks = [
        InvokePlanned(account=ACCOUNT, invoke_id=ONE, chunk=n, first_index=3 * n, contacts=everybody[3 * n : 3 * n + 3])
        for n in range(3)
    ]
    store = await History().add(*chunks).folded()
    picks = [0, 2, 4, 7]
    assert await unreached.planned(store, ACCOUNT, ONE, picks) == [everybody[index] for index in picks]
    store = await History().add(*chunks[:2]).folded()
    assert await unreached.planned(store, ACCOUNT, ONE, picks) is None


def test_both_sides_name_the_same_things() -> None:
    assert (invokes.COLLECTION, messages.COLLECTION) == (unreached.INVOKES, unreached.MESSAGES)
    assert invokes.document_id("a", "1") == unreached.invoke_document("a", "1")
