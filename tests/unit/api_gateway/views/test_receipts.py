"""What receipts say of a message, whenever, however often and in whatever order they come."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_gateway.views import messages
from api_gateway.views.messages import Filters
from api_gateway.views.pages import Slice
from dapi_common.bus.port import Record
from dapi_common.events.deliveries import DeliveryDropped, DeliveryRefused, DeliveryUnknown
from dapi_common.events.envelope import Payload
from dapi_common.events.invokes import InvokeDeleted
from dapi_common.events.receipts import DeliveryReported, ReceiptStatus
from dapi_common.ids import InvokeId, MessageId
from tests.unit.api_gateway.views.history import (
    ACCOUNT,
    START,
    History,
    about,
    accepted,
    by_reference,
    documents,
    folded,
    invoke,
    message,
    patient,
    reported,
    send,
    shuffled,
)

ONE = message(1)
TOLD = {"code": "c", "description": "d"}


def unknown(attempt: int = 1, resend: bool = False) -> DeliveryUnknown:
    return DeliveryUnknown(**TOLD, resend=resend, **about(ONE, attempt, START + 3))


def refused(attempt: int = 1) -> DeliveryRefused:
    return DeliveryRefused(reason="provider-rejected", reply={"no": "1"}, **TOLD, **about(ONE, attempt))


async def shown(*facts: Payload) -> dict[str, object]:
    answer = await messages.get(await History().add(*facts).folded(), ACCOUNT, ONE.message_id)
    assert answer
    return answer


async def delivery(*facts: Payload) -> object:
    return (await shown(ONE, accepted(ONE), *facts)).get("delivery")


async def test_while_no_receipt_came_nothing_is_said_of_the_delivery() -> None:
    answer = await shown(ONE, accepted(ONE), reported(ONE, "accepted"), reported(ONE, None))
    assert "delivery" not in answer
    assert "delivery_reply" not in answer


async def test_the_receipt_that_decides_is_shown_as_it_came() -> None:
    reply = {"status": "delivered", "$": 2**70, "a.b": {"c": [None]}}
    answer = await shown(ONE, accepted(ONE), reported(ONE, "sent"), reported(ONE, "delivered", reply=reply))
    assert (answer["delivery"], answer["delivery_reply"]) == ("delivered", reply)
    assert answer["status"] == "completed"
    assert answer["updated-at"] == "2023-11-14T22:16:40.000000Z"


async def test_the_first_final_receipt_holds_by_the_vendors_time_where_it_has_one() -> None:
    late, early = reported(ONE, "delivered", START + 300), reported(ONE, "undelivered", START + 310)
    assert await delivery(late, early) == "delivered"
    assert await delivery(late, early.model_copy(update={"occurred_at": START + 290})) == "undelivered"


async def test_a_receipt_that_comes_after_the_final_one_does_not_take_it_back() -> None:
    assert await delivery(reported(ONE, "delivered"), reported(ONE, "sent", START + 300)) == "delivered"
    assert await delivery(reported(ONE, "undelivered"), reported(ONE, "delivered", START + 300)) == "undelivered"


async def test_a_bounce_turns_a_delivery() -> None:
    bounced = reported(ONE, "undelivered", START + 400, is_bounce=True, event="bounce")
    answer = await shown(ONE, accepted(ONE), reported(ONE, "delivered"), bounced, reported(ONE, "delivered", START))
    assert (answer["delivery"], answer["delivery_reply"]) == ("undelivered", {"at": START + 400})


def of_part(part: str, status: ReceiptStatus, at: float = START + 200, **more: object) -> DeliveryReported:
    return reported(ONE, status, at, 1, part=part, **more)


PARTS = accepted(ONE, ref="p1,p2")


async def test_a_message_in_parts_is_delivered_when_all_of_them_are() -> None:
    for facts, expected in (
        ([of_part("p1", "sent")], "sent"),
        ([of_part("p1", "delivered")], "sent"),
        ([of_part("p1", "delivered"), of_part("p1", "delivered", START + 300)], "sent"),
        ([of_part("p1", "delivered"), of_part("p2", "delivered")], "delivered"),
        ([of_part("p1", "delivered"), of_part("p2", "undelivered")], "undelivered"),
        ([of_part("p1", "undelivered")], "undelivered"),
        ([of_part("", "delivered")], "delivered"),
        ([of_part("p1", "delivered"), of_part("", "undelivered", is_bounce=True)], "undelivered"),
    ):
        assert (await shown(ONE, PARTS, *facts))["delivery"] == expected, facts


async def test_how_many_parts_there_are_may_be_said_by_any_receipt_or_by_the_recipients() -> None:
    assert await delivery(of_part("p1", "delivered", parts=2)) == "sent"
    assert await delivery(of_part("p1", "delivered", parts=2), of_part("p2", "delivered")) == "delivered"
    two = ONE.model_copy(
        update={"provider": "mailgun", "channel": "email", "arguments": {"to": ["a@x.org", "b@x.org"]}}
    )
    assert (await shown(two, accepted(two), reported(two, "delivered", part="a@x.org")))["delivery"] == "sent"


async def test_a_receipt_proves_that_the_vendor_took_what_nobody_knew_of() -> None:
    for before in ([], [unknown()], [unknown(resend=True)], [DeliveryDropped(reason="expired", **about(ONE, 2))]):
        answer = await shown(ONE, *before, reported(ONE, "delivered"))
        assert (answer["status"], answer["error-code"], answer["delivery"]) == ("completed", "", "delivered")
        assert answer["provider_reply"] == {}


async def test_a_receipt_before_the_answer_leaves_the_answers_own_time_and_reply() -> None:
    answer = await shown(ONE, reported(ONE, "delivered", START + 50), accepted(ONE))
    assert answer["provider_reply"] == accepted(ONE).reply
    assert [attempt["outcome"] for attempt in _entries(answer["attempts"])] == ["accepted"]


async def test_the_refusal_of_a_later_try_does_not_undo_what_a_receipt_of_an_earlier_one_proves() -> None:
    answer = await shown(ONE, unknown(1, resend=True), refused(2), reported(ONE, "delivered", attempt=1))
    assert (answer["status"], answer["error-code"], answer["provider_reply"]) == ("completed", "", {})


async def test_the_vendors_own_refusal_of_the_same_try_weighs_more_than_a_receipt_of_one_of_its_parts() -> None:
    answer = await shown(ONE, refused(), of_part("p1", "delivered"))
    assert (answer["status"], answer["provider_reply"], answer["delivery"]) == ("failed", {"no": "1"}, "delivered")


async def test_a_settled_message_is_found_among_the_completed() -> None:
    store = await History().add(ONE, unknown(), reported(ONE, "sent")).folded()
    for status, ids in (("completed", ["1"]), ("failed", [])):
        page = await messages.page(store, ACCOUNT, Slice(), Filters(status=status))
        assert [item["id"] for item in page.items] == ids


async def test_a_time_that_cannot_be_is_not_the_vendors() -> None:
    for impossible in (-1.0, 1e18, float("inf"), float("nan")):
        wrong = reported(ONE, "delivered", occurred_at=None).model_copy(update={"occurred_at": impossible})
        assert await delivery(wrong, reported(ONE, "undelivered", START + 199)) == "undelivered"


async def test_a_receipt_too_large_for_a_document_still_counts() -> None:
    answer = await shown(ONE, reported(ONE, "delivered", reply={"x": "y" * 600_000}))
    assert (answer["delivery"], answer["delivery_reply"]) == ("delivered", {})


async def test_a_receipt_by_reference_finds_its_message_before_and_after_the_answer() -> None:
    for facts in (
        [ONE, accepted(ONE), by_reference("ref-1", "undelivered")],
        [by_reference("ref-1", "undelivered"), accepted(ONE), ONE],
    ):
        answer = await shown(*facts)
        assert (answer["delivery"], answer["delivery_reply"]) == ("undelivered", {"at": START + 200})
        assert answer["updated-at"] == "2023-11-14T22:16:40.000000Z"


async def test_a_reference_of_a_part_speaks_for_that_part() -> None:
    assert (await shown(ONE, PARTS, by_reference("p1", "delivered")))["delivery"] == "sent"
    both = [by_reference("p1", "delivered"), by_reference("p2", "delivered")]
    assert (await shown(ONE, PARTS, *both))["delivery"] == "delivered"


async def test_a_reference_of_another_vendor_or_of_nothing_is_nobodys() -> None:
    others = [by_reference("ref-1", "delivered", provider="twilio"), by_reference("", "delivered")]
    others.append(by_reference("ref-1", "delivered").model_copy(update={"account": "a2"}))
    assert "delivery" not in await shown(ONE, accepted(ONE), *others)
    assert "delivery" not in await shown(ONE, *others)


async def test_a_page_shows_what_each_message_would() -> None:
    history = History().add(*(message(n) for n in range(1, 7)), by_reference("r3", "undelivered"))
    history.add(*(accepted(message(n), ref=f"r{n}") for n in range(1, 6)), reported(message(2), "delivered"))
    store = await history.folded()
    page = await messages.page(store, ACCOUNT, Slice())
    assert page.items == [await messages.get(store, ACCOUNT, MessageId(str(n))) for n in range(6, 0, -1)]
    assert [item.get("delivery") for item in page.items] == [None, None, None, "undelivered", "delivered", None]


async def test_a_receipt_does_not_bring_a_deleted_message_back() -> None:
    deleted = InvokeDeleted(account=ACCOUNT, invoke_id=InvokeId("1"), at=START)
    store = await History().add(invoke(1), send(0), deleted, reported(send(0), "delivered")).folded()
    assert await store.find(messages.COLLECTION, {}) == []


STATUSES: tuple[ReceiptStatus | None, ...] = (None, *get_args(ReceiptStatus))
a_receipt = st.builds(
    lambda status, at, attempt, part, parts, bounce, occurred: reported(
        ONE, status, START + at, attempt, part=part, parts=parts, is_bounce=bounce, occurred_at=occurred
    ),
    st.sampled_from(STATUSES),
    st.integers(1, 5),
    st.integers(1, 2),
    st.sampled_from(["", "p1", "p2"]),
    st.integers(1, 3),
    st.booleans(),
    st.none() | st.floats(START, START + 5),
)
a_reference = st.builds(
    lambda ref, status, at: by_reference(ref, status, START + at),
    st.sampled_from(["p1", "p2"]),
    st.sampled_from(STATUSES),
    st.integers(1, 5),
)
answers = st.sampled_from([accepted(ONE, ref="p1,p2"), refused(), unknown(), unknown(resend=True), accepted(ONE, 2)])


@patient
@given(st.data(), st.lists(a_receipt | a_reference | answers, max_size=8))
async def test_any_facts_in_any_order_and_repetition_give_the_same_documents(
    data: st.DataObject, facts: list[Payload]
) -> None:
    history = History().add(ONE, *facts)
    batches: list[list[Record]] = data.draw(shuffled(history.records))
    store, as_logged = await folded(batches), await history.folded()
    assert await documents(store) == await documents(as_logged)
    answer = await messages.get(store, ACCOUNT, ONE.message_id)
    assert answer == await messages.get(as_logged, ACCOUNT, ONE.message_id)


@pytest.mark.parametrize("reports", [1, 20])
async def test_a_document_does_not_grow_by_what_a_vendor_repeats(reports: int) -> None:
    history = History().add(ONE, *(reported(ONE, "delivered", START + n) for n in range(reports)))
    (document,) = await (await history.folded()).find(messages.COLLECTION, {})
    kept = document["reports"]
    assert isinstance(kept, dict)
    assert len(kept) == 1


def _entries(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value
