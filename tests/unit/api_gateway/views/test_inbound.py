"""What people sent back, as clients see it."""

import pytest
from hypothesis import given

from api_gateway.views import inbound
from api_gateway.views.inbound import Filters
from api_gateway.views.pages import Slice
from dapi_common.bus.port import Record
from dapi_common.events.inbound import InboundRecorded
from tests.unit.api_gateway.views.history import ACCOUNT, OTHER, START, History, documents, folded, patient, shuffled


def heard(n: int, kind: str = "message", provider: str = "nexmo", channel: str = "sms") -> InboundRecorded:
    return InboundRecorded.model_validate(
        {
            "account": ACCOUNT,
            "n": n,
            "inbound_id": f"in-{n}",
            "kind": kind,
            "provider": provider,
            "channel": channel,
            "sender": "+31612345678",
            "recipient": "+31201234567",
            "text": f"text {n}",
            "reply": {"msisdn": "31612345678", "a.b": {"$set": 2**80}},
            "at": START + n,
        }
    )


HISTORY = History().add(
    heard(1), heard(2, "opt-out"), heard(3, provider="twilio"), heard(4, "opt-out", "twilio", "voice"), heard(5)
)


async def test_it_answers_in_the_documented_shape_with_what_the_provider_posted_unchanged() -> None:
    store = await HISTORY.folded()
    assert await inbound.get(store, ACCOUNT, "2") == {
        "id": "2",
        "kind": "opt-out",
        "provider": "nexmo",
        "type": "sms",
        "from": "+31612345678",
        "to": "+31201234567",
        "text": "text 2",
        "provider_reply": {"msisdn": "31612345678", "a.b": {"$set": 2**80}},
        "created-at": "2023-11-14T22:13:22.000000Z",
        "updated-at": "2023-11-14T22:13:22.000000Z",
    }


async def test_pages_are_newest_first() -> None:
    store = await HISTORY.folded()
    found = [(await inbound.page(store, ACCOUNT, Slice(2, page))).items for page in range(4)]
    assert [[shown["id"] for shown in items] for items in found] == [["5", "4"], ["3", "2"], ["1"], []]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(kind="opt-out"), ["4", "2"]),
        (Filters(provider="twilio"), ["4", "3"]),
        (Filters(type="voice"), ["4"]),
        (Filters(kind="opt-out", provider="nexmo"), ["2"]),
        (Filters(kind="message", provider="twilio", type="sms"), ["3"]),
        (Filters(kind="nonsense"), []),
    ],
)
async def test_filters_narrow_the_pages(filters: Filters, ids: list[str]) -> None:
    store = await HISTORY.folded()
    found = await inbound.page(store, ACCOUNT, Slice(), filters)
    assert [shown["id"] for shown in found.items] == ids


async def test_a_filtered_page_has_a_cursor_to_the_next() -> None:
    store = await HISTORY.folded()
    first = await inbound.page(store, ACCOUNT, Slice(1), Filters(kind="opt-out"))
    assert first.after == "4"
    second = await inbound.page(store, ACCOUNT, Slice(1, after=4), Filters(kind="opt-out"))
    assert ([shown["id"] for shown in second.items], second.more) == (["2"], False)


async def test_another_accounts_does_not_exist() -> None:
    store = await HISTORY.folded()
    assert await inbound.get(store, OTHER, "1") is None
    assert (await inbound.page(store, OTHER, Slice())).items == []


@patient
@given(shuffled(HISTORY.records))
async def test_order_and_repetition_change_nothing(batches: list[list[Record]]) -> None:
    assert await documents(await folded(batches)) == await documents(await HISTORY.folded())
