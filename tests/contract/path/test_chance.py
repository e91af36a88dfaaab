"""Order, stops, counts and money over random invokes, while every worker dies and nobody knows when."""

import os
from decimal import Decimal
from random import Random

import pytest

from dapi_common import topics
from dapi_common.events import deliveries
from tests.contract.path.chance import INVOKES, Ledger, Round
from tests.contract.path.world import World

pytestmark = pytest.mark.long

ROUNDS = int(os.environ.get("ROUNDS", "16"))
"""Of INVOKES invokes each; `ROUNDS=84` for a thousand and more."""
STOP_SECONDS = 2.0
FEE = Decimal("0.01")


def in_order(played: Round, ledger: Ledger, answered: dict[str, float]) -> None:
    """No first try of an order begins before every contact of the orders below has its first answer in the log."""
    for invoke, orders in played.orders.items():
        ids = {f"{invoke}-{n}": order for n, order in enumerate(orders, 1)}
        for level in set(orders):
            begins = [ledger.began[of][0] for of, order in ids.items() if order == level and of in ledger.began]
            below = [answered[of] for of, order in ids.items() if order < level and begins]
            assert max(below, default=0.0) <= min(begins, default=0.0), (invoke, level)


def stopped_in_time(played: Round, ledger: Ledger) -> None:
    """Nothing of an invoke starts once its stop has had its time."""
    for of, begins in ledger.began.items():
        at = played.stopped.get(of.partition("-")[0])
        assert at is None or max(begins) <= at + STOP_SECONDS, of


def final(facts: list[deliveries.DeliveryFact]) -> str:
    """What a message's facts say together."""
    if any(isinstance(fact, deliveries.DeliveryAccepted) for fact in facts):
        return "completed"
    if any(isinstance(fact, deliveries.DeliveryDropped) and fact.reason == "stopped" for fact in facts):
        return "stopped"
    return "failed" if any(not isinstance(fact, deliveries.DeliveryDeferred) for fact in facts) else "pending"


async def counted(played: Round, ledger: Ledger, facts: dict[str, list[deliveries.DeliveryFact]]) -> Decimal:
    """The counts are what the provider saw; what is to be paid."""
    fees = Decimal(0)
    for invoke, orders in played.orders.items():
        shown = {"completed": 0, "failed": 0, "stopped": 0}
        for n in range(1, len(orders) + 1):
            of = f"{invoke}-{n}"
            shown[final(facts[of]) if of in facts else "stopped"] += 1
            fees += FEE * paid(of, ledger, facts.get(of, []), bool(played.kills))
        counts = await played.look(invoke)
        assert {name: counts[name] for name in shown} == shown, invoke
        assert not shown["stopped"] or invoke in played.stopped
    return fees


def paid(of: str, ledger: Ledger, facts: list[deliveries.DeliveryFact], died: bool) -> bool:
    """Whether the message is paid for: the provider took it, or nobody knows."""
    unknown = [fact for fact in facts if isinstance(fact, deliveries.DeliveryUnknown)]
    assert ledger.took[of] <= 1, f"{of} was taken twice"
    assert len(unknown) <= 1, f"{of} was sent again although it was unclear"
    assert died or all(fact.code == "no-answer" for fact in unknown)
    if not unknown:
        assert ledger.took[of] == (final(facts) == "completed"), f"{of} is {final(facts)}, against its provider"
        tries = sum(isinstance(fact, deliveries.DeliveryDeferred) for fact in facts)
        answered = any(isinstance(fact, deliveries.DeliveryAccepted | deliveries.DeliveryRefused) for fact in facts)
        assert len(ledger.began[of]) == tries + answered, f"{of} was tried more often than is known"
    return final(facts) == "completed" or bool(unknown)


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_random_invokes_keep_their_promises_whatever_dies(seed: int) -> None:
    world, ledger = World(2), Ledger(seed)
    world.nexmo, ledger.clock = ledger, world.clock.now
    async with world:
        played = Round(world, Random(seed))
        await played.run()
        facts: dict[str, list[deliveries.DeliveryFact]] = {}
        for fact in world.facts(deliveries.DeliveryFact, topics.DELIVERIES):
            facts.setdefault(fact.message_id, []).append(fact)
        in_order(played, ledger, {of: told[0].at for of, told in facts.items()})
        stopped_in_time(played, ledger)
        fees = await counted(played, ledger, facts)
        assert world.booked() == await world.balance() == Decimal(1000) - fees
        assert len(played.orders) == INVOKES
        assert len(played.kills) >= 3
