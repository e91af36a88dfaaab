from itertools import pairwise

import pytest

from dapi_common.bus.offsets import METADATA_BYTES
from dapi_common.events import deliveries
from dapi_common.ids import InvokeId
from dapi_common.pacing import LOOKAHEAD, USED
from dapi_common.provider.adapter import Accepted, Deferred, Refused, Unclear
from dapi_common.provider.calls import MISSED
from dapi_common.provider.waiting import TOLERANCE
from dapi_common.provider.worker import FARTHEST, HORIZON
from local_stack.figures import peak_in_a_second
from tests.unit.dapi_common.provider.world import T0, TOPIC, World, send, stopped, withdrawn


async def test_a_send_becomes_a_call_and_then_a_fact() -> None:
    world = World()
    world.append(send(7, invoke="3"))
    await world.until_done()
    [(_, message)] = world.adapter.calls
    assert message.arguments == {"from": "Dapi", "text": "hello", "to": "+31612345678"}
    assert message.credentials == {"KEY": "s3cret"}
    [fact] = world.of(deliveries.DeliveryAccepted)
    assert (fact.message_id, fact.n, fact.invoke_id, fact.index, fact.attempt) == ("3-7", 7, InvokeId("3"), 7, 1)
    assert fact.provider_ref == "ref-3-7"
    assert world.committed[TOPIC].offset == 1
    assert world.committed[TOPIC].metadata == ""


async def test_no_call_starts_before_its_beginning_is_committed() -> None:
    world = World()
    world.append(send(1))
    effects = world.begin()
    assert len(effects.jobs) == 1
    assert world.adapter.calls == []
    assert effects.offsets[TOPIC].offset == 0
    assert effects.offsets[TOPIC].metadata == "|0,1"


async def test_a_step_that_was_never_committed_is_repeated_as_if_it_had_never_been() -> None:
    world = World()
    world.append(send(1), send(2))
    world.begin()
    world.crash()
    await world.until_done()
    assert world.called() == ["1", "2"]
    assert world.of(deliveries.DeliveryUnknown) == []


async def test_a_call_that_a_dead_process_had_begun_is_unknown_and_not_repeated() -> None:
    world = World()
    world.append(send(1), send(2))
    world.commit(world.begin())
    world.crash()
    await world.until_done()
    assert world.adapter.calls == []
    assert [(f.message_id, f.code, f.resend) for f in world.of(deliveries.DeliveryUnknown)] == [
        ("1", "process-died", False),
        ("2", "process-died", False),
    ]
    assert world.committed[TOPIC].offset == 2


async def test_who_asked_for_resending_gets_it_after_a_dead_process() -> None:
    world = World()
    world.append(send(1, on_unknown="resend"))
    world.commit(world.begin())
    world.crash()
    await world.until_done()
    assert [(f.code, f.resend) for f in world.of(deliveries.DeliveryUnknown)] == [("process-died", True)]
    assert [(s.attempt, s.slot) for s in world.retries] == [(2, 0.0)]


async def test_a_restart_skips_what_was_answered_out_of_order() -> None:
    world = World()
    world.append(send(1, "slow", slot=T0 + LOOKAHEAD), send(2), send(3))
    await world.turn()
    world.commit(world.begin())
    world.crash()
    await world.until_done()
    assert world.called() == ["2", "3", "1"]
    assert len(world.of(deliveries.DeliveryAccepted)) == 3


async def test_no_call_starts_before_its_slot() -> None:
    world = World()
    world.append(send(1, slot=T0 + 0.015), send(2, slot=T0 + 0.2))
    await world.until_done()
    first, second = world.starts()
    assert 0.015 <= first < 0.017
    assert 0.2 <= second < 0.202


async def test_what_waits_for_its_time_wakes_the_step_just_before_it() -> None:
    world = World()
    world.append(send(1, slot=T0 + 0.2))
    await world.turn()
    assert world.wake_at is not None
    assert 0.15 <= world.wake_at - T0 < 0.2


