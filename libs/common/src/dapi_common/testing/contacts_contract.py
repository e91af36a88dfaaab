"""What the planner may expect of contacts and plans over every Store. Subclass it with a fixture `store`."""

import pytest

from dapi_common import contacts
from dapi_common.events.shapes import PlannedContact
from dapi_common.ids import AccountId, ContactId, InvokeId, ListId
from dapi_common.store.port import Store, Upsert

ACCOUNT, LIST, INVOKE = AccountId("acme"), ListId("1"), InvokeId("3")


def version(contact: int, order: int, since: int, until: int = contacts.OPEN, account: AccountId = ACCOUNT) -> Upsert:
    """One version of a contact, as the projector writes it."""
    return Upsert(
        contacts.CONTACTS,
        contacts.version_id(account, LIST, contact, since),
        constant={
            "account": account, "list_id": LIST, "id": contact, "channel": "sms", "provider": "nexmo", "order": order,
            "address": f"+15550{contact:05}", "valid_from": since, "place": contacts.place(account, LIST, contact),
        },
        initial={"valid_to": until},
    )  # fmt: skip


class ContactsContract:
    async def test_a_snapshot_holds_the_versions_valid_at_its_position(self, store: Store) -> None:
        await store.write([
            version(1, order=5, since=10, until=20),
            version(1, order=1, since=20),
            version(2, order=3, since=10, until=30),
            version(3, order=2, since=40),
            version(4, order=0, since=10, account=AccountId("other")),
        ])  # fmt: skip
        assert await contacts.snapshot(store, ACCOUNT, LIST, 15, last_id=9) == [(3, 2, 10), (5, 1, 10)]
        assert await contacts.snapshot(store, ACCOUNT, LIST, 25, last_id=9) == [(1, 1, 20), (3, 2, 10)]
        assert await contacts.snapshot(store, ACCOUNT, LIST, 35, last_id=9) == [(1, 1, 20)]

    async def test_a_snapshot_leaves_out_ids_given_later(self, store: Store) -> None:
        await store.write([version(number, order=0, since=1) for number in (1, 2, 3)])
        assert await contacts.snapshot(store, ACCOUNT, LIST, 5, last_id=2) == [(0, 1, 1), (0, 2, 1)]
        assert await contacts.snapshot(store, ACCOUNT, LIST, 5, last_id=0) == []

    async def test_a_snapshot_reaches_beyond_one_scan(self, store: Store) -> None:
        await store.write([version(number, order=0, since=1) for number in (1, 10_000, 10_001, 20_001)])
        found = await contacts.snapshot(store, ACCOUNT, LIST, 5, last_id=20_001)
        assert [contact for _, contact, _ in found] == [1, 10_000, 10_001, 20_001]

    async def test_details_come_in_the_order_asked_for(self, store: Store) -> None:
        await store.write([version(number, order=number, since=1) for number in range(1, 301)])
        keys = [(number, number, 1) for number in range(300, 0, -1)]
        found = await contacts.details(store, ACCOUNT, LIST, keys)
        assert [contact.contact_id for contact in found] == [str(number) for _, number, _ in keys]
        assert found[0] == PlannedContact(
            channel="sms", provider="nexmo", order=300, address="+1555000300", contact_id=ContactId("300")
        )

    async def test_details_of_a_missing_contact_are_an_error(self, store: Store) -> None:
        with pytest.raises(LookupError):
            await contacts.details(store, ACCOUNT, LIST, [(0, 1, 1)])

    async def test_a_chunk_is_there_once_it_is_folded(self, store: Store) -> None:
        assert await contacts.chunk(store, ACCOUNT, INVOKE, 0) is None
        plan = [
            PlannedContact(channel="sms", provider="nexmo", order=0, address="+155500001", contact_id=ContactId("1")),
            PlannedContact(channel="push", provider="pushover", order=1, address="u", contact_id=ContactId("2")),
        ]
        key = contacts.chunk_id(ACCOUNT, INVOKE, 0)
        await store.write([Upsert(contacts.PLANS, key, constant={"contacts": [c.model_dump() for c in plan]})])
        assert await contacts.chunk(store, ACCOUNT, INVOKE, 0) == plan
        assert await contacts.chunk(store, ACCOUNT, INVOKE, 1) is None
