"""Messages as clients see them, and that their facts commute."""

from hypothesis import given
from hypothesis import strategies as st

from api_gateway.views import messages
from api_gateway.views.messages import Filters
from api_gateway.views.pages import Slice, cursor
from dapi_common.bus.port import Record
from dapi_common.events.deliveries import DeliveryDeferred, DeliveryDropped, DeliveryRefused, DeliveryUnknown
from dapi_common.events.invokes import InvokeDeleted, MessageSkipped
from dapi_common.ids import InvokeId, MessageId
from dapi_common.store.memory import MemoryStore
from tests.unit.api_gateway.views.history import (
    ACCOUNT,
    OTHER,
    START,
    History,
    about,
    accepted,
    documents,
    folded,
    invoke,
    message,
    patient,
    reported,
    send,
    shuffled,
)

ONE = MessageId("1")


def deferred(attempt: int) -> DeliveryDeferred:
    return DeliveryDeferred(
        code="1", description="Throttled", retry_at=START + 9, **about(message(1), attempt, START + 2)
    )


def unknown(attempt: int, resend: bool = False) -> DeliveryUnknown:
    fields = about(message(1), attempt, START + 3)
    return DeliveryUnknown(code="timeout", description="No answer came", resend=resend, **fields)


def refused(attempt: int) -> DeliveryRefused:
    return DeliveryRefused(
        reason="provider-rejected",
        code="6",
        description="Number barred",
        reply={"status": "6"},
        **about(message(1), attempt),
    )


async def one(history: History) -> dict[str, object]:
    shown = await messages.get(await history.folded(), ACCOUNT, ONE)
    assert shown
    return shown


async def test_a_new_message_is_pending_and_answers_in_the_documented_shape() -> None:
    assert await one(History().add(message(1))) == {
        "id": "1",
        "status": "pending",
        "provider": "nexmo",
        "type": "sms",
        "error-code": "",
        "error-description": "",
        "provider_reply": {},
        "arguments": {"from": "Dapi", "to": "+31600000001", "text": "This is a test"},
        "attempts": [],
        "created-at": "2023-11-14T22:13:21.000000Z",
        "updated-at": "2023-11-14T22:13:21.000000Z",
    }


async def test_an_accepted_message_is_completed_and_shows_the_reply_as_it_came() -> None:
    shown = await one(History().add(message(1), accepted(message(1))))
    assert shown["status"] == "completed"
    assert shown["provider_reply"] == {"status": "0", "to": "+31600000001", "message.price": "0.03", "$": 2**70}
    assert shown["updated-at"] == "2023-11-14T22:15:00.000000Z"


async def test_each_try_is_shown_with_its_time_outcome_and_error() -> None:
    shown = await one(History().add(message(1), deferred(1), refused(2)))
    assert shown["status"] == "failed"
    assert (shown["error-code"], shown["error-description"]) == ("provider-rejected", "Number barred")
    assert shown["provider_reply"] == {"status": "6"}
    assert shown["attempts"] == [
        {
            "attempt": "1",
            "at": "2023-11-14T22:13:22.000000Z",
            "outcome": "deferred",
            "error-code": "1",
            "error-description": "Throttled",
        },
        {
            "attempt": "2",
            "at": "2023-11-14T22:15:00.000000Z",
            "outcome": "refused",
            "error-code": "6",
            "error-description": "Number barred",
        },
    ]


async def test_silence_fails_a_message_unless_it_is_sent_again() -> None:
    assert (await one(History().add(message(1), unknown(1, resend=True))))["status"] == "pending"
    shown = await one(History().add(message(1), unknown(1)))
    assert (shown["status"], shown["error-code"]) == ("failed", "delivery-unknown")


async def test_a_definite_answer_settles_what_silence_left_open() -> None:
    shown = await one(History().add(message(1), unknown(1), accepted(message(1), at=START + 1)))
    assert (shown["status"], shown["error-code"]) == ("completed", "")
    assert [entry["outcome"] for entry in _entries(shown["attempts"])] == ["accepted"]


async def test_a_drop_is_no_attempt() -> None:
    dropped = DeliveryDropped(reason="expired", **about(message(1)))
    shown = await one(History().add(message(1), dropped))
    assert (shown["status"], shown["error-code"], shown["attempts"]) == ("failed", "expired", [])


async def test_a_skipped_contact_is_a_failed_message() -> None:
    skipped = MessageSkipped(
        account=ACCOUNT,
        message_id=MessageId("1-2"),
        n=2,
        invoke_id=InvokeId("1"),
        index=1,
        contact_id="2",
        provider="mailgun",
        channel="email",
        address="support@dapi.io",
        reason="message-invalid-provider",
        at=START,
    )
    shown = await messages.get(await History().add(skipped).folded(), ACCOUNT, MessageId("1-2"))
    assert shown
    assert (shown["status"], shown["error-code"]) == ("failed", "message-invalid-provider")
    assert (shown["invoke_id"], shown["contact_id"]) == ("1", "2")