async def test_what_shares_a_ceiling_and_is_late_goes_back() -> None:
    world = World()
    world.append(*(send(n, mps=10, slot=T0 - 100 + n / 10, shared=True) for n in range(20)), send(99, "other"))
    await world.until_done()
    assert [late.n for late in world.late] == list(range(20))
    assert world.called() == ["99", *map(str, range(20))]
    assert all(later - earlier >= 0.099 for earlier, later in pairwise(world.starts()[1:]))
    assert len(world.facts) == 21, "nobody is told of a send that goes back"
    assert world.committed[TOPIC].metadata == ""


async def test_what_goes_back_is_otherwise_what_it_was() -> None:
    world = World()
    probe = send(1, slot=T0 - 9, room=0.1, pace_room=0.2, attempt=2, shared=True)
    probe = probe.model_copy(update={"held": True, "not_before": T0 - 20})
    world.append(probe)
    await world.turn()
    changed = {"room": 0.0, "pace_room": 0.0, "shared": False, "late": True}
    assert world.late == [probe.model_copy(update=changed)]
    assert world.late[0].comes_again


async def test_nothing_goes_back_twice_nor_when_its_ceiling_is_its_own() -> None:
    world = World()
    again = send(0, slot=T0 - 9, shared=True).model_copy(update={"late": True})
    world.append(
        send(1, slot=T0 - 10, shared=True), again, send(2, slot=T0 - 8, shared=True), send(3, "b", slot=T0 - 9)
    )
    await world.turn()
    assert [late.n for late in world.late] == [1, 2]
    assert sorted(world.called()) == ["0", "3"]
    await world.until_done()
    assert len(world.late) == 2


async def test_what_waits_for_a_place_goes_back_too() -> None:
    """A provider that hangs holds up a call for each place: what comes after it must not catch up beside others."""
    world = World(limit=8)
    world.append(*(send(n, slot=T0 + n / 100, room=0.01, shared=True) for n in range(20)))
    await world.turn()
    world.clock.advance(30)
    await world.until_done()
    assert {late.n for late in world.late} >= set(range(8, 20))
    assert sorted(map(int, world.called())) == list(range(20))


async def test_what_a_dead_process_had_begun_is_unknown_and_does_not_go_back() -> None:
    world = World()
    world.append(send(1, shared=True), send(2, slot=T0 + 0.1, shared=True))
    world.commit(world.begin())
    world.crash()
    world.clock.advance(60)
    await world.until_done()
    assert [fact.message_id for fact in world.of(deliveries.DeliveryUnknown)] == ["1"]
    assert [late.n for late in world.late] == [2]


async def test_a_stop_that_is_read_with_what_is_late_drops_it() -> None:
    world = World()
    sends = [send(n, invoke=str(n), slot=T0 - 9, shared=True) for n in (1, 2)]
    world.append(*sends, stopped("1"))
    await world.turn()
    assert world.dropped() == [("1-1", "stopped")]
    assert [late.message_id for late in world.late] == ["2-2"]


async def test_more_than_the_ledger_can_write_down_goes_back_step_by_step() -> None:
    world = World()
    world.append(*(send(n, slot=T0 - 9, shared=True) for n in range(3000)))
    for _ in range(20):
        await world.turn()
        assert len(world.committed[TOPIC].metadata) <= METADATA_BYTES
        world.clock.advance(0.001)
    assert len(world.late) == 3000


async def test_an_adapter_catches_up_with_its_rooms_and_no_faster() -> None:
    world = World()
    slots = [T0 + n / (100 * USED) for n in range(300)]
    todo = [(slot, send(n, mps=100, slot=slot, room=0.01)) for n, slot in enumerate(slots)]
    while todo or len(world.adapter.calls) < 300:
        now = world.clock.now()
        world.append(*(one for slot, one in todo if slot <= now + LOOKAHEAD))
        todo = [(slot, one) for slot, one in todo if slot > now + LOOKAHEAD]
        await world.turn()
        frozen = 0.2 if 0.5 <= now - T0 < 0.55 else 0.0
        world.clock.advance(0.01 + frozen)
    starts = world.starts()
    assert world.late == []
    assert max(starts) <= slots[-1] - T0 + 0.3
    assert peak_in_a_second(starts) <= 100 * 1.01 + 1


