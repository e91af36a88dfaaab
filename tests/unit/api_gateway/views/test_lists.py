"""Lists as clients see them."""

from hypothesis import given

from api_gateway.views import lists
from api_gateway.views.pages import Slice
from dapi_common.bus.port import Record
from dapi_common.events.lists import ListDeleted, ListUpdated
from dapi_common.ids import ListId
from tests.unit.api_gateway.views.history import (
    ACCOUNT,
    OTHER,
    START,
    History,
    documents,
    folded,
    patient,
    shuffled,
    some_list,
)

ONE = ListId("1")


def updated(at: float, **metadata: object) -> ListUpdated:
    return ListUpdated(account=ACCOUNT, list_id=ONE, metadata=metadata, at=at)


def deleted(number: int) -> ListDeleted:
    return ListDeleted(account=ACCOUNT, list_id=ListId(str(number)), at=START + 90)


async def test_a_list_answers_in_the_documented_shape_with_its_metadata_unchanged() -> None:
    odd: dict[str, object] = {"name": "Test", "a.b": {"$set": 2**80}, "": [None, 1.5]}
    store = await History().add(some_list(1, **odd)).folded()
    assert await lists.get(store, ACCOUNT, ONE) == {
        "id": "1",
        "metadata": odd,
        "created-at": "2023-11-14T22:13:21.000000Z",
        "updated-at": "2023-11-14T22:13:21.000000Z",
    }


async def test_an_update_replaces_the_metadata_and_keeps_when_the_list_was_created() -> None:
    store = await History().add(some_list(1, name="Test"), updated(START + 60)).folded()
    shown = await lists.get(store, ACCOUNT, ONE)
    assert shown
    assert shown["metadata"] == {}
    assert (shown["created-at"], shown["updated-at"]) == ("2023-11-14T22:13:21.000000Z", "2023-11-14T22:14:20.000000Z")


async def test_a_deleted_list_is_gone_and_the_pages_close_ranks() -> None:
    store = await History().add(*(some_list(n) for n in range(1, 8)), deleted(1), deleted(4)).folded()
    assert await lists.get(store, ACCOUNT, ONE) is None
    found = [(await lists.page(store, ACCOUNT, Slice(2, page))).items for page in range(4)]
    assert [[shown["id"] for shown in items] for items in found] == [["2", "3"], ["5", "6"], ["7"], []]


async def test_another_accounts_list_does_not_exist() -> None:
    store = await History().add(some_list()).folded()
    assert await lists.get(store, OTHER, ONE) is None
    assert (await lists.page(store, OTHER, Slice())).items == []


HISTORY = History().add(
    some_list(1, name="Test"), updated(START + 5, name="x"), updated(START + 6), some_list(2), deleted(2), some_list(3)
)


@patient
@given(shuffled(HISTORY.records))
async def test_order_and_repetition_change_nothing(batches: list[list[Record]]) -> None:
    assert await documents(await folded(batches)) == await documents(await HISTORY.folded())
