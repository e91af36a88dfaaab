"""The read models made anew from the log while an invoke runs, and questions about the past, on the real system."""

import asyncio
import json
from typing import Any

from dapi_common.clock import rfc3339
from local_stack.system import CommandFailed, Credentials, System

from .api import World, now, people, world_of

CONTACTS = 400
TIMES = 6
LATE = 2
"""Edits that may be seen a moment later than their 200: a gateway waits for so long only (docs/reliability.md, 5)."""


async def rebuilt(world: World, *options: str) -> dict[str, Any]:
    """What `dapi rebuild` says. As operators do, it is asked again when the store was too busy: nothing has changed."""
    for _ in range(TIMES):
        try:
            return dict(json.loads(await world.system.dapi("rebuild", *options)))
        except CommandFailed as failure:
            if not any(reason in str(failure) for reason in ("StoreUnavailable", "Unheld", "Busy")):
                raise
            await asyncio.sleep(1)
    raise AssertionError(f"not done in {TIMES} times")


async def edit_while(world: World, list_id: str, rebuilding: "asyncio.Task[dict[str, Any]]") -> int:
    """Changes a list until the rebuild is done; every change is seen after its 200, but for some whose fold its
    gateway had no patience for. How often."""
    edits, late = 0, set[int]()
    while not rebuilding.done():
        edits += 1
        await world.client.call("POST", f"/v1/lists/{list_id}", {"metadata": {"edit": str(edits)}})
        async with asyncio.timeout(10):
            while (await world.client.call("GET", f"/v1/lists/{list_id}"))["metadata"] != {"edit": str(edits)}:
                late.add(edits)
    assert len(late) <= LATE
    return edits


async def test_a_rebuild_while_an_invoke_runs_gives_identical_checksums_and_then_serves(
    system: System, account: Credentials
) -> None:
    async with world_of(system, account) as world:
        gone = await world.invoke(await world.list_of(people(3)))
        await world.until_ended(gone)
        await world.client.call("DELETE", f"/v1/invokes/{gone}")
        contacts = people(CONTACTS, orders=20)
        pace = {"sms": {"mps": "8"}}
        invoke = await world.invoke(await world.list_of(contacts), throughput=pace)
        edited = str((await world.client.call("PUT", "/v1/lists", {}))["id"])

        checked = await rebuilt(world, "--check")
        assert checked["identical"], checked["different"]
        rebuilding = asyncio.create_task(rebuilt(world, "--grace", "8"))
        assert await edit_while(world, edited, rebuilding) > 3
        report = await rebuilding
        assert report["identical"], report["different"]
        assert report["switched"]
        for models in (checked["read_models"], report["read_models"]):
            assert all(model["serving"] == model["rebuilt"] for model in models.values())
            assert models["messages"]["documents"] > 0

        status, progress = await world.counts(invoke)
        assert (status, progress["total"]) == ("running", CONTACTS)
        assert progress["pending"] > 0
        await world.client.call("POST", f"/v1/invokes/{invoke}", {"throughput": {"sms": {"mps": "1000"}}})
        assert (await world.until_ended(invoke))["completed"] == CONTACTS
        assert len(await world.submissions(contacts)) == CONTACTS
        again = await rebuilt(world, "--check")
        assert again["identical"], again["different"]
        assert again["serving"] == report["rebuilt"]


async def test_what_was_answered_then_is_answered_again(system: System, account: Credentials) -> None:
    async with world_of(system, account) as world:
        call = world.client.call
        list_id = await world.list_of(people(4))
        invoke = await world.invoke(list_id)
        await world.until_ended(invoke)
        await world.statuses(invoke, {"completed": 4})
        message = await world.send("+447900000001")
        await world.message_until(message, "completed")
        paths = [f"/v1/messages/{message}", "/v1/messages", f"/v1/invokes/{invoke}", "/v1/invokes",
                 f"/v1/lists/{list_id}", "/v1/lists", "/v1/accounts/credits"]  # fmt: skip
        answers = [await call("GET", path) for path in paths]
        await asyncio.sleep(0.05)
        then = rfc3339(now())
        await asyncio.sleep(0.05)
        await call("DELETE", f"/v1/invokes/{invoke}")
        await call("DELETE", f"/v1/lists/{list_id}")
        await world.send("+447900000002")
        assert [await call("GET", f"{path}?at={then}") for path in paths] == answers
        assert await call("GET", "/v1/lists") != answers[paths.index("/v1/lists")]
        assert await world.refusal("GET", f"/v1/lists/{list_id}") == (404, "not-found")