async def test_a_commit_that_took_too_long_does_not_make_its_calls_burst() -> None:
    world = World()
    world.append(*(send(n, mps=100, room=0.01) for n in range(4)))
    effects = world.begin()
    world.clock.advance(1.0)
    world.commit(effects)
    await world.call()
    await world.until_done()
    assert world.starts()[0] >= 1.0
    assert keeps_rooms(world.starts(), 0.01)


async def test_a_call_whose_time_went_by_while_the_process_stood_still_is_not_made_and_goes_back_once() -> None:
    world = World()
    again = send(2).model_copy(update={"late": True})
    world.append(send(1), again)
    world.commit(world.begin())
    world.clock.advance(MISSED + 0.1)
    await world.call()
    assert world.called() == ["2"]
    await world.turn()
    assert [late.n for late in world.late] == [1]
    await world.until_done()
    assert world.called() == ["2", "1"]
    assert len(world.of(deliveries.DeliveryAccepted)) == len(world.facts) == 2
    assert world.committed[TOPIC].metadata == ""


async def test_the_longer_commits_take_the_earlier_is_begun_what_waits() -> None:
    world = World()
    begun = []
    for took in (0.0, 0.05, 5.0):
        world.append(send(len(world.log), slot=world.clock.now()))
        effects = world.begin()
        world.clock.advance(took)
        world.commit(effects)
        await world.until_done()
        world.append(send(len(world.log), slot=(slot := world.clock.now() + 0.24)))
        while not world.jobs:
            world.commit(world.begin())
            world.clock.advance(0.001)
        begun.append(slot - world.clock.now())
        await world.until_done()
    assert begun == pytest.approx([HORIZON, 0.11, FARTHEST], abs=0.01)


async def test_a_process_that_stands_still_between_two_calls_of_a_commit_keeps_their_distance() -> None:
    world = World()
    world.append(*(send(n, slot=T0 + n / 200, room=0.005) for n in range(4)))
    world.commit(world.begin())
    first, *others = world.jobs
    world.jobs = [first]
    await world.call()
    world.clock.advance(0.5)
    world.jobs = others
    await world.call()
    await world.until_done()
    assert world.called() == ["0", "1", "2", "3"]
    assert keeps_rooms(world.starts(), 0.005)


@pytest.mark.parametrize("ahead", [-3600.0, -5.0, -0.5, 0.5, 5.0, 3600.0])
async def test_whatever_the_dispatcher_s_clock_says_everything_goes_soon_and_in_its_pace(ahead: float) -> None:
    """Its clock is ahead of the adapter's, or behind it."""
    world = World()
    slots = [T0 + ahead + 0.1 + n / 50 for n in range(100)]
    todo = [(slot, send(n, mps=50, slot=slot, room=0.0194, deadline=T0 + 9999)) for n, slot in enumerate(slots)]
    while todo:
        now = world.clock.now()
        world.append(*(one for slot, one in todo if slot <= now + ahead + LOOKAHEAD))
        todo = [(slot, one) for slot, one in todo if slot > now + ahead + LOOKAHEAD]
        await world.turn()
        world.clock.advance(0.01)
    await world.until_done()
    assert sorted(map(int, world.called())) == list(range(100))
    assert max(world.starts()) <= 2.1 + 0.5
    assert len(world.late) <= 20
    assert peak_in_a_second(world.starts()) <= 50 * 1.031 + 1


