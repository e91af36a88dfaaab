"""Suppressions as clients see them."""

import pytest
from hypothesis import given

from api_gateway.views import suppressions
from api_gateway.views.pages import Slice
from api_gateway.views.suppressions import Filters
from dapi_common.bus.port import Record
from dapi_common.events.inbound import ContactSuppressed, SuppressionLifted
from dapi_common.ids import SuppressionId
from tests.unit.api_gateway.views.history import ACCOUNT, OTHER, START, History, documents, folded, patient, shuffled

ANN, BOB = "+31612345678", "bob@example.org"


def suppressed(number: int, address: str = ANN, channel: str = "sms", reason: str = "opt-out") -> ContactSuppressed:
    said = {"channel": channel, "address": address, "reason": reason, "provider": "nexmo", "at": START + number}
    return ContactSuppressed.model_validate({"account": ACCOUNT, "suppression_id": str(number), **said})


def lifted(number: int) -> SuppressionLifted:
    return SuppressionLifted(account=ACCOUNT, suppression_id=SuppressionId(str(number)), at=START + 60)


HISTORY = History().add(
    suppressed(1), suppressed(2, BOB, "email", "bounce"), lifted(1), suppressed(3, channel="voice"), suppressed(4)
)


async def shown(filters: Filters | None = None) -> list[object]:
    found = await suppressions.page(await HISTORY.folded(), ACCOUNT, Slice(), filters)
    return [each["id"] for each in found.items]


async def test_a_suppression_answers_in_the_documented_shape() -> None:
    store = await HISTORY.folded()
    assert await suppressions.get(store, ACCOUNT, SuppressionId("2")) == {
        "id": "2",
        "type": "email",
        "contact": BOB,
        "reason": "bounce",
        "provider": "nexmo",
        "created-at": "2023-11-14T22:13:22.000000Z",
        "updated-at": "2023-11-14T22:13:22.000000Z",
    }


async def test_one_that_was_lifted_is_gone_and_the_pages_close_ranks() -> None:
    store = await HISTORY.folded()
    assert await suppressions.get(store, ACCOUNT, SuppressionId("1")) is None
    found = [(await suppressions.page(store, ACCOUNT, Slice(2, page))).items for page in range(3)]
    assert [[each["id"] for each in items] for items in found] == [["4", "3"], ["2"], []]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(type="voice"), ["3"]),
        (Filters(contact=ANN), ["4", "3"]),
        (Filters(contact=ANN, type="sms"), ["4"]),
        (Filters(contact=BOB), ["2"]),
        (Filters(contact="nobody"), []),
        (Filters(type="fax"), []),
    ],
)
async def test_filters_narrow_the_pages(filters: Filters, ids: list[str]) -> None:
    assert await shown(filters) == ids


async def test_another_accounts_suppression_does_not_exist() -> None:
    store = await HISTORY.folded()
    assert await suppressions.get(store, OTHER, SuppressionId("2")) is None
    assert (await suppressions.page(store, OTHER, Slice())).items == []


@patient
@given(shuffled(HISTORY.records))
async def test_order_and_repetition_change_nothing(batches: list[list[Record]]) -> None:
    assert await documents(await folded(batches)) == await documents(await HISTORY.folded())
