"""Contacts as clients see them, and as an invoke snapshots them."""

from hypothesis import given

from api_gateway.views import contacts
from api_gateway.views.pages import Slice
from dapi_common.bus.port import Record
from dapi_common.contacts import details, snapshot
from dapi_common.events.lists import ContactRemoved, ContactUpdated, ListDeleted
from dapi_common.ids import ContactId, ListId
from dapi_common.store.memory import MemoryStore
from tests.unit.api_gateway.views.history import (
    ACCOUNT,
    OTHER,
    START,
    History,
    added,
    contact,
    documents,
    folded,
    patient,
    rewound,
    some_list,
)

ONE = ListId("1")


def updated(number: int, address: str, at: float = START + 50) -> ContactUpdated:
    return ContactUpdated(
        account=ACCOUNT, list_id=ONE, contact_id=ContactId(str(number)), contact=contact(address, 7), at=at
    )


def removed(number: int) -> ContactRemoved:
    return ContactRemoved(account=ACCOUNT, list_id=ONE, contact_id=ContactId(str(number)), at=START + 60)


def deleted() -> ListDeleted:
    return ListDeleted(account=ACCOUNT, list_id=ONE, at=START + 70)


HISTORY = History().add(
    some_list(),
    added(1, "a", "b", "c"),  # offset 1
    updated(2, "b2"),
    added(4, "d", at=START + 40),  # 3
    updated(2, "b3", START + 55),
    updated(4, "d2"),  # 5
    removed(1),
    some_list(2),
    added(1, "z", number=2),  # 8
)


async def test_a_contact_answers_in_the_documented_shape() -> None:
    store = await HISTORY.folded()
    assert await contacts.get(store, ACCOUNT, ONE, ContactId("3")) == {
        "id": "3",
        "type": "sms",
        "provider": "twilio",
        "order": "1",
        "contact": "c",
        "created-at": "2023-11-14T22:13:30.000000Z",
        "updated-at": "2023-11-14T22:13:30.000000Z",
    }


async def test_an_edited_contact_keeps_its_id_and_when_it_was_added() -> None:
    shown = await contacts.get(await HISTORY.folded(), ACCOUNT, ONE, ContactId("4"))
    assert shown
    assert (shown["id"], shown["contact"], shown["order"]) == ("4", "d2", "7")
    assert (shown["created-at"], shown["updated-at"]) == ("2023-11-14T22:14:00.000000Z", "2023-11-14T22:14:10.000000Z")


async def test_pages_are_by_id_and_skip_what_was_removed() -> None:
    store = await HISTORY.folded()
    found = [await contacts.page(store, ACCOUNT, ONE, Slice(2, page)) for page in range(3)]
    assert [[shown["contact"] for shown in page.items] if page else None for page in found] == [["b3", "c"], ["d2"], []]
    assert [page.after if page else None for page in found] == ["3", None, None]


async def test_a_removed_contact_and_one_of_a_deleted_list_do_not_exist() -> None:
    assert await contacts.get(await HISTORY.folded(), ACCOUNT, ONE, ContactId("1")) is None
    store = await History().add(some_list(), added(1, "a"), deleted()).folded()
    assert await contacts.get(store, ACCOUNT, ONE, ContactId("1")) is None
    assert await contacts.page(store, ACCOUNT, ONE, Slice()) is None


async def test_another_accounts_contact_does_not_exist() -> None:
    store = await HISTORY.folded()
    assert await contacts.get(store, OTHER, ONE, ContactId("3")) is None
    assert await contacts.page(store, OTHER, ONE, Slice()) is None


async def _at(store: MemoryStore, position: int) -> list[str]:
    keys = await snapshot(store, ACCOUNT, ONE, position, 100)
    return sorted(planned.address for planned in await details(store, ACCOUNT, ONE, keys))


async def test_a_snapshot_sees_the_list_as_it_stood_at_its_position() -> None:
    store = await HISTORY.folded()
    assert await _at(store, 1) == []
    assert await _at(store, 2) == ["a", "b", "c"]
    assert await _at(store, 3) == ["a", "b2", "c"]
    assert await _at(store, 4) == ["a", "b2", "c", "d"]
    assert await _at(store, 6) == ["a", "b3", "c", "d2"]
    assert await _at(store, 9) == ["b3", "c", "d2"]


async def test_a_closed_version_says_when_it_ended_so_that_it_expires() -> None:
    found = await (await HISTORY.folded()).find(contacts.COLLECTION, {"address": "a"})
    ended = found[0]["ended_at"]
    assert not isinstance(ended, str)
    assert str(ended) == "2023-11-14 22:14:20+00:00"


@patient
@given(rewound(HISTORY.records))
async def test_order_and_repetition_change_nothing(batches: list[list[Record]]) -> None:
    assert await documents(await folded(batches)) == await documents(await HISTORY.folded())


@patient
@given(rewound([*HISTORY.records, *History().add(*[some_list(9)] * 9, deleted()).records[9:]]))
async def test_nor_does_it_once_the_list_is_deleted(batches: list[list[Record]]) -> None:
    found = await documents(await folded(batches))
    assert all(document["ended_at"] for document in found[contacts.COLLECTION] if document["list_id"] == "1")
    assert [document["_id"] for document in found[contacts.ADDITIONS]] == ["a1/2/1"]