def keeps_rooms(starts: list[float], room: float) -> bool:
    """Whether so many of them never take less time than so many rooms, a moment aside."""
    return all(
        later - earlier >= places * room - TOLERANCE - 1e-6
        for i, earlier in enumerate(starts)
        for places, later in enumerate(starts[i:])
    )


async def test_what_expired_while_it_waited_is_dropped() -> None:
    world = World()
    world.append(send(1, deadline=T0 - 1), send(2))
    world.append(send(3, slot=T0 + 0.2, deadline=T0 + 0.1), send(4, slot=T0 + 0.21))
    await world.until_done()
    assert world.called() == ["2", "4"]
    assert world.dropped() == [("1", "expired"), ("3", "expired")]


async def test_a_stop_drops_everything_of_the_invoke_that_has_not_begun() -> None:
    world = World()
    world.append(*(send(n, invoke="1", slot=T0 + n / 10) for n in range(3)), send(9, invoke="2"))
    await world.turn()
    world.append(stopped("1"), send(3, invoke="1"))
    await world.until_done()
    assert world.called() == ["1-0", "2-9"]
    assert world.dropped() == [("1-1", "stopped"), ("1-2", "stopped"), ("1-3", "stopped")]


async def test_a_stop_behind_a_backlog_is_seen_before_anything_of_it_starts() -> None:
    world = World()
    world.append(*(send(n, invoke="1") for n in range(3000)), stopped("1"))
    await world.until_done()
    assert world.adapter.calls == []
    assert len(world.dropped()) == 3000


async def test_a_stop_frees_the_pace_for_the_account_s_other_messages() -> None:
    world = World()
    world.append(*(send(n, invoke="1", mps=1) for n in range(1000)), stopped("1"), send(1, mps=1))
    await world.until_done()
    assert world.starts()[0] < 0.1


async def test_a_stop_is_applied_again_after_a_restart() -> None:
    world = World()
    world.append(send(1, "slow", slot=T0 + LOOKAHEAD), stopped("1"))
    await world.turn()
    world.crash()
    world.append(send(2, invoke="1"))
    await world.until_done()
    assert world.dropped() == [("1-2", "stopped")]


async def test_a_deferred_try_of_a_stopped_invoke_is_not_repeated() -> None:
    world = World()
    world.adapter.answers["1-1"] = Deferred("throttled", "later")
    world.append(send(1, invoke="1"))
    await world.turn()
    world.append(stopped("1"))
    await world.until_done()
    assert world.retries == []
    [drop] = world.of(deliveries.DeliveryDropped)
    assert (drop.reason, drop.attempt) == ("stopped", 2)


async def test_a_withdrawn_provider_drops_what_was_requested_before_and_nothing_else() -> None:
    world = World()
    world.append(send(1, slot=T0 + 0.2), send(2, "other", slot=T0 + 0.2), withdrawn(at=T0 + 1), send(3, at=T0 + 2))
    world.append(send(4, at=T0, attempt=2))
    await world.until_done()
    assert sorted(world.called()) == ["2", "3"]
    assert sorted(world.dropped()) == [("1", "provider-not-found"), ("4", "provider-not-found")]


async def test_a_refusal_says_why_and_whether_the_credentials_are_to_blame() -> None:
    world = World()
    world.adapter.answers = {"1": Refused("6", "bad"), "2": Refused("4", "who", {"status": "4"}, auth=True)}
    world.append(send(1), send(2))
    await world.until_done()
    assert [(f.reason, f.code, f.reply) for f in world.of(deliveries.DeliveryRefused)] == [
        ("provider-rejected", "6", {}),
        ("provider-auth", "4", {"status": "4"}),
    ]


async def test_credentials_that_cannot_be_opened_refuse_the_send_without_a_call() -> None:
    world = World(limit=8)
    world.append(*(send(n, credentials="rubbish") for n in range(20)), send(99))
    await world.until_done()
    assert world.called() == ["99"]
    assert {(f.reason, f.code) for f in world.of(deliveries.DeliveryRefused)} == {
        ("provider-auth", "credentials-unreadable")
    }


