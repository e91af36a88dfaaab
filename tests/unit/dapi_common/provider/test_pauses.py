"""The worker while a vendor refuses the account itself."""

from dapi_common.events.deliveries import DeliveryAccepted, DeliveryRefused
from dapi_common.events.receipts import ProviderPaused, ProviderResumed
from dapi_common.events.sends import ProviderRenewed
from dapi_common.provider.adapter import Refused
from dapi_common.provider.breaker import FIRST_PROBE
from tests.unit.dapi_common.provider.world import T0, VAULT, World, send, withdrawn

AUTH = Refused("4", "the credentials are invalid", auth=True)


async def paused() -> World:
    world = World()
    world.adapter.answers["1"] = AUTH
    world.append(send(1))
    await world.turn()
    world.commit(world.begin())
    return world


async def test_the_message_that_met_the_refusal_fails_and_the_log_hears_of_the_pause() -> None:
    world = await paused()
    [refused] = world.of(DeliveryRefused)
    assert (refused.message_id, refused.reason) == ("1", "provider-auth")
    [word] = world.words
    assert isinstance(word, ProviderPaused)
    assert (word.account, word.provider, word.code, word.probe_at - word.at) == ("acme", "fake", "4", FIRST_PROBE)


async def test_what_comes_next_is_put_back_untried_and_the_others_accounts_go_on() -> None:
    world = await paused()
    world.append(send(2), send(3, account="other"))
    await world.turn()
    assert world.called() == ["1", "3"]
    [again] = world.retries
    assert (again.message_id, again.attempt, again.held) == ("2", 1, True)
    assert again.not_before == T0 + FIRST_PROBE
    assert world.task._ledger.open <= 1


async def test_a_probe_that_passes_lets_the_others_go_at_once() -> None:
    world = await paused()
    world.clock.advance(FIRST_PROBE + 1)
    again = send(2, slot=world.clock.now())
    world.append(again.model_copy(update={"not_before": T0 + FIRST_PROBE, "held": True}))
    await world.until_done()
    assert [fact.message_id for fact in world.of(DeliveryAccepted)] == ["2"]
    resumed, renewed = world.words[1:]
    assert isinstance(resumed, ProviderResumed)
    assert isinstance(renewed, ProviderRenewed)
    world.append(send(3))
    await world.until_done()
    assert world.called() == ["1", "2", "3"]


async def test_new_credentials_end_the_pause_without_a_message_and_are_what_is_sent_with() -> None:
    world = await paused()
    world.put_credentials(VAULT.seal({"KEY": "new"}))
    world.clock.advance(1)
    await world.turn()
    assert [type(word) for word in world.words] == [ProviderPaused, ProviderResumed, ProviderRenewed]
    world.append(send(2, at=T0 - 60, slot=T0 + 1).model_copy(update={"not_before": T0 + 1, "held": True}))
    await world.until_done()
    assert world.adapter.calls[-1][1].credentials == {"KEY": "new"}
    assert len(world.words) == 3


async def test_a_pause_is_looked_at_again_soon_although_nothing_comes() -> None:
    world = await paused()
    assert world.wake_at is not None
    assert world.wake_at <= world.clock.now() + 1


async def test_what_was_put_back_and_whose_provider_was_removed_meanwhile_does_not_start() -> None:
    world = World()
    world.append(withdrawn(at=T0 + 5))
    world.append(send(2, at=T0).model_copy(update={"not_before": T0 + 10, "held": True}))
    world.clock.advance(20)
    await world.until_done()
    assert world.dropped() == [("2", "provider-not-found")]
    assert world.called() == []


async def test_credentials_that_are_older_than_the_send_are_not_taken() -> None:
    world = World()
    world.put_credentials(VAULT.seal({"KEY": "old"}))
    world.append(send(1, at=T0 + 1))
    await world.until_done()
    assert world.adapter.calls[-1][1].credentials == {"KEY": "s3cret"}