async def test_an_answer_before_its_message_is_not_shown_yet() -> None:
    store = await History().add(accepted(message(1))).folded()
    assert await messages.get(store, ACCOUNT, ONE) is None
    assert (await messages.page(store, ACCOUNT, Slice())).items == []


async def test_another_accounts_message_does_not_exist() -> None:
    store = await History().add(message(1)).folded()
    assert await messages.get(store, OTHER, ONE) is None
    assert (await messages.page(store, OTHER, Slice())).items == []


SINGLE = History().add(
    message(1),
    deferred(1),
    unknown(2, resend=True),
    unknown(3),
    refused(3),
    accepted(message(1), 4),
    reported(message(1), "sent", START + 90),
    reported(message(1), "delivered", attempt=2),
    reported(message(1), "undelivered", attempt=3, is_bounce=True),
)


@patient
@given(shuffled(SINGLE.records))
async def test_order_and_repetition_change_nothing(batches: list[list[Record]]) -> None:
    assert await documents(await folded(batches)) == await documents(await SINGLE.folded())


OF_INVOKE = History().add(invoke(2), send(0), send(1), send(0, attempt=2), accepted(send(0), 2), accepted(send(1), 1))
DELETED = History().add(
    invoke(2),
    send(0),
    accepted(send(0)),
    InvokeDeleted(account=ACCOUNT, invoke_id=InvokeId("1"), at=START),
    send(1),
    message(9),
)


@patient
@given(shuffled(OF_INVOKE.records))
async def test_order_and_repetition_change_nothing_in_an_invoke(batches: list[list[Record]]) -> None:
    assert await documents(await folded(batches)) == await documents(await OF_INVOKE.folded())


@patient
@given(shuffled(DELETED.records))
async def test_late_facts_do_not_bring_a_deleted_message_back(batches: list[list[Record]]) -> None:
    found = await documents(await folded(batches))
    assert [document["_id"] for document in found[messages.COLLECTION]] == ["a1/9"]


async def _ids(store: MemoryStore, asked: Slice, filters: Filters | None = None) -> list[object]:
    return [shown["id"] for shown in (await messages.page(store, ACCOUNT, asked, filters)).items]


async def test_pages_are_newest_first() -> None:
    store = await History().add(*(message(n) for n in range(1, 26))).folded()
    assert await _ids(store, Slice(limit=10)) == [str(n) for n in range(25, 15, -1)]
    assert await _ids(store, Slice(limit=10, page=2)) == ["5", "4", "3", "2", "1"]
    assert await _ids(store, Slice(limit=10, page=3)) == []


@patient
@given(gaps=st.sets(st.integers(1, 40)), limit=st.integers(1, 12))
async def test_the_cursor_walks_over_every_message_once_whatever_holes_there_are(gaps: set[int], limit: int) -> None:
    present = [n for n in range(1, 41) if n not in gaps]
    store = await History().add(invoke(1), *(message(n) for n in present)).folded()
    seen: list[object] = []
    page = await messages.page(store, ACCOUNT, Slice(limit))
    while True:
        seen += [shown["id"] for shown in page.items]
        if not page.after:
            break
        page = await messages.page(store, ACCOUNT, Slice(limit, after=cursor(page.after)))
    assert seen == [str(n) for n in reversed(present)]


@patient
@given(gaps=st.sets(st.integers(1, 40)), limit=st.integers(1, 12))
async def test_numbered_pages_do_so_too(gaps: set[int], limit: int) -> None:
    present = [n for n in range(1, 41) if n not in gaps]
    store = await History().add(invoke(1), *(message(n) for n in present)).folded()
    found = [shown for page in range(42) for shown in await _ids(store, Slice(limit, page))]
    assert found == [str(n) for n in reversed(present)]


async def test_filters_combine() -> None:
    history = History().add(*(message(n, "nexmo" if n % 2 else "twilio") for n in range(1, 9)))
    store = await history.add(accepted(message(3)), accepted(message(4)), invoke(1, 7, 9), send(0, 7, 9)).folded()
    assert await _ids(store, Slice(), Filters(status="completed")) == ["4", "3"]
    assert await _ids(store, Slice(), Filters(status="completed", provider="nexmo")) == ["3"]
    assert await _ids(store, Slice(limit=2, page=1), Filters(status="pending")) == ["7", "6"]
    assert await _ids(store, Slice(), Filters(invoke_id="7")) == ["7-1"]
    assert await _ids(store, Slice(), Filters(contact="+31600000001", type="sms")) == ["7-1", "7", "5", "3", "1"]
    assert await _ids(store, Slice(), Filters(type="email")) == []


def _entries(shown: object) -> list[dict[str, object]]:
    assert isinstance(shown, list)
    return shown