async def test_a_deferred_send_goes_back_to_the_dispatcher_with_the_next_attempt() -> None:
    world = World()
    world.adapter.answers["1"] = Deferred("throttled", "later", retry_after=7.0)
    world.append(send(1, attempt=3, at=T0 - 9))
    await world.until_done()
    [fact] = world.of(deliveries.DeliveryDeferred)
    [again] = world.retries
    assert fact.attempt == 3
    assert fact.retry_at == again.not_before == fact.at + 7.0 + 0.5 * 2.0
    assert (again.attempt, again.slot, again.at, again.address) == (4, 0.0, T0 - 9, "+31612345678")
    assert world.committed[TOPIC].offset == 1


async def test_a_deferred_send_whose_next_try_would_be_too_late_expires() -> None:
    world = World()
    world.adapter.answers["1"] = Deferred("throttled", "later", retry_after=100.0)
    world.append(send(1, deadline=T0 + 50))
    await world.until_done()
    assert world.retries == []
    assert len(world.of(deliveries.DeliveryDeferred)) == 1
    [drop] = world.of(deliveries.DeliveryDropped)
    assert (drop.reason, drop.attempt) == ("expired", 2)


async def test_an_unclear_send_is_repeated_only_when_asked_for() -> None:
    world = World()
    world.adapter.answers = {"1": Unclear("no-answer", "cut"), "2": Unclear("no-answer", "cut")}
    world.append(send(1), send(2, on_unknown="resend"))
    await world.until_done()
    assert [(f.message_id, f.resend) for f in world.of(deliveries.DeliveryUnknown)] == [("1", False), ("2", True)]
    assert [(s.message_id, s.attempt) for s in world.retries] == [("2", 2)]


async def test_a_defect_of_the_adapter_leaves_the_message_unknown_and_the_worker_alive() -> None:
    world = World()
    world.adapter.answers = {"1": RuntimeError("+31612345678")}
    world.append(send(1), send(2))
    await world.until_done()
    [fact] = world.of(deliveries.DeliveryUnknown)
    assert fact.code == "adapter-defect"
    assert "31612345678" not in fact.description
    assert len(world.of(deliveries.DeliveryAccepted)) == 1


async def test_a_record_that_nobody_understands_is_parked_once() -> None:
    world = World()
    world.append(send(1, "slow", slot=T0 + LOOKAHEAD))
    world.append_raw(b"{}")
    await world.turn()
    world.crash()
    await world.turn()
    assert [record.offset for record, _ in world.parked] == [1]


async def test_no_more_calls_run_than_allowed_and_one_account_leaves_room_for_others() -> None:
    world = World(limit=8)
    world.append(*(send(n) for n in range(20)), send(50, "other", slot=T0 + 0.001))
    world.commit(world.begin())
    assert len(world.jobs) == 8
    await world.call()
    assert world.called().count("50") == 1
    await world.until_done()
    assert len(world.of(deliveries.DeliveryAccepted)) == 21


async def test_a_task_that_is_given_up_begins_nothing_and_keeps_its_answers() -> None:
    world = World()
    world.append(send(1), send(2, slot=T0 + LOOKAHEAD))
    world.commit(world.begin())
    world.task.drain()
    await world.call()
    world.append(send(3))
    world.clock.advance(60)
    await world.turn(0)
    assert [f.message_id for f in world.of(deliveries.DeliveryAccepted)] == ["1"]
    assert world.jobs == []
    world.crash()
    await world.until_done()
    assert world.called() == ["1", "2", "3"]


async def test_accepting_carries_the_provider_s_answer() -> None:
    world = World()
    world.adapter.answers["1"] = Accepted("m-1", {"status": "0"})
    world.append(send(1))
    await world.until_done()
    assert [f.reply for f in world.of(deliveries.DeliveryAccepted)] == [{"status": "0"}]
