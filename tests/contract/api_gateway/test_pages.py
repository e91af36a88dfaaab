"""Pages, cursors and filters."""

import pytest

from .world import CONTACT, MESSAGE, NEXMO, World


async def messages(world: World, count: int) -> None:
    """Messages "1" … `count`."""
    for _ in range(count):
        await world.alice("PUT", "/v1/messages", MESSAGE)


async def test_messages_come_newest_first_and_link_to_the_next_page(world: World) -> None:
    await messages(world, 5)
    seen, path = [], "/v1/messages?limit=2"
    while path:
        answer = await world.alice("GET", path)
        seen.append((answer.body["page"], [message["id"] for message in answer.body["messages"]]))
        path = answer.headers["Link"].partition("<")[2].partition(">")[0] if "Link" in answer.headers else ""
    assert seen == [("0", ["5", "4"]), ("1", ["3", "2"]), ("2", ["1"])]


async def test_a_page_may_be_named_by_its_number(world: World) -> None:
    await messages(world, 5)
    answer = await world.alice("GET", "/v1/messages?page=1&limit=2")
    assert (answer.body["page"], [message["id"] for message in answer.body["messages"]]) == ("1", ["3", "2"])


async def test_contacts_come_by_id(world: World) -> None:
    await world.alice("PUT", "/v1/lists")
    await world.alice("PUT", "/v1/lists/1/contacts", {"contacts": [CONTACT] * 3})
    answer = await world.alice("GET", "/v1/lists/1/contacts?limit=2")
    assert [contact["id"] for contact in answer.body["contacts"]] == ["2", "3"]
    assert 'rel="next"' in answer.headers["Link"]


async def test_a_page_past_the_end_is_empty(world: World) -> None:
    await messages(world, 1)
    answer = await world.alice("GET", "/v1/messages?page=999999999")
    assert (answer.body, "Link" in answer.headers) == ({"page": "999999999", "messages": []}, False)


@pytest.mark.parametrize(
    "query",
    ["page=-1", "page=x", "page=", "page=1.0", "page=1e3", "page=9999999999", "limit=0", "limit=1001", "limit=x",
     "after=x", "after=", "after=-1", "page=%D9%A1", "page=%00"],
)  # fmt: skip
@pytest.mark.parametrize(
    "path",
    ["/v1/messages", "/v1/lists", "/v1/lists/1/contacts", "/v1/invokes", "/v1/invokes/1", "/v1/inbound",
     "/v1/suppressions"],
)  # fmt: skip
async def test_a_bad_page_is_refused(world: World, path: str, query: str) -> None:
    assert (await world.alice("GET", f"{path}?{query}")).blamed == (400, "page-invalid", None)


async def test_filters_narrow_the_messages_and_stay_in_the_link(world: World) -> None:
    await world.alice("PUT", "/v1/providers/nexmo", NEXMO)
    await messages(world, 3)
    answer = await world.alice("GET", "/v1/messages?contact=%2B31612345678&status=pending&limit=2")
    assert len(answer.body["messages"]) == 2
    assert "contact=%2B31612345678" in answer.headers["Link"]
    for query in ("status=failed", "provider=twilio", "type=voice", "invoke_id=1", "contact=x", "status=%00$ne"):
        assert (await world.alice("GET", f"/v1/messages?{query}")).body["messages"] == []
