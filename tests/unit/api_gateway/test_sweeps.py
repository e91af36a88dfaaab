"""Deleting what has many documents, in a store that changes only so many in one transaction."""

from collections.abc import Sequence

from api_gateway.views import contacts, invokes, messages
from api_gateway.views.pages import SWEPT
from dapi_common.events.invokes import InvokeDeleted
from dapi_common.events.lists import ListDeleted
from dapi_common.ids import InvokeId, ListId
from dapi_common.store.memory import MemoryStore
from dapi_common.store.port import Change, Remove, StoreUnavailable, Write
from tests.unit.api_gateway.views.history import ACCOUNT, START, History, added, invoke, projector, send, some_list


class Slow(MemoryStore):
    """Changing or removing more documents than a sweep's piece runs into the time limit, every time."""

    async def write(self, writes: Sequence[Write]) -> None:
        for write in writes:
            if isinstance(write, Change | Remove):
                found = await self.find(write.collection, write.where)
                if len(found) > SWEPT:
                    raise StoreUnavailable("no answer in time")
        await super().write(writes)


async def test_a_list_of_thousands_can_be_deleted() -> None:
    history = History().add(some_list())
    for first in (1, 1501):
        history.add(added(first, *["+31600000001"] * 1500))
    history.add(ListDeleted(account=ACCOUNT, list_id=ListId("1"), at=START))
    store = Slow()
    await projector(store).fold(history.records)
    found = await store.find(contacts.COLLECTION, {})
    assert len(found) == 3000
    assert all(document["valid_to"] == 3 for document in found)
    assert not await store.find(contacts.ADDITIONS, {})


async def test_an_invoke_of_thousands_can_be_deleted() -> None:
    history = History().add(invoke(2500))
    history.add(*(send(index) for index in range(2500)))
    deleted = History().add(InvokeDeleted(account=ACCOUNT, invoke_id=InvokeId("1"), at=START))
    store = Slow()
    works = projector(store)
    await works.fold(history.records)
    assert len(await store.find(messages.COLLECTION, {})) == 2500
    await works.fold(deleted.records)
    assert not await store.find(messages.COLLECTION, {})
    assert not await store.find(invokes.COLLECTION, {})
