"""The story of a message, and that it does not depend on the order in which it was folded."""

from hypothesis import given

from api_gateway.views import story
from dapi_common.bus.port import Record
from dapi_common.events.deliveries import (
    DeliveryDeferred,
    DeliveryDropped,
    DeliveryUnknown,
)
from dapi_common.events.invokes import MessageSkipped
from dapi_common.ids import ContactId, InvokeId, MessageId
from tests.unit.api_gateway.views.history import (
    ACCOUNT,
    OTHER,
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
    planned,
    reported,
    send,
    shuffled,
)

ONE = MessageId("1")
OF_INVOKE = MessageId("1-1")
PLANNED = planned(1).model_copy(update={"at": START + 25})


def deferred(attempt: int, at: float) -> DeliveryDeferred:
    return DeliveryDeferred(code="1", description="Throttled", retry_at=at + 9, **about(message(1), attempt, at))


def unknown(attempt: int, at: float, resend: bool = False) -> DeliveryUnknown:
    return DeliveryUnknown(code="timeout", description="No answer", resend=resend, **about(message(1), attempt, at))


async def told(history: History, message_id: MessageId = ONE) -> list[tuple[str, str, str]]:
    """Type, attempt and code of each entry."""
    found = await story.get(await history.folded(), ACCOUNT, message_id)
    assert found
    assert found["id"] == message_id
    entries = found["events"]
    assert isinstance(entries, list)
    assert all(isinstance(value, str) for entry in entries for value in entry.values())
    return [(entry["type"], entry["attempt"], entry["error-code"]) for entry in entries]


async def test_each_try_is_told_in_the_order_of_time_and_then_what_it_amounts_to() -> None:
    history = History().add(message(1), accepted(message(1), 3, START + 30), deferred(2, START + 20))
    history.add(deferred(1, START + 10))
    assert await told(history) == [
        ("message.accepted", "0", ""),
        ("delivery.deferred", "1", "1"),
        ("delivery.deferred", "2", "1"),
        ("delivery.accepted", "3", ""),
        ("message.completed", "3", ""),
    ]


async def test_an_entry_has_a_time_a_provider_and_the_providers_words_and_no_credentials() -> None:
    found = await story.get(await History().add(message(1), deferred(1, START + 10)).folded(), ACCOUNT, ONE)
    assert found
    entries = found["events"]
    assert isinstance(entries, list)
    assert entries[1] == {
        "type": "delivery.deferred",
        "at": "2023-11-14T22:13:30.000000Z",
        "attempt": "1",
        "provider": "nexmo",
        "error-code": "1",
        "error-description": "Throttled",
    }


async def test_silence_is_told_even_when_the_answer_comes_after_all() -> None:
    history = History().add(message(1), unknown(1, START + 10), accepted(message(1), 1, START + 50))
    assert await told(history) == [
        ("message.accepted", "0", ""),
        ("delivery.unknown", "1", "timeout"),
        ("delivery.accepted", "1", ""),
        ("message.completed", "1", ""),
    ]


async def test_a_drop_is_told_even_when_something_stronger_came() -> None:
    dropped = DeliveryDropped(reason="expired", **about(message(1), 2, START + 20))
    history = History().add(message(1), unknown(1, START + 10, resend=True), dropped)
    assert [entry[0] for entry in await told(history)][1:] == ["delivery.unknown", "delivery.dropped", "message.failed"]
    history.add(accepted(message(1), 1, START + 50))
    assert (await told(history))[2:] == [
        ("delivery.dropped", "2", "expired"),
        ("delivery.accepted", "1", ""),
        ("message.completed", "1", ""),
    ]


async def test_a_message_of_an_invoke_begins_with_the_invoke() -> None:
    assert await told(History().add(invoke(1), PLANNED, send(0), accepted(send(0))), OF_INVOKE) == [
        ("invoke.accepted", "0", ""),
        ("invoke.planned", "0", ""),
        ("send.requested", "0", ""),
        ("delivery.accepted", "1", ""),
        ("message.completed", "1", ""),
    ]


async def test_a_contact_that_was_skipped_was_never_asked_for() -> None:
    skipped = MessageSkipped(
        account=ACCOUNT,
        message_id=OF_INVOKE,
        n=1,
        invoke_id=InvokeId("1"),
        index=0,
        contact_id=ContactId("1"),
        provider="twilio",
        channel="sms",
        address="+31600000001",
        reason="provider-not-found",
        at=START + 30,
    )
    assert await told(History().add(invoke(1), PLANNED, skipped), OF_INVOKE) == [
        ("invoke.accepted", "0", ""),
        ("invoke.planned", "0", ""),
        ("message.skipped", "0", "provider-not-found"),
        ("message.failed", "0", "provider-not-found"),
    ]


async def test_what_nobody_knows_and_what_is_anothers_has_no_story() -> None:
    store = await History().add(message(1), accepted(message(2))).folded()
    assert await story.get(store, OTHER, ONE) is None
    assert await story.get(store, ACCOUNT, MessageId("2")) is None


async def test_receipts_are_told_once_each_by_what_they_mean_at_the_vendors_time() -> None:
    history = History().add(message(1), accepted(message(1), 2, START + 30), reported(message(1), None, START + 99))
    late = reported(message(1), "delivered", START + 300, occurred_at=START + 40, part="p1", attempt=2)
    again = late.model_copy(update={"at": START + 400})
    history.add(late, again, by_reference("ref-1", "undelivered", START + 60, code="7", description="Gone"))
    found = await story.get(await history.folded(), ACCOUNT, ONE)
    assert found
    entries = found["events"]
    assert isinstance(entries, list)
    told = [(entry["type"], entry["attempt"], entry.get("event"), entry.get("part")) for entry in entries]
    assert told[3:] == [
        ("receipt.delivered", "2", "delivered", "p1"),
        ("receipt.undelivered", "2", "undelivered", None),
        ("receipt.news", "1", "opened", None),
    ]
    assert entries[3]["at"] == "2023-11-14T22:14:00.000000Z"
    assert (entries[4]["error-code"], entries[4]["error-description"]) == ("7", "Gone")
    assert "event" not in entries[0]


async def test_a_receipt_alone_tells_that_the_message_was_taken() -> None:
    history = History().add(message(1), unknown(1, START + 10), reported(message(1), "sent", START + 50))
    assert await told(history) == [
        ("message.accepted", "0", ""),
        ("delivery.unknown", "1", "timeout"),
        ("receipt.sent", "1", ""),
        ("message.completed", "1", ""),
    ]


WHOLE = History().add(
    message(1),
    deferred(1, START + 10),
    unknown(2, START + 20, resend=True),
    unknown(3, START + 30),
    DeliveryDropped(reason="expired", **about(message(1), 4, START + 40)),
    accepted(message(1), 3, START + 50),
    reported(message(1), "delivered", START + 60, 3),
)


@patient
@given(shuffled(WHOLE.records))
async def test_order_and_repetition_change_nothing(batches: list[list[Record]]) -> None:
    assert await documents(await folded(batches)) == await documents(await WHOLE.folded())
