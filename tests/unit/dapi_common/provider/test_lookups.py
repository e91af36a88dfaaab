"""Unclear sends whose vendor can be asked."""

from collections.abc import Sequence

from dapi_common.clock import ManualClock
from dapi_common.events.deliveries import DeliveryAccepted, DeliveryUnknown
from dapi_common.provider.adapter import Accepted, Message, Unclear
from dapi_common.provider.http import Http
from dapi_common.provider.lookups import AFTER, MARGIN, Lookups
from tests.unit.dapi_common.provider.world import T0, Fake, World, no_http, send

LOST = Unclear("no-answer", "no answer")


class Asked(Fake):
    """Its vendor knows what `has` says."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.has: dict[str, list[Accepted] | Exception] = {}
        self.looks: list[tuple[str, float, float]] = []
        """Message, since, when."""

    async def lookup(self, message: Message, since: float, http: Http) -> Sequence[Accepted]:
        self.looks.append((message.id, since, self._clock.now()))
        known = self.has.get(message.id, [])
        if isinstance(known, Exception):
            raise known
        return known


def asking() -> tuple[World, Asked]:
    world = World()
    vendor = Asked(world.clock)
    world.adapter, world.lookups = vendor, Lookups(vendor, no_http(), world._sleep)
    world.start()
    return world, vendor


async def test_a_send_without_an_answer_is_settled_by_what_the_vendor_has() -> None:
    world, vendor = asking()
    vendor.answers["1"], vendor.has["1"] = LOST, [Accepted("found", {"sid": "found"})]
    world.append(send(1))
    await world.until_done()
    [fact] = world.of(DeliveryAccepted)
    assert (fact.provider_ref, fact.reply) == ("found", {"sid": "found"})
    assert world.of(DeliveryUnknown) == []
    assert vendor.looks[0] == ("1", T0 - MARGIN, T0 + AFTER[0])


async def test_a_vendor_that_has_nothing_is_asked_again_and_proves_nothing() -> None:
    world, vendor = asking()
    vendor.answers["1"] = LOST
    world.append(send(1))
    await world.until_done()
    [fact] = world.of(DeliveryUnknown)
    assert fact.code == "no-answer"
    assert len(vendor.looks) == len(AFTER)


async def test_what_the_vendor_has_of_another_message_is_not_taken_for_this_one() -> None:
    world, vendor = asking()
    vendor.answers["1"], vendor.answers["2"] = Accepted("first"), LOST
    vendor.has["2"] = [Accepted("first"), Accepted("second")]
    world.append(send(1), send(2))
    await world.until_done()
    assert {fact.message_id: fact.provider_ref for fact in world.of(DeliveryAccepted)} == {"1": "first", "2": "second"}


async def test_two_unclear_ones_never_share_what_the_vendor_has() -> None:
    world, vendor = asking()
    for name in ("1", "2"):
        vendor.answers[name], vendor.has[name] = LOST, [Accepted("only")]
    world.append(send(1), send(2))
    await world.until_done()
    assert [fact.provider_ref for fact in world.of(DeliveryAccepted)] == ["only"]
    assert len(world.of(DeliveryUnknown)) == 1


async def test_what_a_process_had_begun_when_it_died_is_looked_up_by_the_next() -> None:
    world, vendor = asking()
    vendor.has["1"] = [Accepted("found")]
    world.append(send(1, slot=T0 - 0.02))
    world.commit(world.begin())
    world.crash()
    await world.until_done()
    assert [fact.provider_ref for fact in world.of(DeliveryAccepted)] == ["found"]
    assert world.called() == []
    assert vendor.looks[0][1] == T0 - 0.02 - MARGIN


async def test_a_look_up_that_fails_leaves_the_send_unclear() -> None:
    world, vendor = asking()
    vendor.answers["1"], vendor.has["1"] = LOST, RuntimeError("a defect")
    world.append(send(1))
    await world.until_done()
    assert len(world.of(DeliveryUnknown)) == 1
