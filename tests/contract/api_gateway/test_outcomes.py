"""What becomes of a write: accepted, refused, not known in time; and of a read with the store away."""

import asyncio

import pytest

from dapi_common import topics
from dapi_common.bus.port import Output
from dapi_common.events import commands
from dapi_common.events.outcomes import CommandOutcome

from .world import ALICE, MESSAGE, NEXMO, World

REFUSALS = [
    "provider-invalid", "list-limit-reached", "list-contacts-limit-reached", "list-invalid-contact",
    "invoke-invalid-list", "invoke-running", "invoke-invalid-status", "invoke-invalid-throughput",
    "message-invalid-provider", "credits-insufficient",
]  # fmt: skip


@pytest.mark.parametrize("code", REFUSALS)
async def test_the_planners_refusal_is_the_answer(world: World, code: str) -> None:
    world.planner.refusal = (code, "Because.", "/provider")
    answer = await world.alice("PUT", "/v1/messages", MESSAGE)
    assert answer.blamed == (400, code, "/provider")
    assert answer.body["error-description"] == "Because."


async def test_what_the_planner_does_not_find_is_as_what_the_gateway_does_not_find(world: World) -> None:
    world.planner.refusal = ("not-found", "No such list.", None)
    planners, gateways = await world.alice("DELETE", "/v1/lists/5"), await world.alice("GET", "/v1/lists/5")
    assert planners.status == 404
    assert {**planners.body, "request-id": ""} == {**gateways.body, "request-id": ""}


async def test_an_outcome_that_does_not_come_is_unknown_and_says_when_to_ask_again(world: World) -> None:
    world.planner.silent = True
    answer = await world.alice("PUT", "/v1/messages", MESSAGE)
    assert answer.blamed == (503, "outcome-unknown", None)
    assert int(answer.headers["Retry-After"]) >= 1


async def test_a_log_that_does_not_take_the_command_is_unknown_too(world: World) -> None:
    async def never(output: Output, timeout: float) -> tuple[int, int]:
        raise TimeoutError

    world.asks._publisher.publish = never  # type: ignore[method-assign]  # the log's one failure
    assert (await world.alice("PUT", "/v1/messages", MESSAGE)).blamed == (503, "outcome-unknown", None)


async def test_outcomes_of_others_and_of_nobody_wake_nobody(world: World) -> None:
    world.planner.silent = True
    asking = asyncio.create_task(world.alice("PUT", "/v1/messages", MESSAGE))
    while not world.sent():
        await asyncio.sleep(0)
    mine: commands.CreateMessage = world.sent()[0]
    bus = world.bus.publisher()
    outcome = CommandOutcome(account=ALICE, command_id=mine.command_id, ids=("7",))
    await bus.publish(Output(topics.OUTCOMES, outcome, "gateway-2"), 1.0)
    stranger = outcome.model_copy(update={"command_id": "another", "ids": ("8",)})
    await bus.publish(Output(topics.OUTCOMES, stranger, mine.reply_to), 1.0)
    await bus.publish(Output(topics.OUTCOMES, outcome.model_copy(update={"ids": ("9",)}), mine.reply_to), 1.0)
    await bus.publish(Output(topics.OUTCOMES, outcome, mine.reply_to), 1.0)
    assert (await asking).body == {"id": "9"}


async def test_a_projector_that_stands_still_delays_the_answer_and_changes_nothing_else(world: World) -> None:
    world.planner.folding = False
    assert (await world.alice("PUT", "/v1/messages", MESSAGE)).body == {"id": "1"}


async def test_with_the_store_away_writes_go_on_and_reads_say_when_to_come_back(world: World) -> None:
    world.planner.folding, world.store.available = False, False
    assert (await world.alice("PUT", "/v1/providers/nexmo", NEXMO)).status == 200
    assert (await world.alice("GET", "/v1/limits")).status == 200
    for path in ("/v1/messages", "/v1/messages/1", "/v1/providers", "/v1/credits", "/v1/invokes/1", "/v1/lists/1"):
        answer = await world.alice("GET", path)
        assert answer.blamed == (503, "store-unavailable", None)
        assert int(answer.headers["Retry-After"]) >= 1


async def test_a_command_says_who_asked_when_and_where_the_answer_goes(world: World) -> None:
    body = {**MESSAGE, "ttl": "60", "on-unknown": "resend"}
    await asyncio.gather(*(world.alice("PUT", "/v1/messages", body) for _ in range(10)))
    sent: list[commands.CreateMessage] = list(world.sent())
    assert len({command.command_id for command in sent}) == 10
    assert {(c.account, c.reply_to, c.at, c.ttl, c.on_unknown) for c in sent} == {
        (ALICE, "gateway-1", 1_700_000_000.0, 60.0, "resend")
    }


async def test_a_message_lives_for_a_day_unless_it_says_otherwise(world: World) -> None:
    await world.alice("PUT", "/v1/messages", MESSAGE)
    assert (world.sent()[0].ttl, world.sent()[0].on_unknown) == (86_400.0, "fail")
