import asyncio
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from dapi_common.bus.offsets import METADATA_BYTES
from dapi_common.events import deliveries
from dapi_common.events.deliveries import DeliveryFact
from dapi_common.pacing import LOOKAHEAD
from tests.unit.dapi_common.provider.world import T0, TOPIC, World, send, stopped

_MOVES = st.sampled_from(["step", "commit", "call", "crash", "wait", "append"])


async def _history(moves: list[str], accounts: list[int]) -> World:
    """Sends of several accounts with different paces, and a process that dies at any of its moves."""
    world = World(limit=6)
    pending = None
    todo = [send(n, f"a{account}", mps=1 + 7 * account) for n, account in enumerate(accounts)]
    for move in moves:
        match move:
            case "append" if todo:
                world.append(todo.pop(0), gap=len(todo) % 3)
            case "step" if pending is None:
                pending = world.begin(3)
            case "commit" if pending is not None:
                world.commit(pending)
                pending = None
            case "call" if pending is None:
                await world.call()
            case "crash":
                world.crash()
                pending = None
            case "wait":
                world.clock.advance(0.3)
    world.crash()
    world.append(*todo)
    await world.until_done(600)
    return world


@settings(max_examples=150)
@given(st.lists(_MOVES, max_size=60), st.lists(st.integers(0, 3), min_size=1, max_size=25))
def test_wherever_the_process_dies_every_send_is_called_at_most_once_and_gets_one_answer(
    moves: list[str], accounts: list[int]
) -> None:
    world = asyncio.run(_history(moves, accounts))
    answered = Counter(fact.n for fact in world.facts)
    assert answered == Counter(range(len(accounts)))
    assert max(Counter(world.called()).values(), default=0) <= 1
    accepted = {fact.message_id for fact in world.of(deliveries.DeliveryAccepted)}
    unknown = {fact.message_id for fact in world.of(deliveries.DeliveryUnknown)}
    assert accepted <= set(world.called()) <= accepted | unknown
    assert world.committed[TOPIC].offset == world.log[-1].offset + 1


async def test_what_is_done_out_of_order_never_outgrows_the_commit_s_metadata() -> None:
    world = World()
    for n in range(1500):
        world.append(send(2 * n, "slow", mps=1, room=1.0), send(2 * n + 1, "fast", room=0.001), gap=1)
    longest = 0
    for _ in range(300):
        await world.turn()
        longest = max(longest, len(world.committed[TOPIC].metadata))
        world.clock.advance(0.1)
    assert METADATA_BYTES // 2 < longest <= METADATA_BYTES
    before = len(world.facts)
    world.crash()
    await world.until_done(5)
    assert len(world.facts) > before
    assert max(Counter(world.called()).values()) == 1


async def test_a_stop_of_every_other_record_of_a_long_backlog_still_fits() -> None:
    world = World()
    for n in range(2000):
        world.append(send(n, invoke="1"), send(n, invoke="2", slot=T0 + LOOKAHEAD))
    world.append(stopped("1"))
    for _ in range(100):
        await world.turn()
        world.clock.advance(0.001)
        assert len(world.committed[TOPIC].metadata) <= METADATA_BYTES
    assert world.called() == []
    world.clock.advance(3600)
    await world.until_done(600)
    assert Counter(type(fact) for fact in world.facts) == Counter(
        {deliveries.DeliveryDropped: 2000, deliveries.DeliveryAccepted: 2000}
    )
    assert all(isinstance(fact, DeliveryFact) for fact in world.facts)
